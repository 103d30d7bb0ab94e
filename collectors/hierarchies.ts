/**
 * Which cgroup hierarchies are mounted, where, and which controllers each holds. Decided per mount by file system type,
 * never by the shape of one line of /proc/PID/cgroup: hybrid hosts and stray v1 lines beside v2 are common.
 */
import { parseControllers } from '../src/kernel/cgroup/controllers.ts';
import type { MountEntry } from '../src/kernel/proc/mountinfo.ts';
import type { CgroupMode, CgroupPlacement, Hierarchy } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';

/** Super options of a v1 mount that are not controllers. */
const V1_MOUNT_OPTIONS = new Set(['rw', 'ro', 'xattr', 'noprefix', 'clone_children', 'cpuset_v2_mode', 'none', 'seclabel']);

export function findHierarchies(files: KernelFiles, mounts: readonly MountEntry[]): Hierarchy[] {
  const found = new Map<string, Hierarchy>();
  for (const mount of preferredFirst(files, mounts)) {
    const hierarchy = hierarchyAt(files, mount);
    const identity = hierarchy.version === 2 ? 'v2' : hierarchy.controllers.join(',');
    if (!found.has(identity)) found.set(identity, hierarchy);
  }
  return [...found.values()];
}

/** Some hosts mount a controller several times: the one below our sys root's fs/cgroup wins, shorter paths first. */
function preferredFirst(files: KernelFiles, mounts: readonly MountEntry[]): MountEntry[] {
  const usual = files.sys('/sys/fs/cgroup');
  const rank = (mount: MountEntry) => (isBelow(mount.target, usual) ? 0 : 1);
  return mounts
    .filter((mount) => mount.type === 'cgroup' || mount.type === 'cgroup2')
    .filter((mount) => files.sysRoot === '/sys' || rank(mount) === 0 || isBelow(mount.target, '/sys/fs/cgroup'))
    .sort((a, b) => rank(a) - rank(b) || a.target.length - b.target.length);
}

function hierarchyAt(files: KernelFiles, mount: MountEntry): Hierarchy {
  const mountPoint = files.sys(mount.target);
  const { root } = mount;
  if (mount.type === 'cgroup') {
    const controllers = mount.superOptions.split(',').filter(isController);
    return { version: 1, controllers, mountPoint, root };
  }
  const listed = files.small(`${mountPoint}/cgroup.controllers`);
  return { version: 2, controllers: listed.ok ? parseControllers(listed.value) : [], mountPoint, root };
}

function isController(option: string): boolean {
  if (option.startsWith('name=')) return true;
  return option !== '' && !option.includes('=') && !V1_MOUNT_OPTIONS.has(option);
}

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
export function pathIn(placement: CgroupPlacement, hierarchy: Hierarchy): string | undefined {
  const first = hierarchy.controllers[0];
  const line = placement.lines.find((each) =>
    hierarchy.version === 2
      ? each.controllers.length === 0
      : first !== undefined && each.controllers.includes(first),
  );
  return line?.path;
}
