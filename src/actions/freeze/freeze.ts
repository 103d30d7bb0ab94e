/** Freezing and thawing a container that is held: by events, with a limit, and back to what was when it cannot be done. */
import { ActionError } from '../../kernel/errors.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { CgroupGoneError } from '../cgroup/gone.ts';
import { type Bystander, membersOf, statOf } from '../cgroup/members.ts';
import { ActionRefusal } from '../refusal.ts';
import type { FreezeSubject, HeldFreezer } from './prepare.ts';
import { wishesAbove, wishesBelow } from './wishes.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** Gives up before that. */
  readonly signal?: AbortSignal;
}

export interface Frozen {
  readonly held: HeldFreezer;
  /** Its own wish was it already: nothing was changed. */
  readonly wasFrozen: boolean;
  /** A cgroup above it is frozen, too: it stays frozen when it is thawed. */
  readonly above: readonly string[];
  readonly tookMs: number;
}

/**
 * Fulfilled when all of it is frozen.
 * @throws {ActionError} it was not in time, or `signal` came first: it has been thawed again
 * @throws {CgroupGoneError} it has ended meanwhile
 */
export async function freeze(
  files: KernelFiles,
  prepared: FreezeSubject,
  options: WaitOptions,
): Promise<Frozen> {
  const started = performance.now();
  const already = prepared.freezers.find(isFrozen);
  const held = already ?? prepared.freezers[0];
  const { freezer, cgroup } = held;
  if (already === undefined) {
    const wasWished = freezer.isWished();
    // What it says now is what a change is measured by.
    freezer.state();
    freezer.wish(true);
    try {
      const failure = await waitFor(held, 'frozen', started + options.timeoutMs, options.signal);
      if (failure !== undefined) throw await takenBack(files, prepared, held, wasWished, failure);
      // An empty cgroup freezes as well, and nobody would thaw it.
      if (membersOf(cgroup).length === 0)
        throw new CgroupGoneError(cgroup.path, undefined, 'has no process any more: its container has ended');
    } catch (error) {
      if (!(error instanceof ActionError) && cgroup.isThere() && !wasWished) freezer.wish(false);
      throw error;
    }
  }
  const tookMs = performance.now() - started;
  return { held, wasFrozen: already !== undefined, above: wishesAbove(cgroup), tookMs };
}

const isFrozen = ({ freezer }: HeldFreezer) => freezer.isWished() && freezer.state() === 'frozen';

/** Not only because a cgroup above it is. */
export function isFrozenByItself({ freezers }: FreezeSubject): boolean {
  return freezers.some(isFrozen);
}

type Failure = 'ETIME' | 'EINTR';

async function waitFor(
  { freezer }: HeldFreezer,
  wanted: 'frozen' | 'thawed',
  deadline: number,
  signal?: AbortSignal,
): Promise<Failure | undefined> {
  for (;;) {
    if (freezer.state() === wanted) return undefined;
    if (signal?.aborted === true) return 'EINTR';
    const leftMs = Math.ceil(deadline - performance.now());
    if (leftMs <= 0) return 'ETIME';
    await freezer.wait(leftMs);
  }
}

/** How long a thaw may take: it only wakes who sleeps. */
const THAW_MS = 5000;

async function takenBack(
  files: KernelFiles,
  { operation, name }: FreezeSubject,
  held: HeldFreezer,
  wasWished: boolean,
  errno: Failure,
): Promise<ActionError> {
  const awake = errno === 'ETIME' ? awakeIn(files, held) : [];
  const who =
    awake.length === 0 ? '' : `; not stopped: ${awake.map(({ comm, pid }) => `${comm} (${pid})`).join(', ')}`;
  if (wasWished)
    return new ActionError(
      operation,
      'wait until it is frozen',
      name,
      errno,
      `it is freezing, as it was before${who}`,
    );
  held.freezer.wish(false);
  const failure = await waitFor(held, 'thawed', performance.now() + THAW_MS);
  const leftAs =
    failure === undefined
      ? 'it was thawed again'
      : `it was asked to thaw, and is ${held.freezer.state()} still`;
  return new ActionError(operation, 'wait until it is frozen', name, errno, `${leftAs}${who}`);
}

/** Where the kernel keeps those that are frozen, v1 and v2. */
const FROZEN_IN = ['__refrigerator', 'do_freezer_trap', 'get_signal', '0', ''];
const MOST_NAMED = 5;

/** Processes that have not stopped, as far as the kernel says where they are. */
function awakeIn(files: KernelFiles, { cgroup }: HeldFreezer): Bystander[] {
  const found: Bystander[] = [];
  for (const pid of membersOf(cgroup)) {
    const stat = isAwake(files, pid) ? statOf(files, pid) : undefined;
    if (stat !== undefined && found.length < MOST_NAMED) found.push({ pid, comm: stat.comm });
  }
  return found;
}

/** Some thread of it. */
function isAwake(files: KernelFiles, pid: number): boolean {
  const tasks = files.list(files.proc(`${pid}/task`));
  return (tasks.ok ? tasks.value : []).some((tid) => {
    const where = files.small(files.proc(`${pid}/task/${tid}/wchan`));
    return where.ok && !FROZEN_IN.includes(where.value.trim());
  });
}

export interface Thawed {
  /** Whose wish was taken back; empty when none was frozen. */
  readonly thawed: readonly HeldFreezer[];
  /** Cgroups below that are frozen by their own wish, and stay so. */
  readonly below: readonly string[];
}

/**
 * @throws {ActionRefusal} a cgroup above it is frozen, and it is not by itself: nothing was changed
 * @throws {ActionError} it is frozen still
 */
export async function thaw(
  prepared: FreezeSubject,
  { timeoutMs = THAW_MS }: Partial<WaitOptions> = {},
): Promise<Thawed> {
  const { operation, name, freezers } = prepared;
  const stopped = freezers.filter(({ freezer }) => freezer.isWished() || freezer.state() !== 'thawed');
  const wished = stopped.filter(({ freezer }) => freezer.isWished());
  for (const { freezer } of wished) freezer.wish(false);
  for (const held of stopped) {
    const above = wishesAbove(held.cgroup).at(-1);
    if (above !== undefined) throw frozenAbove(prepared, held, above, wished.length > 0);
    const failure = await waitFor(held, 'thawed', performance.now() + timeoutMs);
    if (failure !== undefined)
      throw new ActionError(
        operation,
        'wait until it is thawed',
        name,
        failure,
        `it is ${held.freezer.state()} still`,
      );
  }
  return { thawed: wished, below: freezers.flatMap(({ cgroup }) => wishesBelow(cgroup)) };
}

function frozenAbove(
  { operation, name }: FreezeSubject,
  { cgroup, freezer }: HeldFreezer,
  above: string,
  wasWished: boolean,
): Error {
  const { version, mountPoint } = cgroup.hierarchy;
  const where = `${above}, a cgroup above it, is frozen (${version === 1 ? 'v1 freezer' : 'v2'})`;
  const undo = `write ${freezer.values.thawed} to ${freezer.file} of ${mountPoint}${above}`;
  return wasWished
    ? new ActionError(
        operation,
        where,
        name,
        'EBUSY',
        `its own wish was taken back, it stays frozen until you ${undo}`,
      )
    : new ActionRefusal(operation, name, `${where}: thawing what is below changes nothing; ${undo}`);
}
