/**
 * Which cgroup an action on a container may change: one that is its alone, and that holds neither Porthole nor pid 1. Shared by
 * freeze, kill and limit.
 */
import type { Hierarchy } from '../../kernel/cgroup/hierarchy.ts';
import type { ContainerTarget } from '../../model/host-model.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { ActionRefusal } from '../refusal.ts';
import { HeldCgroup } from './held-cgroup.ts';
import { bystandersIn, isIn, listed, statOf } from './members.ts';

/** What of a container these need. Without start times only its init is known again, and what descends from it. */
export type CgroupTarget = Pick<
  ContainerTarget,
  'name' | 'initPid' | 'initStarttimeTicks' | 'cgroup' | 'starttimes'
>;

/** Its processes as they were seen. */
export function seenOf({ initPid, initStarttimeTicks, starttimes }: CgroupTarget): Map<number, number> {
  return new Map([...(starttimes ?? []), [initPid, initStarttimeTicks]]);
}

/** A container's place in one hierarchy, by the controller it was asked for (`''` is v2 itself). */
export interface ControllerPlace {
  readonly hierarchy: Hierarchy;
  readonly path: string;
  /** It is its alone, with what is nested in it. */
  readonly isOwn: boolean;
}

/** Undefined where the controller is in no mounted hierarchy, or the container has no place in it. */
export function placeIn({ cgroup }: CgroupTarget, hierarchy: Hierarchy): ControllerPlace | undefined {
  const name = hierarchy.version === 2 ? '' : hierarchy.controllers[0];
  const path = name === undefined ? undefined : cgroup.paths[name];
  if (name === undefined || path === undefined) return undefined;
  return { hierarchy, path, isOwn: cgroup.ownControllers?.includes(name) === true };
}

/**
 * Says who else would be hit.
 * @param otherwise what can be done instead; usually that `--move` gives it a cgroup of its own
 * @throws {ActionRefusal} unless the place is its own
 */
export function requireOwn(
  files: KernelFiles,
  operation: string,
  target: CgroupTarget,
  place: ControllerPlace,
  otherwise?: string,
): void {
  if (place.isOwn) return;
  const cgroup = HeldCgroup.open(place.hierarchy, place.path);
  try {
    const others = bystandersIn(files, cgroup, seenOf(target));
    const who =
      others.length === 0
        ? ''
        : `, so that ${others.length} other ${others.length === 1 ? 'process' : 'processes'} would be hit: ${listed(others)}`;
    throw new ActionRefusal(
      operation,
      target.name,
      `it has no cgroup of its own: it is in ${place.path} of ${nameOf(place.hierarchy)}${who}; ${otherwise ?? '--move makes one for it'}`,
      otherwise === undefined ? 'move' : undefined,
    );
  } finally {
    cgroup.close();
  }
}

/** As `porthole cgroups` calls it. */
export function nameOf({ version, controllers }: Hierarchy): string {
  return version === 2 ? 'v2' : controllers.join(',');
}

/** @throws {ActionRefusal} when pid 1, Porthole, or a process from which Porthole was started is in the cgroup or below it */
export function refuseOurs(
  files: KernelFiles,
  operation: string,
  { name }: CgroupTarget,
  { hierarchy, path }: Pick<ControllerPlace, 'hierarchy' | 'path'>,
): void {
  const holds = (who: string) => isIn(files, { hierarchy, path }, who);
  const refuse = (what: string): never => {
    throw new ActionRefusal(operation, name, `cgroup ${path} holds ${what}`);
  };
  if (path === '/') refuse('every process of the host');
  if (holds('self')) refuse('this process');
  if (holds('1')) refuse('pid 1');
  for (const { pid, comm } of ancestorsOfOurs(files))
    if (holds(String(pid))) refuse(`${comm} (${pid}), from which this process was started`);
}

/** Of this process, the parent first, without pid 1. */
export function* ancestorsOfOurs(files: KernelFiles): Generator<{ pid: number; comm: string }> {
  for (let pid = process.ppid; pid > 1; ) {
    const stat = statOf(files, pid);
    if (stat === undefined) return;
    yield { pid, comm: stat.comm };
    pid = stat.ppid;
  }
}
