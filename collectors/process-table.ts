/**
 * The processes of a host that is looked at again and again: arrivals by difference of what /proc lists, a whole look only
 * at who is new, young, or known to have changed; of others stat alone where somebody needs it, and a whole look now and
 * then, within a budget of time a round. So a round costs what has changed and what is shown, not what the host runs.
 */
import { isKnown, isUnknown } from '../src/kernel/reading.ts';
import { NAMESPACE_TYPES } from '../src/kernel/tables/namespaces.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { ProcessPass } from './process-pass.ts';
import { complete, noProcesses, type ProcessScan, type ProcessScanInput } from './processes.ts';

export interface Round {
  /** Whose usage and state are wanted as they are now. */
  readonly fresh: Iterable<number> | 'all';
  /** Known to have changed (they executed something, or ended): looked at whole. */
  readonly changed: Iterable<number>;
  /** Look at everything, as in the first round. */
  readonly isWhole: boolean;
  /** The kernel counted no fork and no exit since the last round: nobody has come or gone. */
  readonly isQuiet: boolean;
  /** Who executes and who ends is told in `changed`: old processes can wait longer for their turn. */
  readonly isTold: boolean;
  /** What a process that starts now gets as its start time. */
  readonly nowTicks: number;
}

export interface TableScan extends ProcessScan {
  /** Who came, went, or changed what places them, since the last round; undefined where all have to be taken for it. */
  readonly moved: ReadonlySet<number> | undefined;
  /** Start times of those who were there in the round before, by pid. */
  readonly left: ReadonlyMap<number, number>;
}

/** How long after it was first seen a process is looked at whole each round: engines move and rename their first ones. */
const YOUNG_MS = 3000;
/** The same in ticks of the usual hundredth of a second. */
const YOUNG_TICKS = YOUNG_MS / 10;
/** Where more than these started at once, the last of them; the slow lane comes to the others. */
const MOST_YOUNG = 256;
/** For looking at old processes again. */
const SLOW_LANE_MS = 3;
const SLOW_LANE_PIDS = 64;
/** No faster than this many rounds for all of them: small hosts need not spend the budget. */
const SLOW_LANE_ROUNDS = 20;
/** The same where only what enters a cgroup or a namespace with neither a fork nor an exec is left to be found. */
const SLOW_LANE_ROUNDS_TOLD = 60;
const NONE_LEFT: ReadonlyMap<number, number> = new Map();
const NOBODY = { arrived: [], left: NONE_LEFT };

export class ProcessTable {
  readonly #pass: ProcessPass;
  readonly #young = new Map<number, number>();
  /** Pids still to be looked at in this turn of the slow lane. */
  #turn: number[] = [];
  #rounds = 0;
  /** Seen, in this round or before it, to have come, to have gone, or to have changed what places them. */
  #moved = new Set<number>();
  /** Told by the round before, and still true as long as nobody came, went or changed. */
  #told: Map<number, ProcessFacts> | undefined;

  constructor(
    readonly files: KernelFiles,
    readonly input: ProcessScanInput,
  ) {
    this.#pass = new ProcessPass(files, { types: input.types, hierarchies: input.hierarchies ?? [] });
  }

  round({ fresh, changed, isWhole, isQuiet, isTold, nowTicks }: Round): TableScan {
    const pass = this.#pass;
    pass.vanished = 0;
    const isAnew = isWhole || this.#rounds === 0;
    let left = NONE_LEFT;
    if (isAnew) {
      this.#lookAtAll(pass.list());
      this.#rememberYoung(nowTicks);
    } else {
      const there = isQuiet ? NOBODY : this.#whatIsThere(pass.list());
      const { arrived } = there;
      left = there.left;
      if (left.size > 0) this.#told = undefined;
      for (const pid of left.keys()) this.#moved.add(pid);
      const whole = new Set([...this.#stillYoung(), ...arrived]);
      const now = performance.now();
      for (const pid of arrived) this.#young.set(pid, now);
      for (const pid of changed) if (pass.found.has(pid)) whole.add(pid);
      this.#lookWhole(whole);
      this.#lookAtStat(fresh, whole);
      this.#slowLane(isTold ? SLOW_LANE_ROUNDS_TOLD : SLOW_LANE_ROUNDS);
    }
    const moved = isAnew ? undefined : this.#moved;
    this.#moved = new Set();
    if (pass.found.size === 0) throw noProcesses(this.files);
    this.#rounds += 1;
    pass.forgetPlacements(() => pass.found.values());
    return {
      processes: this.#processes(),
      vanished: pass.vanished,
      refused: [...pass.refused.values()],
      moved,
      left,
    };
  }

  /** The very same map as long as nothing in it is new: what others make of it holds as well. */
  #processes(): Map<number, ProcessFacts> {
    this.#told ??= new Map(this.#pass.found);
    return this.#told;
  }

  /** Usage and state of these as they are now, between two rounds; without those that have ended. */
  freshen(pids: Iterable<number>): ProcessFacts[] {
    const wanted = [...pids];
    this.#lookAtStat(wanted, new Set());
    return wanted.flatMap((pid) => this.#pass.found.get(pid) ?? []);
  }

  close(): void {
    this.#pass.close();
  }

  /** Drops who is no longer listed; who is listed and not known has arrived. */
  #whatIsThere(listed: Int32Array): { arrived: number[]; left: ReadonlyMap<number, number> } {
    const { found, refused } = this.#pass;
    const arrived: number[] = [];
    let still = 0;
    for (const pid of listed) {
      if (found.has(pid)) still += 1;
      else if (!refused.has(pid)) arrived.push(pid);
    }
    const left = new Map<number, number>();
    if (still < found.size || refused.size > 0) {
      listed.sort();
      for (const { pid, starttimeTicks } of found.values()) {
        if (isAmong(listed, pid)) continue;
        found.delete(pid);
        left.set(pid, starttimeTicks);
      }
      for (const pid of refused.keys()) if (!isAmong(listed, pid)) refused.delete(pid);
    }
    return { arrived, left };
  }

  #lookAtAll(listed: Int32Array): void {
    this.#told = undefined;
    this.#pass.found.clear();
    this.#pass.refused.clear();
    this.#pass.lookAt(listed);
    complete(this.#pass, this.input, [...this.#pass.found.keys()]);
  }

  /** Of a host seen for the first time: those that have just started. */
  #rememberYoung(nowTicks: number): void {
    const now = performance.now();
    for (const { pid, starttimeTicks } of this.#pass.found.values())
      if (nowTicks - starttimeTicks < YOUNG_TICKS) this.#young.set(pid, now);
  }

  #stillYoung(): number[] {
    const now = performance.now();
    for (const [pid, since] of this.#young) {
      if (now - since > YOUNG_MS || !this.#pass.found.has(pid)) this.#young.delete(pid);
    }
    return [...this.#young.keys()].slice(-MOST_YOUNG);
  }

  #lookWhole(pids: Iterable<number>): void {
    const looked = Int32Array.from(pids);
    if (looked.length === 0) return;
    this.#lookAgain(looked, (now, old) => {
      if (isSameUsage(now, old)) return old;
      this.#told = undefined;
      return { ...now, namespaces: old.namespaces, cgroup: old.cgroup };
    });
  }

  /**
   * @param merged what is kept of somebody who is where they were: with the same objects that others group by
   */
  #lookAgain(looked: Int32Array, merged: (now: ProcessFacts, old: ProcessFacts) => ProcessFacts): void {
    const { found } = this.#pass;
    const before = new Map<number, ProcessFacts | undefined>();
    for (const pid of looked) before.set(pid, found.get(pid));
    this.#pass.lookAt(looked);
    complete(this.#pass, this.input, looked);
    for (const [pid, old] of before) {
      const now = found.get(pid);
      if (now !== undefined && old !== undefined && isSamePlace(old, now)) found.set(pid, merged(now, old));
      else if (now !== old) this.#noteMoved(pid);
    }
  }

  #noteMoved(pid: number): void {
    this.#told = undefined;
    this.#moved.add(pid);
  }

  #lookAtStat(fresh: Round['fresh'], whole: ReadonlySet<number>): void {
    const { found } = this.#pass;
    const pids: number[] = [];
    for (const pid of fresh === 'all' ? found.keys() : fresh) {
      if (found.has(pid) && !whole.has(pid)) pids.push(pid);
    }
    if (pids.length === 0) return;
    this.#told = undefined;
    const before = new Map<number, ProcessFacts | undefined>();
    for (const pid of pids) before.set(pid, found.get(pid));
    this.#pass.lookAtStat(Int32Array.from(pids));
    const moved = pids.filter((pid) => {
      const old = before.get(pid);
      const now = found.get(pid);
      return now === undefined || old === undefined || !isSamePlace(old, now);
    });
    for (const pid of moved) this.#noteMoved(pid);
    // Another name or parent: the rest of it may be new as well.
    this.#lookWhole(moved.filter((pid) => found.has(pid)));
  }

  /** Only for who is somewhere else by now: whose usage is wanted has been asked already. */
  #slowLane(rounds: number): void {
    const until = performance.now() + SLOW_LANE_MS;
    let left = Math.ceil(this.#pass.found.size / rounds);
    do {
      if (this.#turn.length === 0) this.#turn = [...this.#pass.found.keys(), ...this.#pass.refused.keys()];
      const pids = this.#turn.splice(-Math.min(SLOW_LANE_PIDS, left));
      left -= pids.length;
      const { refused } = this.#pass;
      for (const pid of pids) refused.delete(pid);
      this.#lookAgain(Int32Array.from(pids), (_, old) => old);
    } while (performance.now() < until && left > 0 && this.#turn.length > 0);
  }
}

/** For one look at each, sorted numbers are made sooner than a set of them. */
function isAmong(sorted: Int32Array, pid: number): boolean {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) < pid) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === pid;
}

/** Of somebody who is where they were. */
function isSameUsage(a: ProcessFacts, b: ProcessFacts): boolean {
  return (
    a.state === b.state &&
    a.isExiting === b.isExiting &&
    a.threads === b.threads &&
    a.utimeTicks === b.utimeTicks &&
    a.stimeTicks === b.stimeTicks &&
    a.rssPages === b.rssPages
  );
}

/** Equal in all that decides which container a process is in, and what that container is. */
function isSamePlace(a: ProcessFacts, b: ProcessFacts): boolean {
  return (
    a.starttimeTicks === b.starttimeTicks &&
    a.ppid === b.ppid &&
    a.comm === b.comm &&
    (a.state === 'Z') === (b.state === 'Z') &&
    isSameCgroup(a.cgroup, b.cgroup) &&
    isSameNamespaces(a.namespaces, b.namespaces) &&
    isSameFact(a.root, b.root) &&
    isSameList(a.nsPid, b.nsPid) &&
    isSameList(a.argv, b.argv)
  );
}

function isSameCgroup(a: ProcessFacts['cgroup'], b: ProcessFacts['cgroup']): boolean {
  return isKnown(a) && isKnown(b) ? a.text === b.text : isSameFact(a, b);
}

function isSameNamespaces(a: ProcessFacts['namespaces'], b: ProcessFacts['namespaces']): boolean {
  if (!isKnown(a) || !isKnown(b)) return isSameFact(a, b);
  return NAMESPACE_TYPES.every((type) => a[type] === b[type]);
}

function isSameList(
  a: ProcessFacts['argv'] | ProcessFacts['nsPid'],
  b: ProcessFacts['argv'] | ProcessFacts['nsPid'],
): boolean {
  if (!isKnown(a) || !isKnown(b)) return isSameFact(a, b);
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** Of what is no object when it is known: the same value, or unknown for the same reason. */
function isSameFact(a: unknown, b: unknown): boolean {
  if (isUnknown(a) && isUnknown(b)) return a.unknown === b.unknown && a.errno === b.errno;
  return a === b;
}
