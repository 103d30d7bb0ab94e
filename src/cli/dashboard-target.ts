/** The container of a model as the kernel has it now, for who acts on it. */
import { statOf } from '../actions/cgroup/members.ts';
import type { CgroupTarget } from '../actions/cgroup/own-cgroup.ts';
import { findTarget } from '../live/find-target.ts';
import type { Container } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

/**
 * What has no cgroup of its own can have been given one since the sampler looked, by us as well: a kill that does not know its
 * freezer thaws nothing, and waits for ever. @throws {TargetError}
 */
export async function asItIs(files: KernelFiles, container: Container): Promise<Container & CgroupTarget> {
  const { initPid, key, cgroup } = container;
  const isOwn = Object.keys(cgroup.paths).every((name) => cgroup.ownControllers?.includes(name) === true);
  if (isOwn || statOf(files, initPid) === undefined) return container;
  const { container: found } = await findTarget(files, key);
  const { cgroup: place, pids, starttimes } = found;
  return { ...container, cgroup: place, pids, ...(starttimes !== undefined && { starttimes }) };
}
