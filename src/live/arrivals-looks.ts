/**
 * What is made of what the thread that watches arrivals noted (src/sys/arrivals-thread.ts): it has looked at every process
 * right when that had executed something; when a process ends, that look is what is known of it.
 */
import { cmdlineIn } from '../../collectors/cmdline.ts';
import { parsed } from '../../collectors/parsed.ts';
import { type Place, ProcessPass, type ScanSettings } from '../../collectors/process-pass.ts';
import { endOf } from '../kernel/netlink/process-event.ts';
import { parseNsPid } from '../kernel/proc/status.ts';
import {
  type Fact,
  factOf,
  isKnown,
  known,
  mapFact,
  mapReading,
  type Reading,
  type Unknown,
} from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { isZombie } from '../model/init-choice.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { marksOf } from '../model/runtime-patterns.ts';
import type { CgroupPlacement, EndedProcess, NamespaceInodes, ProcessFacts } from '../model/sample.ts';
import { NOTE, NOTED } from '../sys/arrivals-thread.ts';
import { readingOfErrno } from '../sys/failure.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { RECORD, type Records } from '../sys/scan-batch.ts';

/** Of living processes. More than that have executed something lately only while nobody can follow. */
const MOST_LOOKS = 4096;

interface Look {
  readonly facts: ProcessFacts;
  readonly argv: Fact<readonly string[]>;
  /** In the same namespaces as we are, and in no engine's cgroup: not of a container. */
  readonly isPlain: boolean;
}

export interface ArrivalsNews {
  /** Processes that executed something: look again at those alive, they may have changed namespaces, cgroup, comm. */
  readonly executed: ReadonlySet<number>;
  /** Those that had ended by now, as they were right after they executed. */
  readonly ended: readonly EndedProcess[];
  /** Pids that ended, of whatever kind. */
  readonly exited: ReadonlySet<number>;
  /** Events were lost since the last call: look at everything. */
  readonly overflowed: boolean;
}

export class ArrivalLooks {
  readonly #pass: ProcessPass;
  readonly #looks = new Map<number, Look>();
  readonly #hasMark = new WeakMap<CgroupPlacement, boolean>();
  /** Of what is in a container: they tell what started it. */
  readonly #parents = new Set<number>();
  #executed = new Set<number>();
  #exited = new Set<number>();
  #ended: EndedProcess[] = [];
  #overflowed = false;

  constructor(
    readonly files: KernelFiles,
    settings: ScanSettings,
    readonly own: Fact<NamespaceInodes>,
  ) {
    this.#pass = new ProcessPass(files, settings);
  }

  /** What was noted, in the order in which it happened. */
  take(records: Records<Place>, length: number): void {
    const { words } = records;
    let size = 0;
    for (let at = 0; at < length; at += size) {
      size = words[(at >> 2) + NOTED.size] ?? length;
      if ((words[(at >> 2) + NOTED.kind] ?? 0) > 0) this.#takeNote(records, at);
      else this.#look(records, at, at + size < length ? at + size : undefined);
    }
    this.#pass.found.clear();
    this.#pass.refused.clear();
    this.#pass.vanished = 0;
  }

  /** Since the last time. */
  news(): ArrivalsNews {
    const message = {
      executed: this.#executed,
      exited: this.#exited,
      ended: this.#ended,
      overflowed: this.#overflowed,
    };
    this.#executed = new Set();
    this.#exited = new Set();
    this.#ended = [];
    this.#overflowed = false;
    this.#pass.forgetPlacements(() => [...this.#looks.values()].map(({ facts }) => facts));
    return message;
  }

  close(): void {
    this.#pass.close();
  }

  #takeNote(records: Records<Place>, at: number): void {
    const word = at >> 2;
    const pid = records.words[word + NOTED.pid] ?? 0;
    switch (records.words[word + NOTED.kind]) {
      case NOTE.executed:
        this.#executed.add(pid);
        break;
      case NOTE.ended:
        this.#end(pid, records.words[word + NOTED.value] ?? 0, records.doubles[(at >> 3) + NOTED.atMs] ?? 0);
        break;
      case NOTE.argv:
        this.#keepArgv(pid, records, at);
        break;
      case NOTE.lost:
        // What ended among those looked at is not known.
        this.#looks.clear();
        this.#parents.clear();
        this.#overflowed = true;
    }
  }

  /** What it says about a file of the process. */
  #textOf({ bytes, words }: Records<Place>, at: number, path: string): Reading<Uint8Array> {
    const length = words[(at >> 2) + NOTED.value] ?? 0;
    if (length < 0) return readingOfErrno(errnoName(-length), path);
    const from = at + NOTED.bytes;
    return { ok: true, value: bytes.subarray(from, from + length) };
  }

  /** It comes somewhat later than the look. */
  #keepArgv(pid: number, records: Records<Place>, at: number): void {
    const look = this.#looks.get(pid);
    if (look === undefined) return;
    const path = this.files.proc(`${pid}/cmdline`);
    const argv = mapFact(factOf(cmdlineIn(this.#textOf(records, at, path), path)), (read) => read.argv);
    // The memory of one that is ending is gone before its pid is.
    if (known(argv)?.length === 0) return;
    const { facts } = look;
    this.#looks.set(pid, { ...look, ...(isEngineHelper(facts.comm) && { facts: { ...facts, argv } }), argv });
  }

  /** @param next where the next record begins */
  #look(records: Records<Place>, at: number, next: number | undefined): void {
    const facts = this.#pass.lookAtRecord(records, at);
    if (facts === undefined) return;
    const nsPid = next === undefined ? undefined : this.#innerPidsIn(records, next, facts.pid);
    this.#keep({ ...facts, nsPid }, records.words[(at >> 2) + RECORD.executed] === 1);
  }

  /** They follow the look that they belong to. */
  #innerPidsIn(records: Records<Place>, at: number, pid: number): Fact<readonly number[]> {
    if (records.words[(at >> 2) + NOTED.kind] !== NOTE.innerPids) return undefined;
    const path = this.files.proc(`${pid}/status`);
    const line = mapReading(this.#textOf(records, at, path), (bytes) =>
      Buffer.from(bytes).toString('latin1'),
    );
    return factOf(parsed(line, path, parseNsPid));
  }

  #keep(facts: ProcessFacts, hasExecuted: boolean): void {
    const { pid } = facts;
    const earlier = this.#looks.get(pid);
    const before = earlier?.facts.starttimeTicks === facts.starttimeTicks ? earlier : undefined;
    if (before !== undefined && isEnding(facts, before.facts)) {
      const { comm } = facts;
      this.#looks.set(pid, { ...before, facts: { ...before.facts, comm } });
      return;
    }
    const isPlain = this.#isPlain(facts);
    const nsPid = isKnown(facts.nsPid) ? facts.nsPid : before?.facts.nsPid;
    // Until it has been read.
    const argv = (hasExecuted ? undefined : before?.argv) ?? goneArgv(this.files, pid);
    this.#looks.delete(pid);
    this.#looks.set(pid, { facts: { ...facts, nsPid }, argv, isPlain });
    if (!isPlain) this.#parents.add(facts.ppid);
    if (this.#looks.size <= MOST_LOOKS) return;
    const [oldest] = this.#looks.keys();
    if (oldest !== undefined) this.#looks.delete(oldest);
  }

  #end(pid: number, status: number, exitedAtMs: number): void {
    this.#exited.add(pid);
    const isParent = this.#parents.delete(pid);
    const look = this.#looks.get(pid);
    if (look === undefined) return;
    this.#looks.delete(pid);
    if (look.isPlain && !isParent) return;
    this.#ended.push({ facts: look.facts, argv: look.argv, exitedAtMs, ...endOf(status) });
  }

  #isPlain(facts: ProcessFacts): boolean {
    if (facts.isKernelThread) return true;
    const placement = known(facts.cgroup);
    if (placement !== undefined && this.#isMarked(placement)) return false;
    const inner = known(facts.nsPid);
    if (inner !== undefined && inner.length > 1) return false;
    const [own, mine] = [known(this.own), known(facts.namespaces)];
    // What may not be seen proves nothing.
    if (own === undefined || mine === undefined) return true;
    const isElsewhere = this.#pass.settings.types.some(
      (type) => mine[type] !== undefined && mine[type] !== own[type],
    );
    return !isElsewhere && (known(facts.root) ?? '/') === '/';
  }

  #isMarked(placement: CgroupPlacement): boolean {
    const seen = this.#hasMark.get(placement);
    if (seen !== undefined) return seen;
    const isMarked = placement.lines.some(({ path }) => marksOf(path).length > 0);
    this.#hasMark.set(placement, isMarked);
    return isMarked;
  }
}

/** It shows less than was seen of it before: a zombie lacks namespaces, and of v1 cgroups who exits shows the root. */
function isEnding(facts: ProcessFacts, before: ProcessFacts): boolean {
  const [now, then] = [known(facts.cgroup), known(before.cgroup)];
  const isAtRoot = (placement: CgroupPlacement | undefined) =>
    placement?.lines.every(({ controllers, path }) => controllers.length === 0 || path === '/') === true;
  return isZombie(facts) || (isAtRoot(now) && !isAtRoot(then));
}

function goneArgv(files: KernelFiles, pid: number): Unknown {
  return { unknown: 'gone', path: files.proc(`${pid}/cmdline`), errno: 'ESRCH' };
}
