/**
 * Where a container's mount comes from on the host: the mount of the same file system that shows the same part of it in
 * the host's own mount table. Device and root of mountinfo decide, not the name inside. Pure.
 * @see proc_pid_mountinfo(5), fields 3 and 4
 */
import { type MountEntry, pathLookup, visibleMounts } from './mountinfo.ts';

export interface HostMountIndex {
  readonly mounts: readonly MountEntry[];
  /** The path on the host of what is mounted, or undefined when the host does not have that file system mounted. */
  readonly sourceOf: (mount: Pick<MountEntry, 'device' | 'root'>) => string | undefined;
}

/** Groups a host's mounts by device and root once, so that a thousand containers do not walk the whole table each. */
export function hostMountIndex(mounts: readonly MountEntry[]): HostMountIndex {
  const byDevice = new Map<string, Map<string, MountEntry>>();
  for (const mount of mounts) {
    const roots = byDevice.get(mount.device) ?? new Map<string, MountEntry>();
    byDevice.set(mount.device, roots);
    if (!roots.has(mount.root)) roots.set(mount.root, mount);
  }
  return {
    mounts,
    sourceOf: ({ device, root }) => {
      const best = around(byDevice.get(device), root);
      if (best === undefined) return undefined;
      return joinPath(best.target, best.root === '/' ? root : root.slice(best.root.length));
    },
  };
}

/** The same for few questions. @param mountsOn those on one device, or all */
export function lateMountIndex(mountsOn: (device?: string) => readonly MountEntry[]): HostMountIndex {
  const indexes = new Map<string, HostMountIndex>();
  return {
    get mounts() {
      return mountsOn();
    },
    sourceOf(mount) {
      const index = indexes.get(mount.device) ?? hostMountIndex(mountsOn(mount.device));
      indexes.set(mount.device, index);
      return index.sourceOf(mount);
    },
  };
}

/** Of the mounts whose root is this one or above it, the nearest. */
function around(roots: ReadonlyMap<string, MountEntry> | undefined, root: string): MountEntry | undefined {
  for (let path = root; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    const found = roots?.get(path);
    if (found !== undefined || !path.includes('/')) return found;
  }
  return roots?.get('/');
}

/**
 * The same with paths that really lead there: what a later mount hides on the host has none, although mountinfo lists it.
 */
export function reachableMountIndex(mounts: readonly MountEntry[]): HostMountIndex {
  const { sourceOf } = hostMountIndex(visibleMounts(mounts));
  const mountAt = pathLookup(mounts);
  return {
    mounts,
    sourceOf: (mount) => {
      const path = sourceOf(mount);
      return path !== undefined && mountAt(path)?.device === mount.device ? path : undefined;
    },
  };
}

function joinPath(directory: string, rest: string): string {
  if (rest === '' || rest === '/') return directory;
  return directory === '/' ? rest : `${directory}${rest}`;
}
