import { describe, expect, it } from 'vitest';
import type { Hierarchy } from '../../../src/kernel/cgroup/hierarchy.ts';
import { clusterContainers } from '../../../src/model/cluster.ts';
import { LazyPlaces, madeForIt } from '../../../src/model/ownership.ts';
import type { ProcessFacts } from '../../../src/model/sample.ts';
import { HOST_PROCESSES, INITIAL, id64, modelOf, mountTable, proc, V1, V2 } from './facts.ts';

const A = id64('aaaa');
const SESSION = '/user.slice/user-1000.slice/session-3.scope';
const SCOPE = '/user.slice/user-1000.slice/run-7.scope';
const bare = (cgroup: string) => ({ cgroup, ns: { pid: 9001 } });
const inner = (pid: number) => ({ nsPid: [pid, 1] });

const cgroupOf = (processes: ProcessFacts[], hierarchies: readonly Hierarchy[] = [V2], key?: string) => {
  const { containers } = modelOf([...HOST_PROCESSES, ...processes], {
    host: { hierarchies },
    mounts: new Map([[INITIAL.mnt, mountTable(1, '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n')]]),
  });
  const found = containers.find((each) => key === undefined || each.key === key);
  if (found === undefined) throw new Error('no container');
  return found.cgroup;
};

describe('a cgroup is the container’s own', () => {
  const rows: [string, ProcessFacts[], string, boolean][] = [
    [
      'when only the container is in it',
      [
        proc(1000, 510, 'bash', { cgroup: SESSION }),
        proc(1010, 1000, 'sh', { ...bare(SCOPE), ...inner(1010) }),
      ],
      SCOPE,
      true,
    ],
    [
      'not when somebody else is in it',
      [proc(1010, 510, 'sh', { ...bare(SESSION), ...inner(1010) })],
      SESSION,
      false,
    ],
    [
      'with the tool that waits for it (systemd-run --scope unshare -pf)',
      [
        proc(1000, 510, 'unshare', { cgroup: SCOPE }),
        proc(1010, 1000, 'sh', { ...bare(SCOPE), ...inner(1010) }),
      ],
      SCOPE,
      true,
    ],
    [
      'not with a shell that waits for the tool',
      [
        proc(990, 510, 'bash', { cgroup: SCOPE }),
        proc(1000, 990, 'unshare', { cgroup: SCOPE }),
        proc(1010, 1000, 'sh', { ...bare(SCOPE), ...inner(1010) }),
      ],
      SCOPE,
      false,
    ],
    [
      'not with a parent that is no such tool',
      [
        proc(1000, 510, 'bash', { cgroup: SCOPE }),
        proc(1010, 1000, 'sh', { ...bare(SCOPE), ...inner(1010) }),
      ],
      SCOPE,
      false,
    ],
    [
      'not when two containers are in it',
      [
        proc(1000, 510, 'unshare', { cgroup: SCOPE }),
        proc(1010, 1000, 'sh', { ...bare(SCOPE), ...inner(1010) }),
        proc(1020, 510, 'sh', { cgroup: SCOPE, ns: { pid: 9101 }, ...inner(1020) }),
      ],
      SCOPE,
      false,
    ],
    [
      'not when somebody else is further down in it',
      [
        proc(1010, 510, 'sh', { ...bare(SCOPE), ...inner(1010) }),
        proc(1020, 510, 'x', { cgroup: `${SCOPE}/child` }),
      ],
      SCOPE,
      false,
    ],
    [
      'whatever ends in it, and has left its namespaces, which are the container’s',
      [
        proc(1010, 510, 'sh', { ...bare(SCOPE), ...inner(1010) }),
        { ...proc(1020, 510, 'x', { cgroup: SCOPE }), isExiting: true },
        { ...proc(1021, 510, 'x', { cgroup: SCOPE }), namespaces: {} },
        {
          ...proc(1022, 510, 'x', { cgroup: SCOPE }),
          namespaces: { unknown: 'gone', path: '/proc/1022/ns/net', errno: 'ESRCH' },
        },
      ],
      SCOPE,
      true,
    ],
    [
      'not when other threads of somebody else run in it, whose first has ended',
      [
        proc(1010, 510, 'sh', { ...bare(SCOPE), ...inner(1010) }),
        { ...proc(1020, 510, 'x', { cgroup: SCOPE }), isExiting: true, threads: 2 },
      ],
      SCOPE,
      false,
    ],
    [
      'not when somebody is in it whose namespaces may not be read',
      [
        proc(1010, 510, 'sh', { ...bare(SCOPE), ...inner(1010) }),
        {
          ...proc(1020, 510, 'x', { cgroup: SCOPE }),
          namespaces: { unknown: 'denied', path: '/proc/1020/ns/mnt', errno: 'EACCES' },
        },
      ],
      SCOPE,
      false,
    ],
    [
      'whatever is in one that only begins alike',
      [
        proc(1010, 510, 'sh', { ...bare(SCOPE), ...inner(1010) }),
        proc(1020, 510, 'x', { cgroup: `${SCOPE}x` }),
      ],
      SCOPE,
      true,
    ],
    [
      'with what is nested in it',
      [
        proc(1010, 510, 'sh', { ...bare(SCOPE), ...inner(1010) }),
        proc(1020, 1010, 'sh', { cgroup: SCOPE, ns: { pid: 9101 }, nsPid: [1020, 5, 1] }),
      ],
      SCOPE,
      true,
    ],
    [
      'from the cgroup that all its processes are below',
      [
        proc(1010, 510, 'systemd', { ...bare(`${SCOPE}/init.scope`), ...inner(1010) }),
        proc(1011, 1010, 'cron', { cgroup: `${SCOPE}/system.slice/cron.service`, ns: { pid: 9001 } }),
      ],
      SCOPE,
      true,
    ],
    [
      'never at the root',
      [
        proc(1010, 510, 'sh', { ...bare('/a/x'), ...inner(1010) }),
        proc(1011, 1010, 'sh', { cgroup: '/b/y', ns: { pid: 9001 } }),
      ],
      '/',
      false,
    ],
  ];
  it.each(rows)('%s', (_name, processes, path, own) => {
    const cgroup = cgroupOf(processes, [V2], 'proc:1010:1010');
    expect([cgroup.paths[''], cgroup.own]).toEqual([path, own]);
  });

  it('the inner of two that share one does not own it', () => {
    const processes = [
      proc(1010, 510, 'sh', { ...bare(SCOPE), ...inner(1010) }),
      proc(1020, 1010, 'sh', { cgroup: SCOPE, ns: { pid: 9101 }, nsPid: [1020, 5, 1] }),
    ];
    expect(cgroupOf(processes, [V2], 'proc:1020:1020').own).toBe(false);
  });

  const visitor = (pid: number) =>
    proc(pid, 510, 'bash', { cgroup: SESSION, ns: { pid: 9001 }, nsPid: [pid, 90] });

  it('an engine’s is, though a visitor’s process (nsenter) stays in the session it came from', () => {
    const cgroup = cgroupOf([
      proc(1010, 1, 'nginx', { cgroup: `/docker/${A}/init.scope`, ns: { pid: 9001 }, ...inner(1010) }),
      proc(1011, 1010, 'nginx', { cgroup: `/docker/${A}/system.slice`, ns: { pid: 9001 } }),
      visitor(1501),
    ]);
    expect(cgroup).toMatchObject({ own: true, paths: { '': `/docker/${A}` } });
  });

  it('so is the cgroup of a container that no engine named', () => {
    const cgroup = cgroupOf([
      proc(1010, 510, 'systemd', { ...bare(`${SCOPE}/init.scope`), ...inner(1010) }),
      proc(1011, 1010, 'cron', { cgroup: `${SCOPE}/system.slice/cron.service`, ns: { pid: 9001 } }),
      visitor(1501),
      proc(1502, 1501, 'top', { cgroup: SESSION, ns: { pid: 9001 } }),
    ]);
    expect(cgroup).toMatchObject({ own: true, paths: { '': SCOPE } });
  });
});

describe('a process of the container that ends', () => {
  const v1 = (path: string) => `2:memory:${path}\n1:cpu:${path}\n`;
  const zombie = (pid: number, ppid: number) =>
    ({ ...proc(pid, ppid, 'sh', { cgroup: v1('/'), ns: { pid: 9001 } }), state: 'Z' }) as const;
  /** Its state was read while it ran. */
  const ending = { ...zombie(1012, 1010), state: 'R' };

  it('has left for the root of each v1 hierarchy, and takes no cgroup from the others', () => {
    const processes = [
      proc(1010, 1, 'sh', { cgroup: v1(SCOPE), ns: { pid: 9001 }, ...inner(1010) }),
      zombie(1011, 1010),
      ending,
    ];
    expect(cgroupOf(processes, V1)).toMatchObject({ own: true, paths: { memory: SCOPE, cpu: SCOPE } });
  });

  it('is where it is when nothing else is left', () => {
    expect(cgroupOf([{ ...zombie(1010, 1), nsPid: [1010, 1] }], V1)).toMatchObject({
      own: false,
      paths: { memory: '/', cpu: '/' },
    });
  });
});

describe('the leaf that crun makes in a scope of systemd', () => {
  const scope = `/machine.slice/libpod-${A}.scope`;
  const member = (pid: number, path: string) =>
    proc(pid, pid === 1010 ? 1 : 1010, 'sh', { cgroup: path, ns: { pid: 9001 }, nsPid: [pid, pid - 1009] });
  const rows: [string, string[], string, string[]][] = [
    ['has the limits and the freezer', [`${scope}/container`], `${scope}/container`, [scope]],
    [
      'whatever systemd makes below it inside',
      [`${scope}/container/init.scope`, `${scope}/container/system.slice/cron.service`],
      `${scope}/container`,
      [scope],
    ],
    ['not with a process beside it', [`${scope}/container`, scope], scope, []],
    ['not by another name', [`${scope}/payload`], scope, []],
    ['not without systemd', [`/docker/${A}/container`], `/docker/${A}`, []],
    [
      'not in what is no OCI container',
      ['/machine.slice/machine-deb.scope/container'],
      '/machine.slice/machine-deb.scope',
      [],
    ],
  ];
  it.each(rows)('%s', (_name, paths, expected, alsoOwn) => {
    const cgroup = cgroupOf(paths.map((path, index) => member(1010 + index, path)));
    expect(cgroup).toMatchObject({ own: true, paths: { '': expected }, ownPaths: [expected, ...alsoOwn] });
  });
});

describe('per hierarchy', () => {
  const text = (v2: string, memory: string) => `3:pids:/\n2:memory:${memory}\n1:cpu:/\n0::${v2}\n`;
  it('a hybrid host: own in one, shared in another', () => {
    const hybrid: readonly Hierarchy[] = [
      ...V1.filter(({ controllers }) => ['cpu', 'memory', 'pids'].includes(controllers[0] ?? '')),
      { version: 2, controllers: [], mountPoint: '/sys/fs/cgroup/unified', root: '/' },
    ];
    const cgroup = cgroupOf(
      [
        proc(1000, 510, 'bash', { cgroup: text(SESSION, SESSION) }),
        proc(1010, 1000, 'sh', { cgroup: text(SCOPE, SESSION), ns: { pid: 9001 }, ...inner(1010) }),
      ],
      hybrid,
    );
    expect(cgroup).toEqual({
      mode: 'hybrid',
      own: true,
      ownPaths: [SCOPE],
      ownControllers: [''],
      paths: { '': SCOPE, memory: SESSION, cpu: '/', pids: '/' },
    });
  });

  it('joint v1 controllers have one path under each name', () => {
    const joint: Hierarchy = {
      version: 1,
      controllers: ['cpu', 'cpuacct'],
      mountPoint: '/sys/fs/cgroup/cpu,cpuacct',
      root: '/',
    };
    const cgroup = cgroupOf(
      [proc(1010, 1, 'sh', { cgroup: `2:cpu,cpuacct:/docker/${A}\n`, ns: { pid: 9001 }, ...inner(1010) })],
      [joint],
    );
    expect(cgroup.paths).toEqual({ cpu: `/docker/${A}`, cpuacct: `/docker/${A}` });
  });

  it('a v2 line beside v1 mounts only, and a stray v1 line beside v2, count where they are mounted', () => {
    const cgroup = `1:net_cls:/\n0::/docker/${A}\n`;
    const processes = [proc(1010, 1, 'sh', { cgroup, ns: { pid: 9001 }, ...inner(1010) })];
    expect(cgroupOf(processes, [V2]).paths).toEqual({ '': `/docker/${A}` });
    expect(cgroupOf(processes, V1)).toEqual({
      mode: 'v1',
      own: false,
      ownPaths: [],
      ownControllers: [],
      paths: {},
    });
  });

  it('without any mounted hierarchy there is none', () => {
    expect(cgroupOf([proc(1010, 1, 'sh', { cgroup: '/x', ns: { pid: 9001 }, ...inner(1010) })], [])).toEqual({
      mode: 'none',
      own: false,
      ownPaths: [],
      ownControllers: [],
      paths: {},
    });
  });
});

describe('the cgroup that was made for a container', () => {
  const init = proc(1010, 510, 'sh', { ...bare('/web'), ...inner(1010), starttimeTicks: 2000 });
  const rows: [string, ProcessFacts[], string | undefined][] = [
    ['is its own', [], '/web'],
    [
      'has guests that came later',
      [proc(1020, 510, 'x', { cgroup: '/web/y', starttimeTicks: 2001 })],
      '/web',
    ],
    [
      'has a guest that came in the same tick',
      [proc(1020, 510, 'x', { cgroup: '/web', starttimeTicks: 2000 })],
      '/web',
    ],
    [
      "is somebody else's who was there before in the same tick",
      [proc(900, 510, 'x', { cgroup: '/web', starttimeTicks: 2000 })],
      undefined,
    ],
    [
      "is somebody else's who was there before",
      [proc(900, 510, 'x', { cgroup: '/web', starttimeTicks: 1999 })],
      undefined,
    ],
    [
      'is nobody’s name where another container is in it too',
      [proc(1020, 510, 'sh', { ...bare('/web'), ns: { pid: 9101 }, ...inner(1020), starttimeTicks: 2001 })],
      undefined,
    ],
  ];
  it.each(rows)('%s', (_, others, expected) => {
    const processes = new Map([...HOST_PROCESSES, init, ...others].map((each) => [each.pid, each]));
    const drafts = clusterContainers({ processes, mountTables: new Map(), host: INITIAL });
    const draft = drafts.find((each) => each.init?.pid === 1010);
    if (draft === undefined) throw new Error('no container');
    const places = new LazyPlaces(drafts, processes, [V2]);
    expect(madeForIt(draft, places.get(draft), drafts, processes)).toBe(expected);
  });
});
