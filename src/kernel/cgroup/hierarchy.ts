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
