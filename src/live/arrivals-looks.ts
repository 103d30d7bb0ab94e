/**
 * What is made of the process connector's events: every process is looked at right when it has executed something, because
 * a moment later there may be nothing left to look at; when it ends, that look is what is known of it.
 */
import { cmdlinesOf } from '../../collectors/cmdline.ts';
import { ProcessPass, type ScanSettings } from '../../collectors/process-pass.ts';
import { complete } from '../../collectors/processes.ts';
import type { ProcessEvent } from '../kernel/netlink/process-event.ts';
import { type Fact, isKnown, known } from '../kernel/reading.ts';
import { isZombie } from '../model/init-choice.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { marksOf } from '../model/runtime-patterns.ts';
import type { CgroupPlacement, EndedProcess, NamespaceInodes, ProcessFacts } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import type { ArrivalsMessage } from './arrivals-shared.ts';

/** Of living processes. More than that have executed something lately only while nobody can follow. */
const MOST_LOOKS = 4096;
const MOST_NEWS = 20_000;
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
  #parents = new Set<number>();
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
    return message;
  }

  close(): void {
    this.#pass.cursor.close();
  }

  #forgetNews(): void {
    this.#executed = new Set();
    this.#exited = new Set();
    this.#ended = [];
    this.#parents = new Set();
  }

  #look(events: readonly ProcessEvent[]): void {
    const executed = new Set<number>();
    const pids = new Set<number>();
    for (const { kind, ...event } of events) {
      if (!('pid' in event)) continue;
      if (kind === 'exec') executed.add(event.pid);
      else if (kind !== 'change' || (this.#looks.get(event.pid)?.changes ?? 0) >= MOST_CHANGES) continue;
      pids.add(event.pid);
    }
    if (pids.size === 0) return;
    const pass = this.#pass;
    pass.lookAt(Int32Array.from(pids));
    complete(pass, { ownPidNamespace: known(this.own)?.pid, wantsArgv: isEngineHelper }, pids);
    const looked = [...pids].flatMap((pid) => {
      const facts = pass.found.get(pid);
      return facts === undefined ? [] : [{ facts, isPlain: this.#isPlain(facts) }];
    });
    const cmdlines = cmdlinesOf(
      this.files,
      looked.flatMap(({ facts, isPlain }) => (isPlain || facts.argv !== undefined ? [] : [facts])),
    );
    for (const { facts, isPlain } of looked) {
      const cmdline = cmdlines.get(facts.pid);
      const argv = facts.argv ?? (isKnown(cmdline) ? cmdline.argv : cmdline);
      this.#keep(facts, argv, isPlain, executed.has(facts.pid));
    }
    pass.found.clear();
    pass.refused.clear();
    pass.vanished = 0;
  }

  #keep(facts: ProcessFacts, argv: Look['argv'], isPlain: boolean, hasExecuted: boolean): void {
    const before = this.#looks.get(facts.pid);
    // A zombie shows less than was seen of it alive.
    if (before?.facts.starttimeTicks === facts.starttimeTicks && isZombie(facts)) return;
    const changes = hasExecuted ? 0 : (before?.changes ?? 0) + 1;
    this.#looks.delete(facts.pid);
    this.#looks.set(facts.pid, { facts, argv, isPlain, changes });
    if (!isPlain) this.#parents.add(facts.ppid);
    if (this.#looks.size <= MOST_LOOKS) return;
    const [oldest] = this.#looks.keys();
    if (oldest !== undefined) this.#looks.delete(oldest);
  }

  #end({ pid, kind: _, ...end }: Extract<ProcessEvent, { kind: 'exit' }>, exitedAtMs: number): void {
    this.#exited.add(pid);
    const look = this.#looks.get(pid);
    if (look === undefined) return;
    this.#looks.delete(pid);
    if (look.isPlain && !this.#parents.has(pid)) return;
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
