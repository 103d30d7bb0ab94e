import { describe, expect, it, test } from 'vitest';
import type { HostModel } from '../../../src/model/host-model.ts';
import type { ProcessFacts } from '../../../src/model/sample.ts';
import { A, asInit, B, check, containerOf, docker, mountTables, own, SESSION, shim } from './cluster-kit.ts';
import {
  DENIED,
  HOST_PROCESSES,
  INITIAL,
  kernelThread,
  listed,
  modelOf,
  mountTable,
  observer,
  proc,
  V1,
} from './facts.ts';

describe('a host without containers', () => {
  check([
    ['services, sessions, kernel threads', [], []],
    [
      'a service with one private namespace (PrivateTmp)',
      [proc(600, 1, 'cupsd', { cgroup: '/system.slice/cups.service', ns: { mnt: 9000 } })],
      [],
    ],
    [
      'a process in its own cgroup and time namespace',
      [proc(600, 510, 'bash', { ns: { cgroup: 9000, time: 9001 } })],
      [],
    ],
    ['ip netns exec', [proc(600, 510, 'bash', { cgroup: SESSION, ns: { net: 9000 } })], []],
    [
      'a virtual machine',
      [proc(600, 1, 'qemu-system-x86', { cgroup: '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope' })],
      [],
    ],
    [
      'a snap with its own mount namespace',
      [proc(600, 510, 'firefox', { cgroup: '/user.slice/snap.firefox.firefox-1.scope', ns: { mnt: 9000 } })],
      [],
    ],
    [
      'conmon, whatever name of a container its cgroup holds',
      [proc(600, 1, 'conmon', { cgroup: `/machine.slice/libpod-conmon-${A}.scope` })],
      [],
    ],
    [
      'a directory called like a container of ctr, with a process of the host in it',
      [proc(600, 1, 'nginx', { cgroup: '/default/web' })],
      [],
    ],
    [
      'a directory called like an id, with a process of the host in it',
      [proc(600, 1, 'nginx', { cgroup: `/jobs/${A}` })],
      [],
    ],
    [
      'such directories in each other',
      [
        proc(600, 1, 'nginx', { cgroup: `/default/web/${A}` }),
        proc(601, 1, 'cron', { cgroup: `/x/${A}/${B}` }),
      ],
      [],
    ],
  ]);
});

describe('containers that no cgroup names', () => {
  check([
    [
      'unshare -Urmpf: the tool that waits for it is not a sandbox',
      [
        proc(1000, 510, 'unshare', { cgroup: SESSION, ns: { user: 9002, mnt: 9000 } }),
        proc(1010, 1000, 'bash', {
          cgroup: SESSION,
          ns: { user: 9002, mnt: 9000, pid: 9001 },
          ...asInit(1010),
        }),
        proc(1011, 1010, 'sleep', { cgroup: SESSION, ns: { user: 9002, mnt: 9000, pid: 9001 } }),
      ],
      ['container proc:1010:1010 1010,1011'],
    ],
    [
      'unshare --net --uts --ipc -pf: neither mounts nor user, and still no sandbox',
      [
        proc(1000, 510, 'unshare', { cgroup: SESSION, ns: { net: 9002, uts: 9003, ipc: 9004 } }),
        proc(1010, 1000, 'bash', {
          cgroup: SESSION,
          ns: { net: 9002, uts: 9003, ipc: 9004, pid: 9001 },
          ...asInit(1010),
        }),
      ],
      ['container proc:1010:1010 1010'],
    ],
    [
      'unshare -pf inside another one',
      [
        proc(1000, 510, 'unshare', { cgroup: SESSION }),
        proc(1010, 1000, 'bash', { cgroup: SESSION, ns: { pid: 9001 }, ...asInit(1010) }),
        proc(1011, 1010, 'unshare', { cgroup: SESSION, ns: { pid: 9001 } }),
        proc(1012, 1011, 'bash', { cgroup: SESSION, ns: { pid: 9101 }, nsPid: [1012, 5, 1] }),
      ],
      ['container proc:1010:1010 1010,1011', 'container proc:1012:1012 1012 < proc:1010:1010'],
    ],
    [
      'bwrap with a pid namespace: it stays inside as pid 1',
      [
        proc(1000, 510, 'bwrap', { cgroup: SESSION }),
        proc(1010, 1000, 'bwrap', {
          cgroup: SESSION,
          ns: { user: 9002, mnt: 9000, pid: 9001 },
          ...asInit(1010),
        }),
        proc(1011, 1010, 'sh', { cgroup: SESSION, ns: { user: 9002, mnt: 9000, pid: 9001 } }),
      ],
      ['container proc:1010:1010 1010,1011'],
      mountTables([9000, mountTable(1010, '900 600 0:99 / / rw - tmpfs tmpfs rw\n')]),
    ],
    [
      'bwrap without one: its own root makes a jail',
      [
        proc(1000, 510, 'bwrap', { cgroup: SESSION }),
        proc(1010, 1000, 'sh', { cgroup: SESSION, ns: { user: 9002, mnt: 9000 } }),
        proc(1011, 1010, 'sleep', { cgroup: SESSION, ns: { user: 9002, mnt: 9000 } }),
      ],
      ['jail proc:1010:1010 1010,1011'],
      mountTables([9000, mountTable(1010, '900 600 0:99 / / rw - tmpfs tmpfs rw\n')]),
    ],
    [
      'bwrap that gave only one private namespace',
      [
        proc(1000, 510, 'bwrap', { cgroup: SESSION }),
        proc(1010, 1000, 'sh', { cgroup: SESSION, ns: { mnt: 9000 } }),
      ],
      ['sandbox proc:1010:1010 1010'],
    ],
    [
      'chroot on the host',
      [
        proc(1010, 510, 'bash', { cgroup: SESSION, root: '/srv/jail' }),
        proc(1011, 1010, 'sleep', { cgroup: SESSION, root: '/srv/jail' }),
        proc(1020, 510, 'bash', { cgroup: SESSION, root: '/srv/other' }),
      ],
      ['jail proc:1010:1010 1010,1011', 'jail proc:1020:1020 1020'],
      mountTables(),
    ],
    [
      'a service whose mounts are its own but whose root is the host’s (ProtectSystem)',
      [proc(1010, 1, 'daemon', { cgroup: '/system.slice/d.service', ns: { mnt: 9000 } })],
      [],
      mountTables([9000, mountTable(1010, '700 600 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw\n')]),
    ],
    [
      'a service with RootDirectory=',
      [proc(1010, 1, 'daemon', { cgroup: '/system.slice/d.service', ns: { mnt: 9000 } })],
      ['jail proc:1010:1010 1010'],
      mountTables([9000, mountTable(1010, '700 600 8:1 /srv/root / rw - ext4 /dev/sda1 rw\n')]),
    ],
    [
      'a snap whose root is its base: not a container',
      [proc(1010, 1, 'daemon', { cgroup: '/system.slice/snap.lxd.daemon.service', ns: { mnt: 9000 } })],
      ['sandbox proc:1010:1010 1010'],
      mountTables([9000, mountTable(1010, '700 600 7:3 / / ro - squashfs /dev/loop3 ro\n')]),
    ],
    [
      'a root that may not be read decides nothing',
      [proc(1010, 1, 'daemon', { namespaces: DENIED, root: DENIED })],
      [],
      mountTables(),
    ],
  ]);
});

describe('sandboxes', () => {
  check([
    [
      'a service with PrivateTmp and PrivateNetwork',
      [
        proc(1010, 1, 'haveged', { cgroup: '/system.slice/haveged.service', ns: { mnt: 9000, net: 9002 } }),
        proc(1011, 1010, 'haveged', {
          cgroup: '/system.slice/haveged.service',
          ns: { mnt: 9000, net: 9002 },
        }),
      ],
      ['sandbox proc:1010:1010 1010,1011'],
    ],
    [
      'content processes of a browser',
      [
        proc(1000, 510, 'firefox', { cgroup: SESSION }),
        proc(1010, 1000, 'firefox', { cgroup: SESSION, ns: { user: 9002, net: 9003, ipc: 9004 } }),
      ],
      ['sandbox proc:1010:1010 1010'],
    ],
    [
      'two services with the same hardening are two',
      [
        proc(1010, 1, 'a', { cgroup: '/system.slice/a.service', ns: { mnt: 9000, uts: 9002 } }),
        proc(1020, 1, 'b', { cgroup: '/system.slice/b.service', ns: { mnt: 9100, uts: 9102 } }),
      ],
      ['sandbox proc:1010:1010 1010', 'sandbox proc:1020:1020 1020'],
    ],
    [
      'inside a container, measured against that container',
      [
        shim(1000, 'moby', A),
        proc(1010, 1000, 'systemd', { cgroup: docker(A), ns: own(9000), ...asInit(1010) }),
        proc(1011, 1010, 'logind', { cgroup: docker(A), ns: { ...own(9000), mnt: 9100, uts: 9103 } }),
      ],
      ['container docker:aaaa 1010', 'sandbox proc:1011:1011 1011 < docker:aaaa'],
    ],
  ]);

  it.each([
    ['a unit of systemd', '/system.slice/x.service', 'x', 'systemd'],
    ['a snap', '/user.slice/snap.firefox.firefox-1b2c.scope', 'x', 'snap'],
    ['a browser', SESSION, 'chromium', 'browser'],
    ['anything', SESSION, 'x', 'unshare'],
  ])('of %s', (_name, cgroup, comm, runtime) => {
    const model = modelOf([
      ...HOST_PROCESSES,
      proc(1010, 510, comm, { cgroup, ns: { mnt: 9000, net: 9002 } }),
    ]);
    expect(model.containers.map((each) => [each.kind, each.runtime])).toEqual([['sandbox', runtime]]);
  });
});

describe('an ordinary user, who may not read the links of others', () => {
  const denied = { namespaces: DENIED, root: DENIED } as const;
  check([
    [
      'engine cgroups are enough',
      [
        shim(1000, 'moby', A),
        proc(1010, 1000, 'nginx', { cgroup: docker(A), ...denied, ...asInit(1010) }),
        proc(1011, 1010, 'nginx', { cgroup: docker(A), ...denied, nsPid: [1011, 20] }),
      ],
      ['container docker:aaaa 1010,1011'],
    ],
    [
      'without one, NSpid tells',
      [
        proc(1000, 1, 'unshare', { ...denied, nsPid: [1000] }),
        proc(1010, 1000, 'bash', { ...denied, ...asInit(1010) }),
        proc(1011, 1010, 'sleep', { ...denied, nsPid: [1011, 2] }),
        proc(1020, 1, 'sshd', { ...denied, nsPid: [1020] }),
      ],
      ['container proc:1010:1010 1010,1011'],
    ],
    [
      'one in the other',
      [
        proc(1010, 510, 'bash', { ...denied, ...asInit(1010) }),
        proc(1011, 1010, 'bash', { ...denied, nsPid: [1011, 2, 1] }),
        proc(1012, 1011, 'sleep', { ...denied, nsPid: [1012, 3, 2] }),
      ],
      ['container proc:1010:1010 1010', 'container proc:1011:1011 1011,1012 < proc:1010:1010'],
    ],
    [
      'ctr: the name is confirmed by NSpid',
      [proc(1010, 1, 'nginx', { cgroup: '/default/web', ...denied, ...asInit(1010) })],
      ['container containerd:web 1010'],
    ],
    [
      'nspawn on v1, where supervisor and container share the scope',
      [
        proc(1000, 1, 'systemd-nspawn', {
          cgroup: '/machine.slice/machine-deb.scope',
          ...denied,
          nsPid: [1000],
        }),
        proc(1010, 1000, 'systemd', {
          cgroup: '/machine.slice/machine-deb.scope',
          ...denied,
          ...asInit(1010),
        }),
      ],
      ['container nspawn:deb 1010'],
    ],
  ]);

  it('nothing is claimed about namespaces that were not read', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      proc(1010, 1, 'nginx', { cgroup: docker(A), ...denied, ...asInit(1010) }),
    ]);
    const container = containerOf(model, `docker:${A}`);
    expect(container.namespaces).toEqual(DENIED);
    expect(container.privateNamespaces).toEqual(DENIED);
    expect(container.evidence.some((line) => line.includes('EACCES'))).toBe(true);
  });
});

describe('an observer inside a container', () => {
  const mine = own(9000);
  const inside = (processes: ProcessFacts[]) =>
    modelOf(processes, { host: { self: observer({ namespaces: { ...INITIAL, ...mine } }) } });

  it('takes its own namespaces for the base and does not list itself', () => {
    const model = inside([
      proc(1, 0, 'sh', { cgroup: '/', ns: mine }),
      proc(7, 1, 'node', { cgroup: '/', ns: mine }),
      proc(20, 1, 'unshare', { cgroup: '/', ns: mine }),
      proc(21, 20, 'sh', { cgroup: '/', ns: { ...mine, pid: 9101 }, ...asInit(21) }),
    ]);
    expect(listed(model)).toEqual(['container proc:21:21 21']);
    expect(model.containers[0]?.privateNamespaces).toEqual(['pid']);
  });

  it('sees docker in docker as docker', () => {
    const model = inside([
      proc(1, 0, 'dockerd', { ns: mine }),
      proc(30, 1, 'containerd-shim', { ns: mine, argv: ['shim', '-namespace', 'moby'] }),
      proc(40, 30, 'sh', { cgroup: `/docker/${A}`, ns: own(9100), ...asInit(40) }),
    ]);
    expect(listed(model)).toEqual(['container docker:aaaa 40']);
  });
});

describe('over time', () => {
  const at = (extra: ProcessFacts[]) =>
    modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'moby', A),
      proc(1010, 1000, 'nginx', { cgroup: docker(A), ns: own(9000), ...asInit(1010) }),
      proc(1100, 510, 'unshare', { cgroup: SESSION }),
      proc(1110, 1100, 'sh', { cgroup: SESSION, ns: { pid: 9501 }, ...asInit(1110) }),
      ...extra,
    ]);

  it('keys stay while processes come and go', () => {
    const keys = (model: HostModel) => model.containers.map((each) => each.key);
    const later = at([
      proc(1012, 1010, 'nginx', { cgroup: docker(A), ns: own(9000) }),
      proc(1112, 1110, 'sleep', { cgroup: SESSION, ns: { pid: 9501 } }),
    ]);
    expect(keys(later)).toEqual(keys(at([])));
    expect(keys(later)).toEqual([`docker:${A}`, 'proc:1110:1110']);
  });

  it('a pid that was used again is another container', () => {
    const bare = (starttimeTicks: number) =>
      modelOf([
        ...HOST_PROCESSES,
        proc(1110, 510, 'sh', { ns: { pid: 9501 }, ...asInit(1110), starttimeTicks }),
      ]);
    expect(bare(1).containers[0]?.key).not.toBe(bare(2).containers[0]?.key);
  });
});

describe('where counters are a container’s own', () => {
  const owns = (model: HostModel, key: string) => containerOf(model, key).cgroup;

  it('an engine’s cgroup is, per controller', () => {
    const cgroup = `6:freezer:/docker/${A}\n5:pids:/docker/${A}\n4:blkio:/docker/${A}\n3:memory:/docker/${A}\n2:cpuacct:/docker/${A}\n1:cpu:/docker/${A}\n`;
    const model = modelOf(
      [...HOST_PROCESSES, proc(1010, 1, 'x', { cgroup, ns: own(9000), ...asInit(1010) })],
      {
        host: { hierarchies: V1 },
      },
    );
    expect(owns(model, `docker:${A}`)).toEqual({
      mode: 'v1',
      own: true,
      ownPaths: [`/docker/${A}`],
      ownControllers: ['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'freezer'],
      paths: Object.fromEntries(
        ['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'freezer'].map((name) => [name, `/docker/${A}`]),
      ),
    });
  });
});

test('kernel threads and their namespaces never make a container', () => {
  const model = modelOf([
    kernelThread(2, 'kthreadd'),
    { ...kernelThread(23, 'kdevtmpfs'), namespaces: { ...INITIAL, mnt: 4026531862, net: 1, uts: 2 } },
  ]);
  expect(model.containers).toEqual([]);
});
