// Counters and limits of containers on v2, and on every hierarchy whether they are frozen.
import { describe, expect, it } from 'vitest';
import type { Hierarchy } from '../../../src/kernel/cgroup/hierarchy.ts';
import type { CgroupCounters } from '../../../src/model/sample.ts';
import { read, V2, v1, v2 } from './cgroups-kit.ts';
import { busyV2, FakeHost } from './fake-host.ts';

/** Counters of `/a/box` on a v2 host; its files and those of its parents as given. */
function readV2(
  files: Record<string, string>,
  parents: Record<string, Record<string, string>> = {},
  own = true,
) {
  const fake = new FakeHost();
  fake.cgroup(`${V2}/a/box`, files);
  for (const [path, content] of Object.entries(parents)) fake.cgroup(`${V2}${path}`, content);
  return { fake, counters: read(fake, { hierarchy: v2(fake), path: '/a/box', own }) };
}
const without = (name: string) => {
  const { [name]: _left, ...rest } = busyV2();
  return rest;
};

describe('v2', () => {
  it('reads every controller of a cgroup', () => {
    const { counters } = readV2(busyV2(), { '/a': { 'memory.max': '7000000\n', 'pids.max': '50\n' } });
    expect(counters).toMatchObject({
      cpu: {
        usageUsec: 5_000_000,
        userUsec: 4_000_000,
        systemUsec: 1_000_000,
        nrPeriods: 10,
        nrThrottled: 2,
        throttledUsec: 300,
        quota: { quotaUsec: 'max', periodUsec: 100_000 },
      },
      memory: {
        currentBytes: 6_000_000,
        anonBytes: 1_000_000,
        fileBytes: 5_000_000,
        shmemBytes: 2000,
        inactiveFileBytes: 3_000_000,
        swapBytes: 0,
        oomKills: 0,
        limits: [
          { path: '/a/box', limit: 'max' },
          { path: '/a', limit: 7_000_000 },
        ],
      },
      io: { readBytes: 1000, writeBytes: 2000 },
      pids: {
        current: 3,
        limits: [
          { path: '/a/box', limit: 100 },
          { path: '/a', limit: 50 },
        ],
      },
      freezer: { state: 'running' },
    });
    expect(counters.cpuInode).toBeTypeOf('number');
    expect(counters.ioInode).toBe(counters.cpuInode);
    expect(counters.ioReadAtUsec).toBeGreaterThanOrEqual(counters.cpuReadAtUsec);
  });

  it('a cgroup made again under its path has another inode', () => {
    const { fake, counters } = readV2(busyV2());
    fake.cgroup(`${V2}/a/other`);
    const other = read(fake, { hierarchy: v2(fake), path: '/a/other', own: true });
    expect(other.cpuInode).not.toBe(counters.cpuInode);
  });

  it('where a controller is not enabled its values are absent, not 0; cpu.stat is there all the same', () => {
    const { counters } = readV2({
      'cgroup.controllers': '\n',
      'cgroup.events': 'populated 1\nfrozen 0\n',
      'cpu.stat': 'usage_usec 5\nuser_usec 3\nsystem_usec 2\n',
    });
    expect(counters.cpu).toEqual({ usageUsec: 5, userUsec: 3, systemUsec: 2, quota: undefined });
    expect(counters.memory).toEqual({ currentBytes: undefined, limits: [] });
    expect(counters.io).toEqual({ readBytes: undefined, writeBytes: undefined });
    expect(counters.pids).toEqual({ current: undefined, limits: [] });
  });

  it('a threaded cgroup has cpu and pids, no memory; the limit of the domain above holds', () => {
    const { counters } = readV2(
      {
        'cgroup.type': 'threaded\n',
        'cpu.stat': 'usage_usec 5\nuser_usec 3\nsystem_usec 2\n',
        'pids.current': '4\n',
        'pids.max': 'max\n',
      },
      { '/a': { 'memory.max': '1000\n', 'memory.current': '900\n' } },
    );
    expect(counters.memory).toEqual({ currentBytes: undefined, limits: [{ path: '/a', limit: 1000 }] });
    expect(counters.pids.current).toBe(4);
  });

  it('of a cgroup that others are in too, only the limits are read', () => {
    const { counters } = readV2(busyV2(), { '/a': { 'memory.max': '5\n' } }, false);
    expect(counters.cpu.usageUsec).toBeUndefined();
    expect(counters.cpuInode).toBeUndefined();
    expect(counters.memory).toEqual({
      currentBytes: undefined,
      limits: [
        { path: '/a/box', limit: 'max' },
        { path: '/a', limit: 5 },
      ],
    });
    expect(counters.io.readBytes).toBeUndefined();
    expect(counters.pressure).toBeUndefined();
    expect(counters.freezer.state).toBe('running');
  });

  it('a cgroup that is gone gives nothing', () => {
    const { fake } = readV2(busyV2());
    const counters = read(fake, { hierarchy: v2(fake), path: '/b', own: true });
    expect(counters.cpu.usageUsec).toBeUndefined();
    expect(counters.memory.currentBytes).toBeUndefined();
    expect(counters.cpuInode).toBeUndefined();
  });

  it('inside a container with the host’s cgroup namespace limits end where the mount does', () => {
    const fake = new FakeHost();
    fake.cgroup(V2, busyV2({ 'memory.max': '500\n' }));
    fake.cgroup(`${V2}/init.scope`, busyV2());
    const hierarchy = v2(fake, '/docker/x');
    const inner = read(fake, { hierarchy, path: '/docker/x/init.scope', own: true });
    expect(inner.memory.currentBytes).toBe(6_000_000);
    expect(inner.memory.limits).toEqual([
      { path: '/docker/x/init.scope', limit: 'max' },
      { path: '/docker/x', limit: 500 },
    ]);
  });

  it('a cgroup that the mount does not show has limits that are not known, not none', () => {
    const { fake } = readV2(busyV2({}));
    const { cpu, memory, pids } = read(fake, { hierarchy: v2(fake), path: '/../elsewhere', own: true });
    expect(cpu.usageUsec).toBeUndefined();
    for (const { limits } of [memory, pids]) {
      expect(limits).toEqual([
        { path: '/../elsewhere', limit: expect.objectContaining({ unknown: 'denied' }) },
      ]);
    }
  });

  it('a device mapper whose disk is not listed counts', () => {
    const { fake } = readV2(
      busyV2({ 'io.stat': '253:0 rbytes=1000 wbytes=500 rios=1 wios=1 dbytes=0 dios=0\n' }),
    );
    fake.cgroup('/sys/dev/block/253:0/slaves/sda', { dev: '8:0\n' });
    const { io } = read(fake, { hierarchy: v2(fake), path: '/a/box', own: true });
    expect(io).toEqual({ readBytes: 1000, writeBytes: 500 });
  });

  it('a device mapper on a disk counts once', () => {
    const { fake } = readV2(
      busyV2({
        'io.stat':
          '253:0 rbytes=1000 wbytes=500 rios=1 wios=1 dbytes=0 dios=0\n8:0 rbytes=1000 wbytes=500 rios=1 wios=1 dbytes=0 dios=0\n',
      }),
    );
    fake.cgroup('/sys/dev/block/253:0/slaves/sda', { dev: '8:0\n' });
    fake.cgroup('/sys/dev/block/8:0/slaves');
    const { io } = read(fake, { hierarchy: v2(fake), path: '/a/box', own: true });
    expect(io).toEqual({ readBytes: 1000, writeBytes: 500 });
  });

  it.each([
    [
      'two disks are added',
      '8:0 rbytes=1 wbytes=2 rios=0 wios=0\n8:16 rbytes=10 wbytes=20 rios=0 wios=0\n',
      11,
      22,
    ],
    ['nothing was read or written', '', 0, 0],
    ['a device without keys', '8:0\n', 0, 0],
    [
      'beyond 2^53',
      `8:0 rbytes=${2n ** 60n} wbytes=1 rios=0 wios=0\n8:16 rbytes=1 wbytes=1 rios=0 wios=0\n`,
      2n ** 60n + 1n,
      2,
    ],
    ['extra keys', '8:0 rbytes=1 wbytes=2 rios=0 wios=0 cost.vrate=100.00 cost.usage=5\n', 1, 2],
    [
      'cut in the middle of the last line',
      '8:0 rbytes=1 wbytes=2 rios=0 wios=0 dbytes=0 dios=0\n8:16 rby',
      1,
      2,
    ],
  ])('io.stat: %s', (_name, text, readBytes, writeBytes) => {
    expect(readV2(busyV2({ 'io.stat': text })).counters.io).toEqual({ readBytes, writeBytes });
  });

  it.each([
    ['memory.current', (each: CgroupCounters) => each.memory.currentBytes],
    ['pids.current', (each: CgroupCounters) => each.pids.current],
    ['cpu.stat', (each: CgroupCounters) => each.cpu.usageUsec],
    ['cpu.max', (each: CgroupCounters) => each.cpu.quota],
    ['io.stat', (each: CgroupCounters) => each.io.readBytes],
    ['cgroup.events', (each: CgroupCounters) => each.freezer.state],
    ['memory.events', (each: CgroupCounters) => each.memory.oomKills],
    ['memory.swap.current', (each: CgroupCounters) => each.memory.swapBytes],
  ])('%s in a format we do not know is that field’s loss alone', (name, pick) => {
    const { counters } = readV2(busyV2({ [name]: 'nonsense here\n' }));
    expect(pick(counters)).toMatchObject({ unknown: 'unsupported', errno: 'EPARSE' });
    expect(pick(counters)).toHaveProperty('path', expect.stringMatching(new RegExp(`/a/box/${name}$`)));
    const kept = Object.keys(busyV2()).filter((each) => each !== name);
    expect(kept.length).toBeGreaterThan(5);
    if (name !== 'memory.current') expect(counters.memory.currentBytes).toBe(6_000_000);
    if (name !== 'cpu.stat') expect(counters.cpu.usageUsec).toBe(5_000_000);
  });

  it.each(['cpu.stat', 'memory.stat', 'memory.current', 'io.stat', 'cgroup.events', 'memory.max'])(
    'never throws, wherever %s is cut',
    (name) => {
      const text = busyV2()[name] ?? '';
      const { fake } = readV2(busyV2());
      for (let length = 0; length < text.length; length++) {
        fake.cgroup(`${V2}/a/box`, { [name]: text.slice(0, length) });
        read(fake, { hierarchy: v2(fake), path: '/a/box', own: true });
      }
    },
  );

  it('memory.stat that is missing costs its parts alone', () => {
    const { memory } = readV2(without('memory.stat')).counters;
    expect(memory.currentBytes).toBe(6_000_000);
    expect(memory.inactiveFileBytes).toBeUndefined();
  });

  it('pressure is there or not', () => {
    const psi = (total: number) =>
      `some avg10=1.50 avg60=0.00 avg300=0.00 total=${total}\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=1\n`;
    const { counters } = readV2(
      busyV2({ 'cpu.pressure': psi(1), 'memory.pressure': psi(2), 'io.pressure': psi(3) }),
    );
    expect(counters.pressure).toMatchObject({ cpu: { some: { avg10: 1.5 } }, io: { full: { avg10: 0.5 } } });
    expect(readV2(busyV2()).counters.pressure).toBeUndefined();
  });
});

describe('frozen', () => {
  const events = (frozen: 0 | 1) => ({ 'cgroup.events': `frozen ${frozen}\npopulated 1\n` });
  it.each([
    ['running', events(0), '0', '0', { state: 'running' }],
    ['by its own wish', events(1), '1', '0', { state: 'frozen', wishedBy: '/a/box' }],
    ['by an ancestor’s', events(1), '0', '1', { state: 'frozen', wishedBy: '/a' }],
    ['by both: the outermost', events(1), '1', '1', { state: 'frozen', wishedBy: '/a' }],
    ['not yet', events(0), '1', '0', { state: 'freezing', wishedBy: '/a/box' }],
  ])('v2: %s', (_name, files, wish, above, expected) => {
    const { counters } = readV2(busyV2({ ...files, 'cgroup.freeze': `${wish}\n` }), {
      '/a': { 'cgroup.freeze': `${above}\n`, 'cgroup.events': 'populated 1\nfrozen 0\n' },
    });
    expect(counters.freezer).toEqual(expected);
  });

  it.each([
    ['running', 'THAWED', '0', '0', { state: 'running' }],
    ['by its own wish', 'FROZEN', '1', '0', { state: 'frozen', wishedBy: '/a/box' }],
    ['by an ancestor’s', 'FROZEN', '0', '1', { state: 'frozen', wishedBy: '/a' }],
    ['not yet', 'FREEZING', '1', '0', { state: 'freezing', wishedBy: '/a/box' }],
  ])('v1: %s', (_name, state, self, above, expected) => {
    const fake = new FakeHost();
    fake.cgroup(`${V2}/freezer/a/box`, {
      'freezer.state': `${state}\n`,
      'freezer.self_freezing': `${self}\n`,
    });
    fake.cgroup(`${V2}/freezer/a`, { 'freezer.state': `${state}\n`, 'freezer.self_freezing': `${above}\n` });
    expect(read(fake, { hierarchy: v1(fake, 'freezer'), path: '/a/box', own: true }).freezer).toEqual(
      expected,
    );
  });

  it('a hybrid host: whichever of the two is frozen', () => {
    const fake = new FakeHost();
    fake.cgroup(`${V2}/freezer/box`, { 'freezer.state': 'FROZEN\n', 'freezer.self_freezing': '1\n' });
    fake.cgroup(`${V2}/unified/box`, { ...events(0), 'cgroup.freeze': '0\n' });
    const unified: Hierarchy = { ...v2(fake), controllers: [], mountPoint: fake.files.sys(`${V2}/unified`) };
    const counters = read(
      fake,
      { hierarchy: v1(fake, 'freezer'), path: '/box', own: true },
      { hierarchy: unified, path: '/box', own: true },
    );
    expect(counters.freezer).toEqual({ state: 'frozen', wishedBy: '/box' });
  });

  it('without a freezer it is not known', () => {
    const fake = new FakeHost();
    expect(read(fake).freezer).toEqual({ state: undefined });
  });
});
