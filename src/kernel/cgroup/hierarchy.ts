/**
 * Mounted cgroup hierarchies and the paths in them: which one holds a controller, and which directory a path of
 * /proc/PID/cgroup is. Pure.
 * @see cgroups(7), cgroup_namespaces(7)
 */
import type { CgroupLine } from '../proc/cgroup.ts';

/** `root` is the cgroup that appears at `mountPoint` (mountinfo field 4), seen from the reader's cgroup namespace. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** v1: its controllers, or `['name=systemd']`; v2: what cgroup.controllers lists at the mount. */
  readonly controllers: readonly string[];
  readonly mountPoint: string;
  readonly root: string;
  /**
   * Where our own cgroup namespace begins, when the mount comes from outside of it and shows more: what /proc/PID/cgroup
   * says is relative to this. Then `root` is `/`, and paths of the model are the mount's.
   */
  readonly namespaceRoot?: string;
}

export type CgroupMode = 'v1' | 'v2' | 'hybrid' | 'none';

export function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** v2 with no v1 resource controller beside it is pure, whatever named hierarchies or stray net_cls exist. */
export function cgroupModeOf(hierarchies: readonly Hierarchy[]): CgroupMode {
  const v2 = hierarchies.find((hierarchy) => hierarchy.version === 2);
  const v1 = hierarchies.filter((hierarchy) => hierarchy.version === 1);
  if (v2 === undefined) return v1.length === 0 ? 'none' : 'v1';
  const resources = ['cpu', 'memory', 'pids'];
  if (v1.length === 0 || resources.every((name) => v2.controllers.includes(name))) return 'v2';
  return 'hybrid';
}

/**
 * Directory of a cgroup path as /proc/PID/cgroup gives it, or undefined when the mount does not show it (it lies outside
 * our cgroup namespace, or above a bind-mounted part).
 */
export function cgroupDirectory(hierarchy: Hierarchy, path: string): string | undefined {
  if (hierarchy.root === '/') {
    if (path.startsWith('/../') || path === '/..') return undefined;
    return path === '/' ? hierarchy.mountPoint : `${hierarchy.mountPoint}${path}`;
  }
  if (!isBelow(path, hierarchy.root)) return undefined;
  return `${hierarchy.mountPoint}${path.slice(hierarchy.root.length)}`;
}

/** The hierarchy that holds a controller; a v1 mount of it counts before v2. '' asks for v2 itself. */
export function hierarchyOf(hierarchies: readonly Hierarchy[], controller: string): Hierarchy | undefined {
  if (controller === '') return hierarchies.find((hierarchy) => hierarchy.version === 2);
  return (
    hierarchies.find((each) => each.version === 1 && each.controllers.includes(controller)) ??
    hierarchies.find((each) => each.version === 2 && each.controllers.includes(controller))
  );
}

/** A process's path in the hierarchy that holds `controller`. */
export function pathIn(lines: readonly CgroupLine[], hierarchy: Hierarchy): string | undefined {
  const first = hierarchy.controllers[0];
  const line = lines.find((each) =>
    hierarchy.version === 2
      ? each.controllers.length === 0
      : first !== undefined && each.controllers.includes(first),
  );
  return line?.path;
}

export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** How many levels above our cgroup namespace a mount begins: 2 for `/../..`, undefined for one that does not. */
export function levelsAbove(mountRoot: string): number | undefined {
  return mountRoot.startsWith('/..') && /^(?:\/\.\.)+$/.test(mountRoot) ? mountRoot.length / 3 : undefined;
}

/** A path relative to our cgroup namespace (`/../web`), as the mount has it (`/system.slice/web`). */
export function outsideNamespace(path: string, namespaceRoot: string): string {
  const segments = namespaceRoot.split('/').filter((segment) => segment !== '');
  const below = path.split('/').filter((segment) => segment !== '');
  let up = 0;
  while (below[up] === '..') up += 1;
  // Higher than the mount: left as it is, for the mount does not show it.
  if (up > segments.length) return path;
  return `/${[...segments.slice(0, segments.length - up), ...below.slice(up)].join('/')}`;
}

/** Lines of /proc/PID/cgroup as the mounts have them. */
export function linesInMounts(
  lines: readonly CgroupLine[],
  hierarchies: readonly Hierarchy[],
): readonly CgroupLine[] {
  if (hierarchies.every(({ namespaceRoot }) => namespaceRoot === undefined)) return lines;
  return lines.map((line) => {
    const hierarchy = hierarchies.find(({ version, controllers: [first] }) =>
      line.controllers.length === 0 ? version === 2 : first !== undefined && line.controllers.includes(first),
    );
    const start = hierarchy?.namespaceRoot;
    return start === undefined ? line : { ...line, path: outsideNamespace(line.path, start) };
  });
}
