/**
 * Which cgroup hierarchies are mounted, where, and which controllers each holds. Decided per mount by file system type,
 * never by the shape of one line of /proc/PID/cgroup: hybrid hosts and stray v1 lines beside v2 are common.
 */
import { parseControllers } from '../src/kernel/cgroup/controllers.ts';
import { type Hierarchy, isBelow, levelsAbove, pathIn } from '../src/kernel/cgroup/hierarchy.ts';
import { parsePids } from '../src/kernel/cgroup/procs.ts';
import { parsePidCgroup } from '../src/kernel/proc/cgroup.ts';
import { mountsOfTypes } from '../src/kernel/proc/mount-lookup.ts';
import type { MountEntry } from '../src/kernel/proc/mountinfo.ts';
import type { Reading } from '../src/kernel/reading.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { parsed } from './parsed.ts';

/** Super options of a v1 mount that are not controllers. */
const V1_MOUNT_OPTIONS = new Set([
  'rw',
  'ro',
  'xattr',
  'noprefix',
  'clone_children',
  'cpuset_v2_mode',
  'favordynmods',
  'none',
  'seclabel',
]);

/** All that Linux has had so far. */
const V1_CONTROLLERS = new Set([
  'blkio',
  'cpu',
  'cpuacct',
  'cpuset',
  'devices',
  'freezer',
  'hugetlb',
  'memory',
  'misc',
  'net_cls',
  'net_prio',
  'perf_event',
  'pids',
  'rdma',
]);

const TYPES = ['cgroup', 'cgroup2'];

/** @param mountinfo our own */
export function findHierarchies(files: KernelFiles, mountinfo: Reading<string>): Hierarchy[] {
  const mounts = parsed(mountinfo, files.proc('self/mountinfo'), (text) => mountsOfTypes(text, TYPES));
  const found = new Map<string, Hierarchy>();
  for (const mount of preferredFirst(files, mounts.ok ? mounts.value : [])) {
    const hierarchy = withNamespaceRoot(files, hierarchyAt(files, mount));
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

/**
 * In a container with a cgroup namespace of its own and the host's cgroups mounted (`-v /sys:/host/sys`), the mount begins
 * at `/../..` and paths say `/../web`: the names in between are hidden. We are in one of the cgroups that many levels
 * down, and its cgroup.procs lists us.
 */
function withNamespaceRoot(files: KernelFiles, hierarchy: Hierarchy): Hierarchy {
  const levels = levelsAbove(hierarchy.root);
  if (levels === undefined) return hierarchy;
  const path = files.proc('self/cgroup');
  const lines = parsed(files.small(path), path, parsePidCgroup);
  const own = lines.ok ? pathIn(lines.value, hierarchy) : undefined;
  if (own === undefined) return hierarchy;
  const isOurs = (candidate: string) => {
    const procs = `${hierarchy.mountPoint}${candidate}${own === '/' ? '' : own}/cgroup.procs`;
    const listed = parsed(files.text(procs), procs, parsePids);
    return listed.ok && listed.value.includes(process.pid);
  };
  const namespaceRoot = cgroupsAtDepth(files, hierarchy.mountPoint, levels).find(isOurs);
  return namespaceRoot === undefined ? hierarchy : { ...hierarchy, root: '/', namespaceRoot };
}

function cgroupsAtDepth(files: KernelFiles, mountPoint: string, depth: number): string[] {
  let level = [''];
  for (let below = 0; below < depth; below += 1) {
    level = level.flatMap((path) => {
      const names = files.directories(`${mountPoint}${path}`);
      return names.ok ? names.value.map((name) => `${path}/${name}`) : [];
    });
  }
  return level;
}

function isController(option: string): boolean {
  if (option.startsWith('name=')) return true;
  // Not the rest of an SELinux label, whose comma we cut at: context="…:s0:c1,c2".
  return !V1_MOUNT_OPTIONS.has(option) && (V1_CONTROLLERS.has(option) || /^[a-z_]+$/.test(option));
}
