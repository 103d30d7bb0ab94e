import { describe, expect, it } from 'vitest';
import { findHierarchies } from '../../../collectors/hierarchies.ts';
import { host as hostCollector } from '../../../collectors/host.ts';
import {
  cgroupDirectory,
  cgroupModeOf,
  type Hierarchy,
  hierarchyOf,
} from '../../../src/kernel/cgroup/hierarchy.ts';
import { ok } from '../../../src/kernel/reading.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';
import { CONTROLLERS, FakeHost, onTmpfs, TMPFS_MOUNT, V2_MOUNT, v1Mount } from './fake-host.ts';

/** `version controllers mountPoint root`, with the directory the host is made in left out. */
function found(mountinfo: string, controllers?: { at: string; text: string }): string[] {
  const fake = new FakeHost();
  if (controllers !== undefined)
    fake.write(`${controllers.at.slice(1)}/cgroup.controllers`, controllers.text);
  return findHierarchies(fake.files, ok(`22 1 8:1 / / rw - ext4 /dev/sda1 rw\n${mountinfo}`)).map(
    ({ version, controllers: names, mountPoint, root }) =>
      `v${version} ${names.join(',')} ${mountPoint.replace(fake.directory, '')} ${root}`,
  );
}
const CGROUPS = '/sys/fs/cgroup';

describe('findHierarchies', () => {
  it.each([
    ['no cgroup mount', '', undefined, []],
    [
      'pure v2',
      V2_MOUNT,
      { at: CGROUPS, text: CONTROLLERS },
      ['v2 cpuset,cpu,io,memory,hugetlb,pids,rdma,misc /sys/fs/cgroup /'],
    ],
    [
      'pure v1, joint and named controllers',
      `${TMPFS_MOUNT}${v1Mount(31, 'cpu,cpuacct', `${CGROUPS}/cpu,cpuacct`, onTmpfs)}${v1Mount(32, 'memory', `${CGROUPS}/memory`, onTmpfs)}${v1Mount(33, 'xattr,release_agent=/lib/systemd/systemd-cgroups-agent,name=systemd', `${CGROUPS}/systemd`, onTmpfs)}`,
      undefined,
      [
        'v1 cpu,cpuacct /sys/fs/cgroup/cpu,cpuacct /',
        'v1 memory /sys/fs/cgroup/memory /',
        'v1 name=systemd /sys/fs/cgroup/systemd /',
      ],
    ],
    [
      'hybrid, v2 below unified',
      `${TMPFS_MOUNT}${v1Mount(32, 'memory', `${CGROUPS}/memory`, onTmpfs)}34 24 0:34 / ${CGROUPS}/unified rw - cgroup2 cgroup2 rw\n`,
      { at: `${CGROUPS}/unified`, text: '\n' },
      ['v1 memory /sys/fs/cgroup/memory /', 'v2  /sys/fs/cgroup/unified /'],
    ],
    [
      'hybrid, v2 at systemd',
      `${TMPFS_MOUNT}${v1Mount(32, 'memory', `${CGROUPS}/memory`, onTmpfs)}34 24 0:34 / ${CGROUPS}/systemd rw - cgroup2 cgroup rw\n`,
      { at: `${CGROUPS}/systemd`, text: '\n' },
      ['v1 memory /sys/fs/cgroup/memory /', 'v2  /sys/fs/cgroup/systemd /'],
    ],
    [
      'each controller mounted twice: the one below /sys/fs/cgroup, wherever it stands',
      `${v1Mount(40, 'memory', '/cgroup/memory')}${v1Mount(32, 'memory', `${CGROUPS}/memory`)}${v1Mount(41, 'pids', `${CGROUPS}/pids`)}${v1Mount(42, 'pids', '/dev/pids')}`,
      undefined,
      ['v1 pids /sys/fs/cgroup/pids /', 'v1 memory /sys/fs/cgroup/memory /'],
    ],
    [
      'a v1 controller that we have not heard of, beside options of SELinux',
      `${TMPFS_MOUNT}${v1Mount(32, 'dmem_x,seclabel,context="u:r:s0:c1,c2"', `${CGROUPS}/dmem`, onTmpfs)}`,
      undefined,
      ['v1 dmem_x /sys/fs/cgroup/dmem /'],
    ],
    [
      'v2 with a stray v1 controller beside it',
      `${V2_MOUNT}${v1Mount(50, 'net_cls', '/sys/fs/cgroup/net_cls', { parent: 30 })}`,
      { at: CGROUPS, text: CONTROLLERS },
      [
        'v2 cpuset,cpu,io,memory,hugetlb,pids,rdma,misc /sys/fs/cgroup /',
        'v1 net_cls /sys/fs/cgroup/net_cls /',
      ],
    ],
    [
      'a container with the host’s cgroup namespace: its own cgroup is at the mount',
      v1Mount(32, 'memory', `${CGROUPS}/memory`, { root: `/docker/${'a'.repeat(64)}` }),
      undefined,
      [`v1 memory /sys/fs/cgroup/memory /docker/${'a'.repeat(64)}`],
    ],
    [
      'options that are no controllers',
      v1Mount(
        32,
        'seclabel,favordynmods,xattr,noprefix,clone_children,cpuset_v2_mode,cpuset,release_agent=/a',
        `${CGROUPS}/cpuset`,
      ),
      undefined,
      ['v1 cpuset /sys/fs/cgroup/cpuset /'],
    ],
    [
      'a label of SELinux, which holds a comma of its own',
      v1Mount(32, 'context="system_u:object_r:cgroup_t:s0:c1,c2",memory', `${CGROUPS}/memory`),
      undefined,
      ['v1 memory /sys/fs/cgroup/memory /'],
    ],
    [
      'a mount that another one hides',
      `${v1Mount(32, 'memory', `${CGROUPS}/memory`)}60 32 0:60 / ${CGROUPS}/memory rw - tmpfs tmpfs rw\n`,
      undefined,
      [],
    ],
  ])('%s', (_name, mountinfo, controllers, expected) => {
    expect(found(mountinfo, controllers).sort()).toEqual([...expected].sort());
  });
});

describe('cgroupModeOf', () => {
  const v1 = (...controllers: string[]): Hierarchy => ({
    version: 1,
    controllers,
    mountPoint: '/x',
    root: '/',
  });
  const v2 = (...controllers: string[]): Hierarchy => ({
    version: 2,
    controllers,
    mountPoint: '/y',
    root: '/',
  });
  it.each([
    ['nothing', [], 'none'],
    ['v1', [v1('memory'), v1('name=systemd')], 'v1'],
    ['v2', [v2('cpu', 'memory', 'pids')], 'v2'],
    ['v2 in a container that was given no controller', [v2()], 'v2'],
    ['hybrid', [v1('memory'), v2()], 'hybrid'],
    ['hybrid with few controllers on v2', [v1('memory'), v2('rdma', 'misc')], 'hybrid'],
    ['v2 with a stray net_cls', [v1('net_cls'), v2('cpu', 'memory', 'pids')], 'v2'],
    ['v2 with a named hierarchy', [v1('name=elogind'), v2('cpu', 'memory', 'pids')], 'v2'],
  ])('%s', (_name, hierarchies, expected) => {
    expect(cgroupModeOf(hierarchies)).toBe(expected);
  });
});

describe('cgroupDirectory', () => {
  const at = (root: string): Hierarchy => ({ version: 2, controllers: [], mountPoint: '/m', root });
  it.each([
    ['the root', '/', '/', '/m'],
    ['a cgroup', '/', '/a/b', '/m/a/b'],
    ['outside our cgroup namespace', '/', '/../b', undefined],
    ['right above it', '/', '/..', undefined],
    ['a name that begins with dots', '/', '/..b', '/m/..b'],
    ['a mount of part of the tree, its root', '/docker/x', '/docker/x', '/m'],
    ['a mount of part of the tree, below', '/docker/x', '/docker/x/y', '/m/y'],
    ['a mount of part of the tree, beside it', '/docker/x', '/docker/xy', undefined],
    ['a mount of part of the tree, above it', '/docker/x', '/docker', undefined],
  ])('%s', (_name, root, path, expected) => {
    expect(cgroupDirectory(at(root), path)).toBe(expected);
  });
});

it('a controller mounted as v1 is used there, also where v2 lists it', () => {
  const memory1: Hierarchy = { version: 1, controllers: ['memory'], mountPoint: '/a', root: '/' };
  const all2: Hierarchy = { version: 2, controllers: ['memory', 'io'], mountPoint: '/b', root: '/' };
  expect(hierarchyOf([all2, memory1], 'memory')).toBe(memory1);
  expect(hierarchyOf([all2, memory1], 'io')).toBe(all2);
  expect(hierarchyOf([all2, memory1], 'devices')).toBeUndefined();
  expect(hierarchyOf([memory1, all2], '')).toBe(all2);
});

describe('the options of the proc mount that is read', () => {
  it.each([
    ['none', 'rw', { hidepid: 'off', subsetPid: false }],
    ['hidepid=1', 'rw,hidepid=1', { hidepid: 'noaccess', subsetPid: false }],
    ['hidepid=2 with a group', 'rw,gid=4,hidepid=2', { hidepid: 'invisible', subsetPid: false }],
    ['hidepid=invisible', 'rw,hidepid=invisible', { hidepid: 'invisible', subsetPid: false }],
    ['hidepid=4', 'rw,hidepid=4,subset=pid', { hidepid: 'ptraceable', subsetPid: true }],
    ['hidepid=0', 'rw,hidepid=0', { hidepid: 'off', subsetPid: false }],
  ])('%s', (_name, options, expected) => {
    const fake = new FakeHost();
    const own = `23 22 0:21 / ${fake.directory}/proc rw,nosuid - proc proc ${options}\n`;
    fake.write('proc/900/mountinfo', `21 22 0:20 / /proc rw - proc proc rw,hidepid=2\n${own}`);
    expect(hostCollector.collect(fake.files, undefined).self.procOptions).toEqual(expected);
  });
});

it('a host that cannot be read at all gives unknown and absent facts, and does not throw', () => {
  const facts = hostCollector.collect(new KernelFiles('/nonexistent/proc', '/nonexistent/sys'), undefined);
  expect(facts).toMatchObject({ cgroupMode: 'none', hierarchies: [], bootTimeMs: 0 });
  expect(facts.memTotalBytes).toBeUndefined();
  expect(facts.cpuTicks).toBeUndefined();
});
