/** A container held for a freeze, a thaw or a kill: its init by pidfd, and the freezer of each cgroup that is its own. */
import { constants } from 'node:fs';
import { type Hierarchy, hierarchyOf } from '../../kernel/cgroup/hierarchy.ts';
import { ProcessGoneError, UnsupportedError } from '../../kernel/errors.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { isIn } from '../cgroup/members.ts';
import { moveToOwnCgroup } from '../cgroup/move.ts';
import {
  type CgroupTarget,
  type ControllerPlace,
  placeIn,
  refuseOurs,
  requireOwn,
} from '../cgroup/own-cgroup.ts';
import type { Freezer } from './freezer.ts';
import { openFreezer } from './open-freezer.ts';

export interface HeldFreezer {
  readonly cgroup: HeldCgroup;
  readonly freezer: Freezer;
}

/** What is frozen and thawed, and for which action. */
export interface FreezeSubject {
  readonly operation: string;
  readonly name: string;
  /** v1's before v2's where a hybrid host has both: the one that engines use there. Never empty. */
  readonly freezers: readonly [HeldFreezer, ...HeldFreezer[]];
}

export interface PreparedFreeze extends FreezeSubject {
  /** How many processes were moved into a cgroup that was made for it. */
  readonly moved?: number;
  close(): void;
}

export interface PrepareOptions {
  /** Makes a cgroup for a container that has none of its own. */
  readonly move?: boolean;
}

/**
 * Nothing is changed, but for `move`.
 * @throws {ActionRefusal} it has no cgroup of its own, or that holds Porthole or pid 1
 * @throws {ProcessGoneError | CgroupGoneError | AccessDeniedError | UnsupportedError}
 */
export function prepareFreeze(
  files: KernelFiles,
  hierarchies: readonly Hierarchy[],
  operation: string,
  target: CgroupTarget,
  options: PrepareOptions = {},
): PreparedFreeze {
  const init = HeldProcess.open(files, target.initPid, target.initStarttimeTicks);
  let freezers: HeldFreezer[] = [];
  try {
    const chosen = choosePlaces(files, hierarchies, operation, target, options);
    freezers = openFreezers(files, operation, target, chosen.places);
    const [first, ...rest] = freezers;
    if (first === undefined) throw new Error(`${target.name}: no freezer was opened`);
    const { moved } = chosen;
    return {
      operation,
      name: target.name,
      freezers: [first, ...rest],
      ...(moved !== undefined && { moved }),
      close: () => {
        init.close();
        closeFreezers(freezers);
      },
    };
  } catch (error) {
    init.close();
    closeFreezers(freezers);
    throw error;
  }
}

/** The freezers of all cgroups that are the container's own; none where it has no such. @throws as `prepareFreeze` */
export function ownFreezers(
  files: KernelFiles,
  hierarchies: readonly Hierarchy[],
  operation: string,
  target: CgroupTarget,
): HeldFreezer[] {
  const own = freezerPlaces(hierarchies, target).filter(({ isOwn }) => isOwn);
  return openFreezers(files, operation, target, own);
}

/** Where it is, when it has no cgroup of its own: `move` would make one below. */
export function sharedPlace(
  hierarchies: readonly Hierarchy[],
  target: CgroupTarget,
): ControllerPlace | undefined {
  const places = freezerPlaces(hierarchies, target);
  return places.some(({ isOwn }) => isOwn) ? undefined : places[0];
}

export function closeFreezers(freezers: readonly HeldFreezer[]): void {
  for (const { cgroup, freezer } of freezers) {
    freezer.close();
    cgroup.close();
  }
}

function openFreezers(
  files: KernelFiles,
  operation: string,
  target: CgroupTarget,
  places: readonly ControllerPlace[],
): HeldFreezer[] {
  const opened: HeldFreezer[] = [];
  try {
    for (const place of places) {
      refuseOurs(files, operation, target, place);
      const cgroup = HeldCgroup.open(place.hierarchy, place.path);
      try {
        requireInit(files, target, cgroup);
        opened.push({ cgroup, freezer: openFreezer(cgroup) });
      } catch (error) {
        cgroup.close();
        throw error;
      }
    }
    return opened;
  } catch (error) {
    closeFreezers(opened);
    throw error;
  }
}

function freezerPlaces(hierarchies: readonly Hierarchy[], target: CgroupTarget): ControllerPlace[] {
  const candidates = [hierarchyOf(hierarchies, 'freezer'), hierarchyOf(hierarchies, '')];
  return candidates.flatMap((each) => (each === undefined ? [] : (placeIn(target, each) ?? [])));
}

function choosePlaces(
  files: KernelFiles,
  hierarchies: readonly Hierarchy[],
  operation: string,
  target: CgroupTarget,
  { move = false }: PrepareOptions,
): { readonly places: readonly ControllerPlace[]; readonly moved?: number } {
  const places = freezerPlaces(hierarchies, target);
  const own = places.filter(({ isOwn }) => isOwn);
  if (own.length > 0) return { places: own };
  const [shared] = places;
  if (shared === undefined)
    throw new UnsupportedError(
      'freezing',
      'a mounted cgroup hierarchy with a freezer: v1 freezer, or v2 of Linux 5.2',
    );
  if (!move) requireOwn(files, operation, target, shared, insteadOf(operation, shared));
  const { moved, ...place } = moveToOwnCgroup(files, { operation, target, place: shared });
  return { places: [place], moved };
}

/** A thaw moves nobody: a frozen process cannot be sure to arrive. */
function insteadOf(operation: string, { hierarchy, path }: ControllerPlace): string | undefined {
  if (operation !== 'thaw') return undefined;
  const [file, value] = hierarchy.version === 1 ? ['freezer.state', 'THAWED'] : ['cgroup.freeze', '0'];
  return `to let all of them go on write ${value} to ${hierarchy.mountPoint}${path === '/' ? '' : path}/${file}`;
}

/** Between the look at the host and now it may have been moved, or its cgroup made anew for somebody else. */
function requireInit(files: KernelFiles, target: CgroupTarget, cgroup: HeldCgroup): void {
  if (!isIn(files, cgroup, String(target.initPid)))
    throw new ProcessGoneError(
      target.initPid,
      `has ended, or has been moved out of ${cgroup.path} meanwhile`,
    );
}

/** For a watchdog; the caller closes it. */
export function openWish({ cgroup, freezer }: HeldFreezer): number {
  return cgroup.openFile(freezer.file, constants.O_WRONLY);
}
