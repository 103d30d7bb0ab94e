/**
 * One mount table per mount namespace, read through one of its processes whose root is the namespace's own (a chrooted
 * one would show only what lies below its root).
 */
import { mountIn, mountInText } from '../src/kernel/proc/mount-lookup.ts';
import { type MountEntry, parseMountinfo, visibleAt } from '../src/kernel/proc/mountinfo.ts';
import { type Fact, factOf, known, type Reading } from '../src/kernel/reading.ts';
import type { MountTable, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export interface MountsInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** Tables read before; reused while their process lives and they are not old. */
  readonly before?: ReadonlyMap<number, MountTable>;
  readonly nowMs: number;
  /** When the process with these start ticks started, in the same milliseconds as `nowMs`. */
  readonly startedAtMs: (starttimeTicks: number) => number;
}

/** A container puts its mounts together in its first moments: what was read then is read again. */
const YOUNG_MS = 3000;
const SETTLED_AFTER_MS = 10_000;
const UNSETTLED_FOR_MS = 2500;
/** Where more than these are due at once because they are young, those that have waited longest. */
const MOST_YOUNG = 32;
const OLD_AFTER_MS = 30_000;

export const mounts: Collector<MountsInput, ReadonlyMap<number, MountTable>> = {
  id: 'mounts',
  reads: ['/proc/PID/mountinfo'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'slow',
  collect(files, input) {
    const { before } = input;
    const chosen = representatives(input.processes);
    const tables = new Map<number, MountTable>();
    const young: { readonly mnt: number; readonly facts: ProcessFacts; readonly old: MountTable }[] = [];
    let isNew = before?.size !== chosen.size;
    const read = (mnt: number, facts: ProcessFacts, old: MountTable | undefined) => {
      isNew = true;
      tables.set(mnt, readTable(files, facts, input.nowMs, old));
    };
    chosen.forEach((facts, mnt) => {
      const old = before?.get(mnt);
      const state = old === undefined ? 'due' : stateOf(mnt, old, input);
      if (old === undefined || state === 'due') read(mnt, facts, old);
      else {
        tables.set(mnt, old);
        if (state === 'young') young.push({ mnt, facts, old });
      }
    });
    young.sort((a, b) => a.old.readAtMs - b.old.readAtMs);
    for (const { mnt, facts, old } of young.slice(0, MOST_YOUNG)) read(mnt, facts, old);
    return isNew || before === undefined ? tables : before;
  },
};

/** `young`: due because its process has not been there for long. */
function stateOf(
  mnt: number,
  table: MountTable,
  { processes, nowMs, startedAtMs }: MountsInput,
): 'good' | 'young' | 'due' {
  if (processes.get(table.pid)?.starttimeTicks !== table.starttimeTicks) return 'due';
  const ageMs = table.readAtMs - startedAtMs(table.starttimeTicks);
  const wasSettled = ageMs > SETTLED_AFTER_MS;
  if (!wasSettled) return ageMs > YOUNG_MS && nowMs - table.readAtMs < UNSETTLED_FOR_MS ? 'good' : 'young';
  // Spread out, so that the tables of a thousand containers are not all read again in one tick.
  const spreadMs = (mnt % OLD_AFTER_MS) / 2;
  return nowMs - table.readAtMs < OLD_AFTER_MS + spreadMs ? 'good' : 'due';
}

const chosenOf = new WeakMap<ReadonlyMap<number, ProcessFacts>, ReadonlyMap<number, ProcessFacts>>();

/** Chosen once for processes of which nothing is new. */
function representatives(processes: ReadonlyMap<number, ProcessFacts>): ReadonlyMap<number, ProcessFacts> {
  const seen = chosenOf.get(processes);
  if (seen !== undefined) return seen;
  const best = new Map<number, ProcessFacts>();
  chosenOf.set(processes, best);
  let last: ProcessFacts | undefined;
  for (const facts of processes.values()) {
    // Nearly all: processes that stand in the same namespaces mostly share the object, and are listed one after the other.
    if (last !== undefined && facts.namespaces === last.namespaces && facts.pid > last.pid) continue;
    const mnt = known(facts.namespaces)?.mnt;
    if (mnt === undefined || known(facts.root) !== '/') continue;
    last = best.get(mnt);
    if (last !== undefined && facts.pid > last.pid) continue;
    best.set(mnt, facts);
    last = facts;
  }
  return best;
}

/** With the very content of the old table where the text is the same: what is concluded from it need not be again. */
function readTable(
  files: KernelFiles,
  facts: ProcessFacts,
  nowMs: number,
  old: MountTable | undefined,
): MountTable {
  const path = files.proc(`${facts.pid}/mountinfo`);
  const text = files.text(path, 'utf8');
  const before = old instanceof TextTable ? old.content : undefined;
  return new TextTable(facts, nowMs, before?.says(text) === true ? before : new MountText(path, text));
}

/** What `mounts` collects, for who asks little of few tables: each is read when something of it is asked for. */
export function tablesWhenAsked(
  files: KernelFiles,
  processes: ReadonlyMap<number, ProcessFacts>,
): ReadonlyMap<number, MountTable> {
  const tables = new Map<number, MountTable>();
  const nowMs = Date.now();
  representatives(processes).forEach((facts, mnt) => {
    tables.set(mnt, new LateTable(facts, nowMs, () => readTable(files, facts, nowMs, undefined)));
  });
  return tables;
}

class LateTable implements MountTable {
  readonly pid: number;
  readonly starttimeTicks: number;
  #table: MountTable | undefined;

  constructor(
    { pid, starttimeTicks }: ProcessFacts,
    readonly readAtMs: number,
    readonly read: () => MountTable,
  ) {
    this.pid = pid;
    this.starttimeTicks = starttimeTicks;
  }

  get mounts(): Fact<readonly MountEntry[]> {
    this.#table ??= this.read();
    return this.#table.mounts;
  }

  mountAt(target: string): MountEntry | undefined {
    this.#table ??= this.read();
    return mountIn(this.#table, target);
  }
}

class TextTable implements MountTable {
  readonly pid: number;
  readonly starttimeTicks: number;

  constructor(
    { pid, starttimeTicks }: ProcessFacts,
    readonly readAtMs: number,
    readonly content: MountText,
  ) {
    this.pid = pid;
    this.starttimeTicks = starttimeTicks;
  }

  get mounts(): Fact<readonly MountEntry[]> {
    return this.content.mounts();
  }

  mountAt(target: string): MountEntry | undefined {
    return this.content.mountAt(target);
  }

  get mayBindNamespaces(): boolean {
    return this.content.mayBindNamespaces;
  }
}

/** Parsed when somebody asks for the mounts: many ask of few tables only, or for one mount of many tables. */
class MountText {
  /** Some line may be of type nsfs. */
  readonly mayBindNamespaces: boolean;
  #mounts: { readonly fact: Fact<readonly MountEntry[]> } | undefined;
  /** By target: the same few are asked for again as long as the container is young. */
  readonly #found = new Map<string, MountEntry | undefined>();

  constructor(
    readonly path: string,
    readonly text: Reading<string>,
  ) {
    this.mayBindNamespaces = !text.ok || text.value.includes(' nsfs ');
  }

  mounts(): Fact<readonly MountEntry[]> {
    this.#mounts ??= { fact: factOf(parsed(this.text, this.path, parseMountinfo)) };
    return this.#mounts.fact;
  }

  mountAt(target: string): MountEntry | undefined {
    if (this.#mounts !== undefined) return visibleAt(known(this.#mounts.fact) ?? [], target);
    if (!this.#found.has(target)) this.#found.set(target, this.#find(target));
    return this.#found.get(target);
  }

  #find(target: string): MountEntry | undefined {
    return known(factOf(parsed(this.text, this.path, (text) => mountInText(text, target))));
  }

  says(text: Reading<string>): boolean {
    return text.ok && this.text.ok && text.value === this.text.value;
  }
}

/** `/proc/PID/mountinfo`; paths in it may be any bytes but are UTF-8 in practice. */
export function mountsOf(files: KernelFiles, pid: number | 'self'): Fact<MountEntry[]> {
  const path = files.proc(`${pid}/mountinfo`);
  return factOf(parsed(files.text(path, 'utf8'), path, parseMountinfo));
}
