/**
 * Where a container's mount comes from on the host: the mount of the same file system that shows the same part of it in
 * the host's own mount table. Device and root of mountinfo decide, not the name inside. Pure.
 * @see proc_pid_mountinfo(5), fields 3 and 4
 */
import { isBelow } from '../cgroup/hierarchy.ts';
import type { MountEntry } from './mountinfo.ts';

export interface HostMountIndex {
  readonly mounts: readonly MountEntry[];
  /** The path on the host of what is mounted, or undefined when the host does not have that file system mounted. */
  readonly sourceOf: (mount: Pick<MountEntry, 'device' | 'root'>) => string | undefined;
}

/** Groups a host's mounts by device once, so that a thousand containers do not walk the whole table each. */
export function hostMountIndex(mounts: readonly MountEntry[]): HostMountIndex {
  const byDevice = new Map<string, MountEntry[]>();
  for (const mount of mounts) {
    const same = byDevice.get(mount.device);
    if (same === undefined) byDevice.set(mount.device, [mount]);
    else same.push(mount);
  }
  for (const same of byDevice.values()) same.sort((a, b) => b.root.length - a.root.length);
  return {
    mounts,
    sourceOf: ({ device, root }) => {
      const best = byDevice.get(device)?.find((candidate) => isBelow(root, candidate.root));
      if (best === undefined) return undefined;
      return joinPath(best.target, best.root === '/' ? root : root.slice(best.root.length));
    },
  };
}

function joinPath(directory: string, rest: string): string {
  if (rest === '' || rest === '/') return directory;
  return directory === '/' ? rest : `${directory}${rest}`;
}
