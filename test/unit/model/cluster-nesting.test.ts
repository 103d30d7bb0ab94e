// Containers in containers, who came in later, and which process is the init.
import { describe, expect, it } from 'vitest';
import { A, asInit, B, check, containerOf, docker, mountTables, own, SESSION, shim } from './cluster-kit.ts';
import { HOST_PROCESSES, INITIAL, listed, modelOf, mountTable, OVERLAY_MOUNTS, proc } from './facts.ts';

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
