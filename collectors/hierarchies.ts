/**
 * Which cgroup hierarchies are mounted, where, and which controllers each holds. Decided per mount by file system type,
 * never by the shape of one line of /proc/PID/cgroup: hybrid hosts and stray v1 lines beside v2 are common.
 */
import { parseControllers } from '../src/kernel/cgroup/controllers.ts';
import { type Hierarchy, isBelow } from '../src/kernel/cgroup/hierarchy.ts';
import { type MountEntry, visibleMounts } from '../src/kernel/proc/mountinfo.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';

/** Super options of a v1 mount that are not controllers. */
const V1_MOUNT_OPTIONS = new Set([
  'rw',
  'ro',
  'xattr',
  'noprefix',
  'clone_children',
  'cpuset_v2_mode',
  'none',
  'seclabel',
]);

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
  return visibleMounts(mounts)
    .filter((mount) => mount.type === 'cgroup' || mount.type === 'cgroup2')
    .filter(
      (mount) => files.sysRoot === '/sys' || rank(mount) === 0 || isBelow(mount.target, '/sys/fs/cgroup'),
    )
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
