/**
 * What is made of the process connector's events: every process is looked at right when it has executed something, because
 * a moment later there may be nothing left to look at; when it ends, that look is what is known of it.
 */
import { cmdlinesOf } from '../../collectors/cmdline.ts';
import { ProcessPass, type ScanSettings } from '../../collectors/process-pass.ts';
import { complete } from '../../collectors/processes.ts';
import type { ProcessEvent } from '../kernel/netlink/process-event.ts';
import { type Fact, isKnown, known, mapFact, type Unknown } from '../kernel/reading.ts';
import { isZombie } from '../model/init-choice.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { marksOf } from '../model/runtime-patterns.ts';
import type { CgroupPlacement, EndedProcess, NamespaceInodes, ProcessFacts } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import type { ArrivalsMessage } from './arrivals-shared.ts';

/** Of living processes. More than that have executed something lately only while nobody can follow. */
const MOST_LOOKS = 4096;
const MOST_NEWS = 20_000;
/** Each container that comes brings a cgroup: those that went are forgotten every so many times that news are told. */
const FORGET_EVERY = 64;
/** Whoever renames itself over and over is looked at no more. */
const MOST_CHANGES = 16;

interface Look {
  readonly facts: ProcessFacts;
  readonly argv: Fact<readonly string[]>;
  readonly changes: number;
  /** In the same namespaces as we are, and in no engine's cgroup: not of a container. */
  readonly isPlain: boolean;
}

export class ArrivalLooks {
  readonly #pass: ProcessPass;
  readonly #looks = new Map<number, Look>();
  readonly #hasMark = new WeakMap<CgroupPlacement, boolean>();
  /** Of what is in a container: they tell what started it. */
  readonly #parents = new Set<number>();
  readonly #wantArgv = new Set<number>();
  #executed = new Set<number>();
  #exited = new Set<number>();
  #ended: EndedProcess[] = [];
  #overflowed = false;
  #told = 0;

  constructor(
    readonly files: KernelFiles,
    settings: ScanSettings,
    readonly own: Fact<NamespaceInodes>,
  ) {
    this.#pass = new ProcessPass(files, settings);
  }

  /** In the order in which they happened. */
  take(events: readonly ProcessEvent[]): void {
    this.#look(events);
    const nowMs = Date.now();
    for (const event of events) {
      if (event.kind === 'exec') this.#executed.add(event.pid);
      if (event.kind === 'exit') this.#end(event, nowMs);
    }
    if (this.#executed.size + this.#exited.size + this.#ended.length > MOST_NEWS) {
      this.#forgetNews();
      this.#overflowed = true;
    }
  }

  /** Events were lost: what ended among those looked at is not known. */
  overflow(): void {
    this.#looks.clear();
    this.#parents.clear();
    this.#overflowed = true;
  }

  /** Since the last time. */
  news(): ArrivalsMessage {
    const message = {
      executed: [...this.#executed],
      exited: [...this.#exited],
      ended: this.#ended,
      overflowed: this.#overflowed,
    };
    this.#forgetNews();
    this.#overflowed = false;
    this.#told += 1;
    if (this.#told % FORGET_EVERY === 0)
      this.#pass.keepPlacementsOf([...this.#looks.values()].map(({ facts }) => facts));
    return message;
  }

  close(): void {
    this.#pass.cursor.close();
  }

  #forgetNews(): void {
    this.#executed = new Set();
    this.#exited = new Set();
    this.#ended = [];
  }

  get wantsArgv(): boolean {
    return this.#wantArgv.size > 0;
  }

  /** Argv of those that are still there: they lie in the process's own memory, and reading them takes longer than all else. */
  readArgv(): void {
    if (this.#wantArgv.size === 0) return;
    const looks = [...this.#wantArgv].flatMap((pid) => this.#looks.get(pid) ?? []);
    this.#wantArgv.clear();
    const cmdlines = cmdlinesOf(
      this.files,
      looks.map(({ facts }) => facts),
    );
    for (const look of looks) {
      const { facts } = look;
      const argv = mapFact(cmdlines.get(facts.pid), (read) => read.argv);
      // The memory of one that is ending is gone before its pid is.
      if (known(argv)?.length === 0) continue;
      this.#looks.set(
        facts.pid,
        isEngineHelper(facts.comm) ? { ...look, facts: { ...facts, argv }, argv } : { ...look, argv },
      );
    }
  }

  #look(events: readonly ProcessEvent[]): void {
    const executed = new Set<number>();
    const pids = new Set<number>();
    for (const event of events) {
      if (event.kind === 'exec') executed.add(event.pid);
      if (this.#tellsPlace(event, executed)) pids.add(event.pid);
    }
    if (pids.size === 0) return;
    const pass = this.#pass;
    // Those of whom nothing is known yet first: they may be gone in a moment.
    const isKnownBefore = (pid: number) => Number(this.#looks.has(pid));
    pass.lookAt(Int32Array.from([...pids].sort((a, b) => isKnownBefore(a) - isKnownBefore(b))));
    complete(pass, { ownPidNamespace: known(this.own)?.pid, wantsArgv: () => false }, pids);
    for (const facts of pass.found.values()) this.#keep(facts, executed.has(facts.pid));
    pass.found.clear();
    pass.refused.clear();
    pass.vanished = 0;
  }

  /** May it be somewhere else now than it was seen before? */
  #tellsPlace(
    event: ProcessEvent,
    executed: ReadonlySet<number>,
  ): event is Exclude<ProcessEvent, { kind: 'ack' }> {
    if (event.kind === 'exec') return true;
    if (event.kind === 'change') return (this.#looks.get(event.pid)?.changes ?? 0) < MOST_CHANGES;
    if (event.kind !== 'fork') return false;
    // What tools like unshare have set up, their child is in from its start.
    const parent = this.#looks.get(event.parent);
    return executed.has(event.parent) || (parent !== undefined && isEngineHelper(parent.facts.comm));
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
    this.#looks.delete(pid);
    this.#looks.set(pid, {
      facts: { ...facts, nsPid },
      argv: goneArgv(this.files, pid),
      isPlain,
      changes: hasExecuted ? 0 : (before?.changes ?? 0) + 1,
    });
    if (!isPlain) this.#parents.add(facts.ppid);
    if (hasExecuted && (!isPlain || isEngineHelper(facts.comm))) this.#wantArgv.add(pid);
    if (this.#looks.size <= MOST_LOOKS) return;
    const [oldest] = this.#looks.keys();
    if (oldest !== undefined) this.#looks.delete(oldest);
  }

  #end({ pid, kind: _, ...end }: Extract<ProcessEvent, { kind: 'exit' }>, exitedAtMs: number): void {
    this.#exited.add(pid);
    const isParent = this.#parents.delete(pid);
    const look = this.#looks.get(pid);
    if (look === undefined) return;
    this.#looks.delete(pid);
    this.#wantArgv.delete(pid);
    if (look.isPlain && !isParent) return;
    this.#ended.push({ facts: look.facts, argv: look.argv, exitedAtMs, ...end });
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

/** Until it has been read. */
function goneArgv(files: KernelFiles, pid: number): Unknown {
  return { unknown: 'gone', path: files.proc(`${pid}/cmdline`), errno: 'ESRCH' };
}
