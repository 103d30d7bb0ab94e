// Which processes are a lab's: decided by what the kernel says about each (pid and starttime, cgroup, root, mount namespace,
// environment, parent, pid namespace), never by a name.
import { join } from 'node:path';
import { mountsOf, processesIn } from './host.ts';
import { type Journal, labParent } from './journal.ts';
import { environOf, namespaceOf, type ProcessStat, readLink, runningProcesses } from './proc.ts';
import { labMark } from './run.ts';

/** The lab directory that a process names by itself: by its environment, its root, or its mount namespace. */
export function markedLabOf(pid: number, mountNamespaces = new MountNamespaces()): string | undefined {
  const mark = environOf(pid).find((entry) => entry.startsWith(`${labMark}=`));
  return (
    mark?.slice(labMark.length + 1) ?? mountNamespaces.labOf(pid) ?? labIn(readLink(`/proc/${pid}/root`))
  );
}

/** The lab whose name a text holds. Paths in mountinfo are relative to a file system, so only the name is sure. */
export function labIn(text: string | undefined): string | undefined {
  const name = /\bporthole-lab-\w{6}\b/.exec(text ?? '')?.[0];
  return name && join(labParent(), name);
}

/** Reads one mountinfo for each mount namespace, not for each process. */
export class MountNamespaces {
  readonly #labs = new Map<string, string | undefined>();
  readonly #own = namespaceOf('self', 'mnt');

  labOf(pid: number): string | undefined {
    const namespace = namespaceOf(pid, 'mnt');
    if (!namespace || namespace === this.#own) return undefined;
    if (!this.#labs.has(namespace)) this.#labs.set(namespace, labOfMounts(pid));
    return this.#labs.get(namespace);
  }
}

/** Either / is one of the lab's directories or an overlay with its upper layer there, or /run is (see enclosure.ts). */
function labOfMounts(pid: number): string | undefined {
  const mounts = mountsOf(pid);
  const top = mounts.findLast((mount) => mount.mountPoint === '/');
  const upper = top?.superOptions.split(',').find((option) => option.startsWith('upperdir='));
  const run = mounts.find((mount) => mount.mountPoint === '/run' && mount.root.endsWith('/run'));
  return labIn(top?.root) ?? labIn(upper) ?? labIn(run?.root);
}

/** All running processes of a lab, their descendants, and whoever shares a pid namespace with them. */
export function processesOfLab(journal: Journal): ProcessStat[] {
  const all = runningProcesses();
  const spared = new Set([process.pid, journal.owner()?.pid, ...ancestorsOf(process.pid, all)]);
  const journaled = new Set(journal.processes().map((id) => `${id.pid} ${id.starttime}`));
  const deepCgroups = [...journal.cgroups()].filter(([, deep]) => deep).map(([path]) => path);
  const inCgroups = new Set(deepCgroups.flatMap(processesIn));
  const mountNamespaces = new MountNamespaces();
  const ours = new Map<number, ProcessStat>();
  for (const stat of all) {
    if (spared.has(stat.pid)) continue;
    const marked = markedLabOf(stat.pid, mountNamespaces);
    // In our cgroup can also be another lab's container of the same name: ctr and runc name cgroups by nothing else.
    const isIn = inCgroups.has(stat.pid) && marked === undefined;
    if (journaled.has(`${stat.pid} ${stat.starttime}`) || isIn || marked === journal.dir)
      ours.set(stat.pid, stat);
  }
  addKin(ours, all, spared);
  return [...ours.values()];
}

function addKin(ours: Map<number, ProcessStat>, all: ProcessStat[], spared: Set<number | undefined>): void {
  const ownPidNamespace = namespaceOf('self', 'pid');
  const namespaces = new Set([...ours.keys()].map((pid) => namespaceOf(pid, 'pid')));
  namespaces.delete(ownPidNamespace);
  namespaces.delete(undefined);
  for (let before = -1; before !== ours.size; ) {
    before = ours.size;
    for (const stat of all) {
      if (spared.has(stat.pid) || ours.has(stat.pid)) continue;
      const isKin =
        ours.has(stat.ppid) || (namespaces.size > 0 && namespaces.has(namespaceOf(stat.pid, 'pid')));
      if (isKin) ours.set(stat.pid, stat);
    }
  }
}

function ancestorsOf(pid: number, all: readonly ProcessStat[]): number[] {
  const parents = new Map(all.map((stat) => [stat.pid, stat.ppid]));
  const found: number[] = [];
  for (let parent = parents.get(pid); parent; parent = parents.get(parent)) found.push(parent);
  return found;
}
