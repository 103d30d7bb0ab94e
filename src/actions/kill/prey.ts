/**
 * The processes that a kill is about, as they are at each moment: those in a cgroup that is the container's own, or without
 * one those that descend from it or share its pid namespace.
 */
import type { KernelFiles } from '../../sys/kernel-files.ts';
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { isIn, livingIn, statOf } from '../cgroup/members.ts';
import { type CgroupTarget, seenOf } from '../cgroup/own-cgroup.ts';

export interface Prey {
  /** Those that live now; zombies and kernel threads do not. Oldest first. */
  pids(): number[];
  /** Still one of them: asked once a pidfd holds it, so that no reused pid is taken for it. */
  has(pid: number): boolean;
}

/** Everything in the cgroup and below it: that includes containers in this container. */
export function preyInCgroup(files: KernelFiles, cgroup: HeldCgroup): Prey {
  return {
    pids: () =>
      livingIn(files, cgroup)
        .sort(byAge)
        .map(({ pid }) => pid),
    has: (pid) => isIn(files, cgroup, String(pid)),
  };
}

const byAge = (a: { pid: number; starttimeTicks: number }, b: { pid: number; starttimeTicks: number }) =>
  a.starttimeTicks - b.starttimeTicks || a.pid - b.pid;

export function preyByDescent(files: KernelFiles, target: CgroupTarget, namespace: string | undefined): Prey {
  const known = seenOf(target);
  const belongs = (pid: number, starttimeTicks: number, ppid: number): boolean => {
    if (known.get(pid) === starttimeTicks) return true;
    const parent = known.has(ppid) ? statOf(files, ppid) : undefined;
    const isChild = parent !== undefined && known.get(ppid) === parent.starttimeTicks;
    if (!isChild && (namespace === undefined || namespaceOf(files, pid) !== namespace)) return false;
    known.set(pid, starttimeTicks);
    return true;
  };
  const living = () => {
    const listed = files.list(files.proc(''));
    const names = listed.ok ? listed.value.filter((name) => /^\d+$/.test(name)) : [];
    return names.flatMap((name) => {
      const stat = statOf(files, Number(name));
      return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? [] : [stat];
    });
  };
  return {
    pids() {
      const found = living().sort(byAge);
      // A child can be older than its parent by the clock's coarseness: until nothing is added.
      for (let before = -1; before !== known.size; ) {
        before = known.size;
        for (const { pid, starttimeTicks, ppid } of found) belongs(pid, starttimeTicks, ppid);
      }
      return found.flatMap(({ pid, starttimeTicks }) => (known.get(pid) === starttimeTicks ? [pid] : []));
    },
    has(pid) {
      const stat = statOf(files, pid);
      return stat !== undefined && known.get(pid) === stat.starttimeTicks;
    },
  };
}

function namespaceOf(files: KernelFiles, pid: number): string | undefined {
  const link = files.link(files.proc(`${pid}/ns/pid`));
  return link.ok ? link.value : undefined;
}
