/**
 * A cgroup of its own for a container that sits in somebody else's: made right below that one, so that the limits above still
 * hold, with every process of the container in it. It stays when the container has ended, and is empty then: the next one that is
 * made beside it removes it.
 */

import { rmdirSync } from 'node:fs';
import { parentPath } from '../../kernel/cgroup/hierarchy.ts';
import { ActionError } from '../../kernel/errors.ts';
import type { PidStat } from '../../kernel/proc/stat.ts';
import { errnoOf, failedReading } from '../../sys/failure.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { ActionRefusal } from '../refusal.ts';
import { unlessGone } from './gone.ts';
import { HeldCgroup } from './held-cgroup.ts';
import { insidersIn, isIn, livingIn, membersOf, statOf } from './members.ts';
import { type CgroupTarget, type ControllerPlace, nameOf, seenOf } from './own-cgroup.ts';

export interface Move {
  /** Of the action, for error messages: `freeze`. */
  readonly operation: string;
  readonly target: CgroupTarget;
  /** Where it is now, and not alone. */
  readonly place: ControllerPlace;
  /** v2 controllers the new cgroup must have; none for freezing. v1 has those of its hierarchy. */
  readonly controllers?: readonly string[];
}

export interface PlannedMove {
  /** Of the cgroup that would be made. */
  readonly path: string;
  readonly directory: string;
  /** Who would be moved there. */
  readonly pids: readonly number[];
}

/** What a move would do. @throws as `moveToOwnCgroup`, before anything is changed */
export function plannedMove(
  files: KernelFiles,
  target: CgroupTarget,
  place: ControllerPlace,
  { operation = 'freeze', controllers = [] }: Partial<Pick<Move, 'operation' | 'controllers'>> = {},
): PlannedMove {
  return withParent({ operation, target, place, controllers }, (from, parent) => {
    const name = nameFor(target);
    const path = parent.path === '/' ? `/${name}` : `${parent.path}/${name}`;
    return {
      path,
      directory: parent.fileName(name),
      pids: insidersIn(files, from, seenOf(target)).map(({ pid }) => pid),
    };
  });
}

/** Closes both when `use` has ended. */
function withParent<T>(move: Move, use: (from: HeldCgroup, parent: HeldCgroup) => T): T {
  const from = HeldCgroup.open(move.place.hierarchy, move.place.path);
  try {
    const parent = parentFor(move, from);
    try {
      return use(from, parent);
    } finally {
      if (parent !== from) parent.close();
    }
  } finally {
    from.close();
  }
}

const nameFor = ({ initPid }: CgroupTarget) => `porthole-${initPid}`;

/** Each pass moves what the last one missed: children that were born meanwhile are soon born in there. */
const PASSES = 1000;

/**
 * The place it has then. Anything that fails is taken back: processes where they were, the new cgroup removed.
 * @throws {ActionRefusal | ActionError | AccessDeniedError | CgroupGoneError}
 */
export function moveToOwnCgroup(
  files: KernelFiles,
  move: Move,
): ControllerPlace & { readonly moved: number } {
  const { operation, target, place } = move;
  return withParent(move, (from, parent) => {
    removeLeftOvers(files, parent, target);
    const to = parent.makeChild(nameFor(target));
    try {
      inheritCpuset(parent, to);
      const moved = moveAll(files, move, from, to);
      return { hierarchy: place.hierarchy, path: to.path, isOwn: true, moved };
    } catch (error) {
      const leftAs = putBack(from, to) ?? 'its processes are where they were';
      const errno = errnoOf(error);
      if (errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) throw error;
      throw new ActionError(operation, `move to ${to.path}`, target.name, errno, leftAs, { cause: error });
    } finally {
      to.close();
    }
  });
}

const MADE = /^porthole-(\d+)$/;

/**
 * Of containers that have ended. Nobody is in them, or the kernel would not do it. One of the target's own pid is of another one
 * that had it before, and has that one's limits, or is frozen.
 */
function removeLeftOvers(files: KernelFiles, parent: HeldCgroup, target: CgroupTarget): void {
  for (const name of parent.children()) {
    const pid = MADE.exec(name)?.[1];
    if (pid === undefined) continue;
    if (name !== nameFor(target) && statOf(files, Number(pid)) !== undefined) continue;
    const directory = parent.fileName(name);
    try {
      rmdirSync(directory);
    } catch (error) {
      // EBUSY: some of it lives on.
      failedReading(error, directory);
    }
  }
}

/** For an action that could not be done after the move. Gives what stands in the way, in words. */
export function moveBack(from: ControllerPlace, to: ControllerPlace): string | undefined {
  return unlessGone(undefined, () => {
    const old = HeldCgroup.open(from.hierarchy, from.path);
    try {
      const made = HeldCgroup.open(to.hierarchy, to.path);
      try {
        return putBack(old, made);
      } finally {
        made.close();
      }
    } finally {
      old.close();
    }
  });
}

/** A v2 cgroup with processes cannot give controllers to those below it: then the new one comes beside it. */
function parentFor({ operation, target, place, controllers = [] }: Move, from: HeldCgroup): HeldCgroup {
  if (place.hierarchy.version === 1 || controllers.length === 0) return from;
  const missing = (cgroup: HeldCgroup) => {
    const text = cgroup.read('cgroup.subtree_control');
    const given = text.ok ? text.value.split(/\s+/) : [];
    return controllers.filter((name) => !given.includes(name));
  };
  if (missing(from).length === 0) return from;
  const above = place.path === '/' ? from : HeldCgroup.open(place.hierarchy, parentPath(place.path));
  const lacking = missing(above);
  if (lacking.length === 0) return above;
  const file = above.fileName('cgroup.subtree_control');
  if (above !== from) above.close();
  throw new ActionRefusal(
    operation,
    target.name,
    `a cgroup for it would lack ${lacking.join(', ')}: write ${lacking.map((name) => `+${name}`).join(' ')} to ${file} first`,
  );
}

/** A new v1 cpuset is empty, and takes nobody until it is not. */
function inheritCpuset(from: HeldCgroup, to: HeldCgroup): void {
  if (from.hierarchy.version !== 1 || !from.hierarchy.controllers.includes('cpuset')) return;
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const [theirs, ours] = [from.read(file), to.read(file)];
    if (theirs.ok && ours.ok && ours.value.trim() === '') to.write(file, theirs.value.trim());
  }
}

function moveAll(files: KernelFiles, move: Move, from: HeldCgroup, to: HeldCgroup): number {
  const moved = new Set<number>();
  const inside = seenOf(move.target);
  for (let pass = 0; pass < PASSES; pass++) {
    for (const { pid, starttimeTicks } of livingIn(files, to)) inside.set(pid, starttimeTicks);
    const strays = insidersIn(files, from, inside).filter(({ pid }) => !isIn(files, to, String(pid)));
    if (strays.length === 0) return moved.size;
    for (const stray of strays) if (moveThisOne(files, move, to, stray)) moved.add(stray.pid);
  }
  throw new ActionRefusal(
    move.operation,
    move.target.name,
    `its processes fork faster than they can be moved out of ${from.path} of ${nameOf(from.hierarchy)}`,
  );
}

/**
 * The kernel takes a number: it is looked at before and after whose it is. False when it has ended.
 * @throws {ActionRefusal} it ended at that very moment, and its pid is used again @throws Node's error
 */
function moveThisOne(files: KernelFiles, move: Move, to: HeldCgroup, seen: PidStat): boolean {
  const isAnother = (pid: number) => {
    const now = statOf(files, pid);
    return now === undefined ? undefined : now.starttimeTicks !== seen.starttimeTicks;
  };
  if (isAnother(seen.pid) !== false || !moveOne(to, seen.pid)) return false;
  if (isAnother(seen.pid) !== true || !isIn(files, to, String(seen.pid))) return true;
  throw new ActionRefusal(
    move.operation,
    move.target.name,
    `${seen.comm} (${seen.pid}) ended while it was moved, and another process has its pid`,
  );
}

/** False when it has ended. @throws Node's error */
function moveOne(to: HeldCgroup, pid: number): boolean {
  try {
    to.write('cgroup.procs', String(pid));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Gives what stands in the way, in words. */
function putBack(from: HeldCgroup, to: HeldCgroup): string | undefined {
  try {
    for (let pids = membersOf(to), pass = 0; pids.length > 0 && pass < PASSES; pids = membersOf(to), pass++)
      for (const pid of pids) moveOne(from, pid);
    rmdirSync(to.directory);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `some of its processes are in ${to.path}, and could not be moved back (${why})`;
  }
}
