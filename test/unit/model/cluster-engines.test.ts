// Containers that an engine's cgroup names, and their pods.
import { describe, expect, it } from 'vitest';
import { A, asInit, B, C, check, containerOf, docker, own, SESSION, shim, UID } from './cluster-kit.ts';
import { HOST_PROCESSES, INITIAL, listed, modelOf, proc } from './facts.ts';

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
