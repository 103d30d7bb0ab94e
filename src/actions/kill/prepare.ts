/** A container held for a kill: its init by pidfd, its own cgroups where it has such, and who the processes are. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Hierarchy } from '../../kernel/cgroup/hierarchy.ts';
import { ProcessGoneError } from '../../kernel/errors.ts';
import { parseNsPid } from '../../kernel/proc/status.ts';
import { failedReading } from '../../sys/failure.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import type { CgroupTarget } from '../cgroup/own-cgroup.ts';
import { ancestorsOfOurs } from '../cgroup/own-cgroup.ts';
import { closeFreezers, type HeldFreezer, ownFreezers } from '../freeze/prepare.ts';
import { ActionRefusal } from '../refusal.ts';
import { type Prey, preyByDescent, preyInCgroup } from './prey.ts';

export interface PreparedKill {
  readonly name: string;
  readonly init: HeldProcess;
  /** It is pid 1 of a pid namespace: the kernel ends all in there with it, and drops what it has no handler for. */
  readonly isNamespaceInit: boolean;
  /** Of its own cgroups; empty where it has none. */
  readonly freezers: readonly HeldFreezer[];
  readonly prey: Prey;
  close(): void;
}

/**
 * Nothing is changed.
 * @throws {ActionRefusal} it holds Porthole or pid 1
 * @throws {ProcessGoneError | CgroupGoneError | AccessDeniedError | UnsupportedError}
 */
export function prepareKill(
  files: KernelFiles,
  hierarchies: readonly Hierarchy[],
  target: CgroupTarget,
): PreparedKill {
  const init = HeldProcess.open(files, target.initPid, target.initStarttimeTicks);
  let freezers: readonly HeldFreezer[] = [];
  let door: number | undefined;
  const close = () => {
    init.close();
    if (door !== undefined) closeSync(door);
    closeFreezers(freezers);
  };
  try {
    freezers = ownFreezers(files, hierarchies, 'kill', target);
    const [own] = freezers;
    const isInit = isNamespaceInit(files, target.initPid);
    if (own === undefined && isInit) door = openNamespace(files, init);
    const namespace = door === undefined ? undefined : `pid:[${fstatSync(door).ino}]`;
    const prey =
      own === undefined ? preyByDescent(files, target, namespace) : preyInCgroup(files, own.cgroup);
    refuseOurs(files, target, prey);
    return { name: target.name, init, isNamespaceInit: isInit, freezers, prey, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Of its pids: kept open, or the next container that is made has its number as soon as this one has ended. Undefined where it may
 * not be looked at.
 */
function openNamespace(files: KernelFiles, init: HeldProcess): number | undefined {
  const path = files.proc(`${init.pid}/ns/pid`);
  try {
    const fd = openSync(path, 'r');
    if (init.isAlive()) return fd;
    closeSync(fd);
  } catch (error) {
    if (failedReading(error, path).why === 'denied') return undefined;
  }
  throw new ProcessGoneError(init.pid);
}

function isNamespaceInit(files: KernelFiles, pid: number): boolean {
  const status = files.small(files.proc(`${pid}/status`));
  if (!status.ok) throw new ProcessGoneError(pid);
  const pids = parseNsPid(status.value);
  return pids.length > 1 && pids.at(-1) === 1;
}

/** Where no cgroup tells: it is by pid that we would be among those who are hit. */
function refuseOurs(files: KernelFiles, { name }: CgroupTarget, prey: Prey): void {
  const pids = new Set(prey.pids());
  const refuse = (what: string): never => {
    throw new ActionRefusal('kill', name, `${what} is one of its processes`);
  };
  if (pids.has(process.pid)) refuse('this process');
  if (pids.has(1)) refuse('pid 1');
  for (const { pid, comm } of ancestorsOfOurs(files))
    if (pids.has(pid)) refuse(`${comm} (${pid}), from which this process was started,`);
}
