/** A container held for a freeze, a thaw or a kill: its init by pidfd, and the freezer of each cgroup that is its own. */
import { constants } from 'node:fs';
import {
  type Hierarchy,
  hierarchyOf,
  isBelow,
  linesInMounts,
  pathIn,
} from '../../kernel/cgroup/hierarchy.ts';
import { ProcessGoneError, UnsupportedError } from '../../kernel/errors.ts';
import { parsePidCgroup } from '../../kernel/proc/cgroup.ts';
import { asText } from '../../sys/cgroup-directory.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { moveToOwnCgroup } from '../cgroup/move.ts';
import {
  type CgroupTarget,
  type ControllerPlace,
  placeIn,
  refuseOurs,
  requireOwn,
} from '../cgroup/own-cgroup.ts';
import { type Freezer, openFreezer } from './freezer.ts';

export interface HeldFreezer {
  readonly cgroup: HeldCgroup;
  readonly freezer: Freezer;
}

export interface PreparedFreeze {
  readonly operation: string;
  readonly name: string;
  /** v1's before v2's where a hybrid host has both: the one that engines use there. Never empty. */
  readonly freezers: readonly [HeldFreezer, ...HeldFreezer[]];
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
  const opened: HeldFreezer[] = [];
  const close = () => {
    init.close();
    for (const { cgroup, freezer } of opened.splice(0)) {
      freezer.close();
      cgroup.close();
    }
  };
  try {
    const chosen = choosePlaces(files, hierarchies, operation, target, options);
    for (const place of chosen.places) {
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
    const [first, ...rest] = opened;
    if (first === undefined) throw new Error(`${target.name}: no freezer was opened`);
    const { moved } = chosen;
    return {
      operation,
      name: target.name,
      freezers: [first, ...rest],
      ...(moved !== undefined && { moved }),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function choosePlaces(
  files: KernelFiles,
  hierarchies: readonly Hierarchy[],
  operation: string,
  target: CgroupTarget,
  { move = false }: PrepareOptions,
): { readonly places: readonly ControllerPlace[]; readonly moved?: number } {
  const candidates = [hierarchyOf(hierarchies, 'freezer'), hierarchyOf(hierarchies, '')];
  const places = candidates.flatMap((each) => (each === undefined ? [] : (placeIn(target, each) ?? [])));
  const own = places.filter(({ isOwn }) => isOwn);
  if (own.length > 0) return { places: own };
  const [shared] = places;
  if (shared === undefined)
    throw new UnsupportedError(
      'freezing',
      'a mounted cgroup hierarchy with a freezer: v1 freezer, or v2 of Linux 5.2',
    );
  if (!move) requireOwn(files, operation, target, shared);
  const { moved, ...place } = moveToOwnCgroup(files, { operation, target, place: shared });
  return { places: [place], moved };
}

/** Between the look at the host and now it may have been moved, or its cgroup made anew for somebody else. */
function requireInit(files: KernelFiles, target: CgroupTarget, { hierarchy, path }: HeldCgroup): void {
  const text = files.small(files.proc(`${target.initPid}/cgroup`));
  if (!text.ok) throw new ProcessGoneError(target.initPid);
  const at = pathIn(linesInMounts(parsePidCgroup(asText(text.value)), [hierarchy]), hierarchy);
  if (at === undefined || !isBelow(at, path))
    throw new ProcessGoneError(target.initPid, `has been moved out of ${path} meanwhile`);
}

/** For a watchdog; the caller closes it. */
export function openWish({ cgroup, freezer }: HeldFreezer): number {
  return cgroup.openFile(freezer.file, constants.O_WRONLY);
}
