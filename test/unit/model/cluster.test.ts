import { describe, expect, it, test } from 'vitest';
import type { HostModel } from '../../../src/model/host-model.ts';
import type { MountTable, NamespaceInodes, ProcessFacts } from '../../../src/model/sample.ts';
import {
  DENIED,
  HOST_MOUNTS,
  HOST_PROCESSES,
  INITIAL,
  id64,
  kernelThread,
  listed,
  modelOf,
  mountTable,
  OVERLAY_MOUNTS,
  observer,
  proc,
  type SampleParts,
  V1,
} from './facts.ts';

const A = id64('aaaa');
const B = id64('bbbb');
const C = id64('cccc');
const UID = '5e5fb9b5-9c2a-4d0e-8a5c-0123456789ab';

/** Private namespaces of every type but user, numbered from `from`. */
const own = (from: number): NamespaceInodes => ({
  mnt: from,
  pid: from + 1,
  net: from + 2,
  uts: from + 3,
  ipc: from + 4,
});
/** pid 1 of its namespace, seen from the host as `pid`. */
const asInit = (pid: number) => ({ nsPid: [pid, 1] });
const SHIM_CGROUP = '/system.slice/containerd.service';
const shim = (pid: number, namespace: string, id: string) =>
  proc(pid, 1, 'containerd-shim', {
    cgroup: SHIM_CGROUP,
    argv: [
      '/usr/bin/containerd-shim-runc-v2',
      '-namespace',
      namespace,
      '-id',
      id,
      '-address',
      '/run/containerd/containerd.sock',
    ],
  });
const SESSION = '/user.slice/user-1000.slice/session-3.scope';
const docker = (id: string) => `/system.slice/docker-${id}.scope`;

/** Evidence that the one container of this key gives. */
function containerOf(model: HostModel, key: string) {
  const found = model.containers.find((each) => each.key === key);
  if (found === undefined) throw new Error(`no container ${key}: ${listed(model).join('; ')}`);
  return found;
}

type Row = [name: string, processes: ProcessFacts[], expected: string[], parts?: SampleParts];

const mountTables = (...tables: [number, MountTable][]): SampleParts => ({
  mounts: new Map([[INITIAL.mnt, mountTable(1, HOST_MOUNTS)], ...tables]),
});

function check(rows: Row[]): void {
  it.each(rows)('%s', (_name, processes, expected, parts) => {
    expect(listed(modelOf([...HOST_PROCESSES, ...processes], parts))).toEqual(expected);
  });
}

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

describe('engines', () => {
  check([
    [
      'docker: the shim is not in it, an exec’d process is',
      [
        shim(1000, 'moby', A),
        proc(1010, 1000, 'nginx', { cgroup: docker(A), ns: own(9000), ...asInit(1010) }),
        proc(1011, 1010, 'nginx', { cgroup: docker(A), ns: own(9000) }),
        proc(1900, 1000, 'sh', { cgroup: docker(A), ns: own(9000), nsPid: [1900, 37] }),
        proc(1901, 1900, 'top', { cgroup: docker(A), ns: own(9000) }),
      ],
      [`container docker:aaaa 1010,1011,1900,1901`],
    ],
    [
      'two of docker, one with --pid=host',
      [
        shim(1000, 'moby', A),
        shim(1001, 'moby', B),
        proc(1010, 1000, 'nginx', { cgroup: docker(A), ns: own(9000), ...asInit(1010) }),
        proc(1020, 1001, 'agent', { cgroup: docker(B), ns: { ...own(9100), pid: INITIAL.pid } }),
        proc(1021, 1020, 'agent', { cgroup: docker(B), ns: { ...own(9100), pid: INITIAL.pid } }),
      ],
      ['container docker:aaaa 1010', 'container docker:bbbb 1020,1021'],
    ],
    [
      'docker with every namespace of the host: the cgroup is enough',
      [shim(1000, 'moby', A), proc(1010, 1000, 'agent', { cgroup: docker(A) })],
      ['container docker:aaaa 1010'],
    ],
    [
      'docker on v1: the path stands on the lines of some hierarchies only',
      [
        shim(1000, 'moby', A),
        proc(1010, 1000, 'nginx', {
          cgroup: `3:pids:/docker/${A}\n2:memory:/docker/${A}\n1:name=systemd:/docker/${A}\n0::/system.slice/containerd.service\n`,
          ns: own(9000),
          ...asInit(1010),
        }),
      ],
      ['container docker:aaaa 1010'],
    ],
    [
      'docker --cgroup-parent: a bare id below, docker’s shim above',
      [
        shim(1000, 'moby', A),
        proc(1010, 1000, 'nginx', { cgroup: `/jobs/${A}`, ns: own(9000), ...asInit(1010) }),
      ],
      ['container docker:aaaa 1010'],
    ],
    [
      'the same with --pid=host: the shim is enough',
      [shim(1000, 'moby', A), proc(1010, 1000, 'nginx', { cgroup: `/jobs/${A}` })],
      ['container docker:aaaa 1010'],
    ],
    [
      'a bare id with its own pid namespace, and nothing above it to be seen',
      [proc(1010, 1, 'nginx', { cgroup: `/jobs/${A}`, ns: own(9000), ...asInit(1010) })],
      ['container oci:aaaa 1010'],
    ],
    [
      'ctr',
      [
        shim(1000, 'default', 'web'),
        proc(1010, 1000, 'nginx', { cgroup: '/default/web', ns: own(9000), ...asInit(1010) }),
      ],
      ['container containerd:web 1010'],
    ],
    [
      'podman: conmon is not in it',
      [
        proc(1000, 1, 'conmon', {
          cgroup: `/machine.slice/libpod-conmon-${A}.scope`,
          argv: ['conmon', '-c', A],
        }),
        proc(1010, 1000, 'nginx', {
          cgroup: `/machine.slice/libpod-${A}.scope/container`,
          ns: own(9000),
          ...asInit(1010),
        }),
      ],
      ['container podman:aaaa 1010'],
    ],
    [
      'CRI-O: conmon is not in it',
      [
        proc(1000, 1, 'conmon', {
          cgroup: `/kubepods.slice/crio-conmon-${A}.scope`,
          argv: ['conmon', '--persist-dir', '/var/lib/crio'],
        }),
        proc(1010, 1000, 'etcd', {
          cgroup: `/kubepods.slice/crio-${A}.scope`,
          ns: own(9000),
          ...asInit(1010),
        }),
      ],
      ['container cri-o:aaaa 1010'],
    ],
    [
      'lxc: the monitor is not in it, lxc-attach is',
      [
        proc(1000, 1, 'lxc-start', { cgroup: '/lxc.monitor.web' }),
        proc(1010, 1000, 'systemd', {
          cgroup: '/lxc.payload.web/init.scope',
          ns: own(9000),
          ...asInit(1010),
        }),
        proc(1011, 1010, 'cron', { cgroup: '/lxc.payload.web/system.slice/cron.service', ns: own(9000) }),
        proc(1600, 510, 'lxc-attach', { cgroup: SESSION }),
        proc(1601, 1600, 'bash', { cgroup: '/lxc.payload.web', ns: own(9000), nsPid: [1601, 80] }),
      ],
      ['container lxc:web 1010,1011,1601'],
    ],
    [
      'runc by hand, a cgroup with a name of its own',
      [
        proc(1000, 510, 'runc', { cgroup: SESSION }),
        proc(1010, 1000, 'sh', { cgroup: '/mybox', ns: own(9000), ...asInit(1010) }),
      ],
      ['container proc:1010:1010 1010'],
    ],
    [
      'nspawn on v2: the supervisor is not in it',
      [
        proc(1000, 1, 'systemd-nspawn', { cgroup: '/machine.slice/machine-deb.scope/supervisor' }),
        proc(1010, 1000, 'systemd', {
          cgroup: '/machine.slice/machine-deb.scope/payload/init.scope',
          ns: own(9000),
          ...asInit(1010),
        }),
      ],
      ['container nspawn:deb 1010'],
    ],
    [
      'nspawn on v1: it shares the scope with its supervisor',
      [
        proc(1000, 1, 'systemd-nspawn', { cgroup: '/machine.slice/machine-deb.scope' }),
        proc(1010, 1000, 'systemd', {
          cgroup: '/machine.slice/machine-deb.scope/init.scope',
          ns: own(9000),
          ...asInit(1010),
        }),
      ],
      ['container nspawn:deb 1010'],
    ],
    [
      'nspawn --register=no, in the caller’s cgroup',
      [
        proc(1000, 510, 'systemd-nspawn', { cgroup: SESSION, argv: ['systemd-nspawn', '-D', '/srv/deb12'] }),
        proc(1010, 1000, 'systemd', { cgroup: SESSION, ns: own(9000), ...asInit(1010) }),
        proc(1011, 1010, 'cron', { cgroup: SESSION, ns: own(9000) }),
      ],
      ['container proc:1010:1010 1010,1011'],
    ],
    [
      'libvirt lxc: its controller is in the scope, not in the container',
      [
        proc(1000, 1, 'libvirt_lxc', { cgroup: '/machine.slice/machine-lxc\\x2d7\\x2dweb.scope' }),
        proc(1010, 1000, 'init', {
          cgroup: '/machine.slice/machine-lxc\\x2d7\\x2dweb.scope',
          ns: own(9000),
          ...asInit(1010),
        }),
      ],
      ['container libvirt-lxc:web 1010'],
    ],
    [
      'flatpak: bwrap outside waits in the same scope',
      [
        proc(1000, 510, 'bwrap', { cgroup: '/user.slice/app-flatpak-org.gimp.GIMP-1000.scope' }),
        proc(1005, 1000, 'xdg-dbus-proxy', { cgroup: '/user.slice/app-flatpak-org.gimp.GIMP-1000.scope' }),
        proc(1010, 1000, 'bwrap', {
          cgroup: '/user.slice/app-flatpak-org.gimp.GIMP-1000.scope',
          ns: { mnt: 9000, pid: 9001, user: 9002 },
          ...asInit(1010),
        }),
        proc(1011, 1010, 'gimp', {
          cgroup: '/user.slice/app-flatpak-org.gimp.GIMP-1000.scope',
          ns: { mnt: 9000, pid: 9001, user: 9002 },
        }),
      ],
      ['container flatpak:org.gimp.GIMP 1005,1010,1011'],
    ],
    [
      'the processes of an engine’s own cgroup that are called like its shim stay where they are',
      [proc(1010, 1, 'containerd-shim', { cgroup: docker(A), ns: own(9000), ...asInit(1010) })],
      ['container docker:aaaa 1010'],
    ],
  ]);

  it('tells the runtime of a runc container by what stands above it', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      proc(1000, 510, 'runc', { cgroup: SESSION }),
      proc(1010, 1000, 'sh', { cgroup: '/mybox', ns: own(9000), ...asInit(1010) }),
    ]);
    expect(containerOf(model, 'proc:1010:1010').runtime).toBe('runc');
  });

  it.each([
    ['docker’s shim', shim(1000, 'moby', A), 'docker'],
    ['containerd’s shim of another namespace', shim(1000, 'default', 'x'), 'containerd'],
    [
      'conmon of podman',
      proc(1000, 1, 'conmon', { argv: ['/usr/bin/conmon', '-r', '/usr/bin/crun'] }),
      'podman',
    ],
    [
      'conmon of CRI-O',
      proc(1000, 1, 'conmon', { argv: ['/usr/libexec/crio/conmon', '-P', '/run/crio/x'] }),
      'cri-o',
    ],
    ['lxc-start', proc(1000, 1, 'lxc-start'), 'lxc'],
    ['nspawn', proc(1000, 510, 'systemd-nspawn'), 'nspawn'],
    ['bwrap', proc(1000, 510, 'bwrap'), 'bubblewrap'],
    ['firejail', proc(1000, 510, 'firejail'), 'firejail'],
    ['unshare', proc(1000, 510, 'unshare'), 'unshare'],
    ['crun', proc(1000, 510, 'crun'), 'crun'],
    ['nothing that is known', proc(1000, 510, 'bash'), 'unshare'],
  ])('without a cgroup of its own, below %s', (_name, parent, runtime) => {
    const model = modelOf([
      ...HOST_PROCESSES,
      parent,
      proc(1010, 1000, 'sh', { ns: own(9000), ...asInit(1010) }),
    ]);
    expect(model.containers.map((each) => each.runtime)).toEqual([runtime]);
  });

  it('does not take an app of flatpak that runs twice for one container', () => {
    const scope = (number: number) => `/user.slice/app-flatpak-org.gimp.GIMP-${number}.scope`;
    const model = modelOf([
      ...HOST_PROCESSES,
      proc(1010, 510, 'bwrap', { cgroup: scope(1000), ns: own(9000), ...asInit(1010) }),
      proc(1020, 510, 'bwrap', { cgroup: scope(2000), ns: own(9100), ...asInit(1020) }),
    ]);
    expect(model.containers.map((each) => each.pids)).toEqual([[1010], [1020]]);
    expect(new Set(model.containers.map((each) => each.key)).size).toBe(2);
  });

  it('does not take the containers of two users that are called alike for one', () => {
    const user = (uid: number) => `/user.slice/user-${uid}.slice/user@${uid}.service/lxc.payload.web`;
    const model = modelOf([
      ...HOST_PROCESSES,
      proc(1010, 1, 'systemd', { cgroup: user(1000), ns: own(9000), ...asInit(1010) }),
      proc(1020, 1, 'systemd', { cgroup: user(1001), ns: own(9100), ...asInit(1020) }),
    ]);
    expect(new Set(model.containers.map((each) => each.key)).size).toBe(2);
    expect(model.containers.map((each) => each.name)).toEqual(['web', 'web']);
  });
});

describe('pods', () => {
  const pod = `/kubepods.slice/kubepods-pod${UID.replaceAll('-', '_')}.slice`;
  const shared = { net: 9002, uts: 9003, ipc: 9004 };
  const inPod = (id: string) => `${pod}/cri-containerd-${id}.scope`;

  it('are told by the cgroup; the pause container is their sandbox', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'k8s.io', A),
      proc(1010, 1000, 'pause', {
        cgroup: inPod(A),
        ns: { ...shared, mnt: 9000, pid: 9001 },
        ...asInit(1010),
      }),
      proc(1020, 1000, 'etcd', {
        cgroup: inPod(B),
        ns: { ...shared, mnt: 9100, pid: 9101 },
        ...asInit(1020),
      }),
    ]);
    expect(listed(model)).toEqual(['pod-sandbox containerd:aaaa 1010', 'container containerd:bbbb 1020']);
    expect(model.containers.map((each) => each.pod?.id)).toEqual([UID, UID]);
  });

  it('that share a pid namespace keep their containers apart', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'k8s.io', A),
      proc(1010, 1000, 'pause', {
        cgroup: inPod(A),
        ns: { ...shared, mnt: 9000, pid: 9001 },
        ...asInit(1010),
      }),
      proc(1020, 1000, 'etcd', {
        cgroup: inPod(B),
        ns: { ...shared, mnt: 9100, pid: 9001 },
        nsPid: [1020, 7],
      }),
      proc(1021, 1020, 'etcd', { cgroup: inPod(B), ns: { ...shared, mnt: 9100, pid: 9001 } }),
      proc(1030, 1000, 'sh', {
        cgroup: inPod(C),
        ns: { ...shared, mnt: 9200, pid: 9001 },
        nsPid: [1030, 12],
      }),
      // Orphaned in the shared pid namespace: its parent is pause, its container is its cgroup's.
      proc(1031, 1010, 'sleep', { cgroup: inPod(C), ns: { ...shared, mnt: 9200, pid: 9001 } }),
    ]);
    expect(listed(model)).toEqual([
      'pod-sandbox containerd:aaaa 1010',
      'container containerd:bbbb 1020,1021',
      'container containerd:cccc 1030,1031',
    ]);
    expect(model.containers.map((each) => each.initPid)).toEqual([1010, 1020, 1030]);
  });

  it('of podman: catatonit alone is the sandbox, catatonit as --init of a container is not', () => {
    const podman = (id: string) => `/machine.slice/machine-libpod_pod_${C}.slice/libpod-${id}.scope`;
    const model = modelOf([
      ...HOST_PROCESSES,
      proc(1000, 1, 'conmon', { cgroup: `/machine.slice/libpod-conmon-${A}.scope` }),
      proc(1010, 1000, 'catatonit', {
        cgroup: podman(A),
        ns: { ...shared, mnt: 9000, pid: 9001 },
        ...asInit(1010),
      }),
      proc(1020, 1000, 'catatonit', {
        cgroup: podman(B),
        ns: { ...shared, mnt: 9100, pid: 9101 },
        ...asInit(1020),
      }),
      proc(1021, 1020, 'nginx', { cgroup: podman(B), ns: { ...shared, mnt: 9100, pid: 9101 } }),
    ]);
    expect(listed(model)).toEqual(['pod-sandbox podman:aaaa 1010', 'container podman:bbbb 1020,1021']);
  });

  it('are told by the net namespace of a sandbox where the cgroup does not say', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'k8s.io', A),
      proc(1010, 1000, 'pause', {
        cgroup: inPod(A),
        ns: { ...shared, mnt: 9000, pid: 9001 },
        ...asInit(1010),
      }),
      proc(1020, 1000, 'etcd', {
        cgroup: `/k8s.io/${B}`,
        ns: { ...shared, mnt: 9100, pid: 9101 },
        ...asInit(1020),
      }),
      proc(1030, 1000, 'sh', { cgroup: `/k8s.io/${C}`, ns: own(9200), ...asInit(1030) }),
    ]);
    expect(model.containers.map((each) => each.pod?.id)).toEqual([UID, UID, undefined]);
  });
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

describe('containers in containers', () => {
  const outer = [
    shim(1000, 'moby', A),
    proc(1010, 1000, 'dockerd', { cgroup: `/docker/${A}`, ns: own(9000), ...asInit(1010) }),
  ];
  check([
    [
      'docker in docker: the inner shim is the outer one’s',
      [
        ...outer,
        proc(1100, 1010, 'containerd-shim', {
          cgroup: `/docker/${A}`,
          ns: own(9000),
          argv: ['shim', '-namespace', 'moby'],
        }),
        proc(1110, 1100, 'sh', { cgroup: `/docker/${A}/docker/${B}`, ns: own(9100), nsPid: [1110, 77, 1] }),
      ],
      ['container docker:aaaa 1010,1100', 'container docker:bbbb 1110 < docker:aaaa'],
    ],
    [
      'podman in lxc',
      [
        proc(1000, 1, 'lxc-start', { cgroup: '/lxc.monitor.web' }),
        proc(1010, 1000, 'systemd', {
          cgroup: '/lxc.payload.web/init.scope',
          ns: own(9000),
          ...asInit(1010),
        }),
        proc(1100, 1010, 'conmon', {
          cgroup: `/lxc.payload.web/machine.slice/libpod-conmon-${B}.scope`,
          ns: own(9000),
        }),
        proc(1110, 1100, 'sh', {
          cgroup: `/lxc.payload.web/machine.slice/libpod-${B}.scope/container`,
          ns: own(9100),
          nsPid: [1110, 50, 1],
        }),
      ],
      ['container lxc:web 1010,1100', 'container podman:bbbb 1110 < lxc:web'],
    ],
    [
      'unshare -pf in docker',
      [
        ...outer,
        proc(1100, 1010, 'unshare', { cgroup: `/docker/${A}`, ns: own(9000) }),
        proc(1101, 1100, 'sh', {
          cgroup: `/docker/${A}`,
          ns: { ...own(9000), pid: 9201 },
          nsPid: [1101, 60, 1],
        }),
        proc(1102, 1101, 'sleep', { cgroup: `/docker/${A}`, ns: { ...own(9000), pid: 9201 } }),
      ],
      ['container docker:aaaa 1010,1100', 'container proc:1101:1101 1101,1102 < docker:aaaa'],
    ],
    [
      'unshare -pf in docker --pid=host',
      [
        shim(1000, 'moby', A),
        proc(1010, 1000, 'sh', { cgroup: docker(A), ns: { mnt: 9000 } }),
        proc(1100, 1010, 'unshare', { cgroup: docker(A), ns: { mnt: 9000 } }),
        proc(1101, 1100, 'sh', { cgroup: docker(A), ns: { mnt: 9000, pid: 9201 }, ...asInit(1101) }),
      ],
      ['container docker:aaaa 1010,1100', 'container proc:1101:1101 1101 < docker:aaaa'],
    ],
    [
      'unshare -pf in unshare -pf in docker: the nearest is the parent',
      [
        ...outer,
        proc(1101, 1010, 'sh', {
          cgroup: `/docker/${A}`,
          ns: { ...own(9000), pid: 9201 },
          nsPid: [1101, 60, 1],
        }),
        proc(1102, 1101, 'sh', {
          cgroup: `/docker/${A}`,
          ns: { ...own(9000), pid: 9301 },
          nsPid: [1102, 61, 2, 1],
        }),
      ],
      [
        'container docker:aaaa 1010',
        'container proc:1101:1101 1101 < docker:aaaa',
        'container proc:1102:1102 1102 < proc:1101:1101',
      ],
    ],
    [
      'chroot in docker',
      [...outer, proc(1100, 1010, 'named', { cgroup: `/docker/${A}`, ns: own(9000), root: '/var/named' })],
      ['container docker:aaaa 1010', 'jail proc:1100:1100 1100 < docker:aaaa'],
      mountTables([9000, mountTable(1010, OVERLAY_MOUNTS)]),
    ],
    [
      'a container whose cgroup is elsewhere, started from inside another: its parent is that one',
      [
        ...outer,
        proc(1100, 1010, 'unshare', { cgroup: `/docker/${A}`, ns: own(9000) }),
        proc(1101, 1100, 'sh', { cgroup: '/mybox', ns: { ...own(9000), pid: 9201 }, nsPid: [1101, 60, 1] }),
      ],
      ['container docker:aaaa 1010,1100', 'container proc:1101:1101 1101 < docker:aaaa'],
    ],
  ]);
});

describe('processes that came in later, or from outside', () => {
  const running = [
    shim(1000, 'moby', A),
    proc(1010, 1000, 'nginx', { cgroup: docker(A), ns: own(9000), ...asInit(1010) }),
  ];
  check([
    [
      'nsenter from the host’s cgroup',
      [
        ...running,
        proc(1500, 510, 'nsenter', {
          cgroup: SESSION,
          ns: { ...own(9000), pid: INITIAL.pid, mnt: INITIAL.mnt },
        }),
        proc(1501, 1500, 'bash', { cgroup: SESSION, ns: own(9000), nsPid: [1501, 90] }),
        proc(1502, 1501, 'top', { cgroup: SESSION, ns: own(9000) }),
      ],
      ['container docker:aaaa 1010,1501,1502'],
    ],
    [
      'nsenter into one of several that share the pid namespace: the one with the same mounts',
      [
        ...running,
        shim(1001, 'moby', B),
        proc(1020, 1001, 'sidecar', { cgroup: docker(B), ns: { ...own(9100), pid: 9001 }, nsPid: [1020, 8] }),
        proc(1501, 510, 'bash', { cgroup: SESSION, ns: { ...own(9100), pid: 9001 }, nsPid: [1501, 90] }),
      ],
      ['container docker:aaaa 1010', 'container docker:bbbb 1020,1501'],
    ],
    [
      'exec while it is being set up: runc is in the cgroup, not yet in the namespaces',
      [...running, proc(1600, 1000, 'runc:[1:CHILD]', { cgroup: docker(A) })],
      ['container docker:aaaa 1010,1600'],
      mountTables([9000, mountTable(1010, OVERLAY_MOUNTS)]),
    ],
    [
      'nsenter into the mounts alone makes no jail',
      [...running, proc(1600, 510, 'ls', { cgroup: SESSION, ns: { mnt: 9000 } })],
      ['container docker:aaaa 1010'],
      mountTables([9000, mountTable(1010, OVERLAY_MOUNTS)]),
    ],
    [
      'a privileged container’s process that entered every namespace of the host stays its cgroup’s',
      [...running, proc(1600, 1010, 'bash', { cgroup: docker(A) })],
      ['container docker:aaaa 1010,1600'],
      mountTables([9000, mountTable(1010, OVERLAY_MOUNTS)]),
    ],
  ]);

  it('an exec’d process that the shim took over never becomes the init', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      ...running,
      proc(900, 1000, 'sh', { cgroup: docker(A), ns: own(9000), nsPid: [900, 300] }),
    ]);
    expect(containerOf(model, `docker:${A}`).initPid).toBe(1010);
  });
});

describe('init processes', () => {
  const zombie = { namespaces: { user: INITIAL.user, pid: 9001 }, root: undefined, state: 'Z' };

  it('a zombie init is still the init, and its container says so', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'moby', A),
      proc(1010, 1000, 'nginx', { cgroup: docker(A), ...zombie, ...asInit(1010) }),
    ]);
    expect(listed(model)).toEqual(['container docker:aaaa 1010']);
    expect(containerOf(model, `docker:${A}`).state).toBe('exited-init');
  });

  it('a zombie in a container, which shows two namespaces only, is no sandbox', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'moby', A),
      proc(1010, 1000, 'nginx', { cgroup: docker(A), ns: own(9000), ...asInit(1010) }),
      proc(1011, 1010, 'nginx', { cgroup: docker(A), ...zombie }),
      proc(1500, 510, 'bash', {
        cgroup: SESSION,
        ...zombie,
        namespaces: { user: INITIAL.user, pid: INITIAL.pid },
      }),
    ]);
    expect(listed(model)).toEqual(['container docker:aaaa 1010,1011']);
  });

  it('what outlives a zombie init in the host’s pid namespace is neither a sandbox nor a jail', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'moby', A),
      proc(1010, 1000, 'agent', {
        cgroup: docker(A),
        ...zombie,
        namespaces: { user: INITIAL.user, pid: INITIAL.pid },
      }),
      proc(1011, 1010, 'agent', { cgroup: docker(A), ns: { mnt: 9000, net: 9002, uts: 9003 } }),
    ]);
    expect(listed(model)).toEqual(['container docker:aaaa 1010,1011']);
  });

  it.each([
    ['a pid namespace', { ns: own(9000), ...asInit(1010) }],
    ['a root', { root: '/jail' }],
    ['namespaces', { ns: { mnt: 9000, net: 9002, uts: 9003 } }],
  ])(
    'who has %s of its own and is on its way out, in the root cgroup of v1, is no container',
    (_what, change) => {
      const processes = [...HOST_PROCESSES, proc(1010, 510, 'nginx', { ...change, isExiting: true })];
      expect(listed(modelOf(processes))).toEqual([]);
      expect(
        listed(modelOf([...processes, proc(1011, 1010, 'nginx', { ...change, nsPid: [1011, 2] })])),
      ).toHaveLength(1);
    },
  );

  it('is the process that started first where no pid namespace tells', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'moby', A),
      proc(1010, 1000, 'agent', { cgroup: docker(A), starttimeTicks: 9000 }),
      proc(1020, 1000, 'agent', { cgroup: docker(A), starttimeTicks: 5000 }),
    ]);
    expect(containerOf(model, `docker:${A}`).initPid).toBe(1020);
  });

  it('is pid 1 inside even where another one started first (a restored checkpoint)', () => {
    const model = modelOf([
      ...HOST_PROCESSES,
      shim(1000, 'moby', A),
      proc(1005, 1000, 'sh', { cgroup: docker(A), ns: own(9000), nsPid: [1005, 44] }),
      proc(1010, 1000, 'nginx', { cgroup: docker(A), ns: own(9000), ...asInit(1010) }),
    ]);
    expect(containerOf(model, `docker:${A}`).initPid).toBe(1010);
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
