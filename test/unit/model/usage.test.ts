// What a container uses by the counters of its cgroup: differences, rates, limits from above, its state; and the host's processors.
import { describe, expect, it } from 'vitest';
import { isUnknown } from '../../../src/kernel/reading.ts';
import { buildModel } from '../../../src/model/build.ts';
import type { Container } from '../../../src/model/host-model.ts';
import type {
  CgroupCounters,
  InitFacts,
  LimitAt,
  MemoryCounters,
  ProcessFacts,
} from '../../../src/model/sample.ts';
import {
  counters,
  DENIED,
  HOST_PROCESSES,
  id64,
  initFacts,
  proc,
  type SampleParts,
  sampleOf,
} from './facts.ts';
import { at, cpu, GIB, SECOND } from './usage-kit.ts';

const A = id64('aaaa');
const KEY = `docker:${A}`;
const CGROUP = `/system.slice/docker-${A}.scope`;
const MIB = 2 ** 20;
const HOST_BYTES = 16 * GIB;

const INIT = proc(1010, 1, 'nginx', { cgroup: CGROUP, ns: { pid: 9001, net: 9002 }, nsPid: [1010, 1] });

interface Look {
  readonly counters?: Partial<CgroupCounters>;
  readonly init?: Partial<InitFacts>;
  readonly host?: SampleParts['host'];
  readonly process?: Partial<ProcessFacts>;
}

const sample = ({ counters: changed, init, host, process }: Look) =>
  sampleOf([...HOST_PROCESSES, { ...INIT, ...process }], {
    counters: new Map([[KEY, counters(changed)]]),
    inits: new Map([[KEY, initFacts(init)]]),
    ...(host !== undefined && { host }),
  });

/** The container after one look, or after two. */
function container(now: Look, before?: Look): Container {
  const model = buildModel(sample(now), before && sample(before));
  const found = model.containers.find((each) => each.key === KEY);
  if (found === undefined) throw new Error('the container was not found');
  return found;
}

const memory = (change: Partial<MemoryCounters>): Partial<CgroupCounters> => ({
  memory: { currentBytes: 0, limits: [], ...change },
});

describe('cpu', () => {
  it('has no ratio in the first sample', () => {
    expect(container({ counters: { cpu: cpu(5 * SECOND) } }).cpu).toEqual({
      usageUsec: 5 * SECOND,
      limitCores: 'max',
    });
  });

  const rows: [string, Partial<CgroupCounters>, Partial<CgroupCounters>, number | undefined][] = [
    ['one core', { cpu: cpu(SECOND) }, { cpu: cpu(2 * SECOND), cpuReadAtUsec: SECOND }, 1],
    ['a hundred cores', { cpu: cpu(0) }, { cpu: cpu(100 * SECOND), cpuReadAtUsec: SECOND }, 100],
    ['idle', { cpu: cpu(7) }, { cpu: cpu(7), cpuReadAtUsec: SECOND }, 0],
    [
      'divided by the time between the reads of that very file',
      { cpu: cpu(0), cpuReadAtUsec: 10 * SECOND },
      { cpu: cpu(SECOND), cpuReadAtUsec: 14 * SECOND },
      0.25,
    ],
    ['a counter that stepped back', { cpu: cpu(9) }, { cpu: cpu(8), cpuReadAtUsec: SECOND }, undefined],
    ['no time in between', { cpu: cpu(0) }, { cpu: cpu(SECOND) }, undefined],
    [
      'a clock that stepped back',
      { cpu: cpu(0), cpuReadAtUsec: 9 },
      { cpu: cpu(1), cpuReadAtUsec: 8 },
      undefined,
    ],
    [
      'the same path made again',
      { cpu: cpu(0), cpuInode: 77 },
      { cpu: cpu(SECOND), cpuInode: 78, cpuReadAtUsec: SECOND },
      undefined,
    ],
    [
      'an inode that was not known before',
      { cpu: cpu(0), cpuInode: undefined },
      { cpu: cpu(SECOND), cpuReadAtUsec: SECOND },
      undefined,
    ],
    [
      'an inode that was known neither time',
      { cpu: cpu(0), cpuInode: DENIED },
      { cpu: cpu(SECOND), cpuInode: DENIED, cpuReadAtUsec: SECOND },
      undefined,
    ],
    ['denied before', { cpu: cpu(DENIED) }, { cpu: cpu(SECOND), cpuReadAtUsec: SECOND }, undefined],
    [
      'beyond 2^53, where doubles are even only',
      { cpu: cpu(2n ** 60n) },
      { cpu: cpu(2n ** 60n + 500_001n), cpuReadAtUsec: SECOND },
      0.500001,
    ],
    [
      'from below 2^53 to above',
      { cpu: cpu(Number.MAX_SAFE_INTEGER) },
      { cpu: cpu(BigInt(Number.MAX_SAFE_INTEGER) + 1_000_000n), cpuReadAtUsec: SECOND },
      1,
    ],
  ];
  it.each(rows)('ratio: %s', (_name, before, now, expected) => {
    expect(container({ counters: now }, { counters: before }).cpu.ratio).toBe(expected);
  });

  it('that may not be read stays denied', () => {
    expect(container({ counters: { cpu: cpu(DENIED) } }).cpu.usageUsec).toEqual(DENIED);
  });

  const throttling = (nrPeriods: number, nrThrottled: number, throttledUsec = 0) => ({
    cpu: cpu(0, { nrPeriods, nrThrottled, throttledUsec }),
    cpuReadAtUsec: SECOND,
  });
  it.each([
    ['a quarter of the periods since', throttling(100, 50), throttling(140, 60), 0.25],
    ['no period since: it did not run', throttling(100, 50), throttling(100, 50), 0],
    ['counters that stepped back', throttling(100, 50), throttling(10, 5), undefined],
    ['no quota, so no periods', { cpu: cpu(0) }, { cpu: cpu(0) }, undefined],
  ])('throttled: %s', (_name, before, now, expected) => {
    expect(container({ counters: now }, { counters: before }).cpu.throttledRatio).toBe(expected);
  });

  it.each([
    ['half a core', { quotaUsec: 50_000, periodUsec: 100_000 }, 0.5],
    ['eight cores', { quotaUsec: 800_000, periodUsec: 100_000 }, 8],
    ['an odd period', { quotaUsec: 15_000, periodUsec: 10_000 }, 1.5],
    ['none', { quotaUsec: 'max' as const, periodUsec: 100_000 }, 'max'],
  ])('limit: %s', (_name, quota, expected) => {
    expect(container({ counters: { cpu: cpu(0, { quota }) } }).cpu.limitCores).toBe(expected);
  });
});

describe('memory', () => {
  it.each([
    ['current minus inactive_file', { currentBytes: 100 * MIB, inactiveFileBytes: 30 * MIB }, 70 * MIB],
    ['never below 0', { currentBytes: 10 * MIB, inactiveFileBytes: 30 * MIB }, 0],
    ['beyond 2^53', { currentBytes: 2n ** 60n, inactiveFileBytes: 2n ** 60n - 4096n }, 4096],
    ['denied like current', { currentBytes: DENIED, inactiveFileBytes: 1 }, DENIED],
    ['not known without memory.stat', { currentBytes: 100 * MIB }, undefined],
  ])('working set: %s', (_name, change, expected) => {
    expect(container({ counters: memory(change) }).memory.workingSetBytes).toEqual(expected);
  });

  const limits: [string, readonly LimitAt[], Partial<Container['memory']>][] = [
    [
      'its own is the smallest',
      [at(CGROUP, 64 * MIB), at('/system.slice', GIB), at('/', undefined)],
      { limitBytes: 64 * MIB, effectiveLimitBytes: 64 * MIB, limitedBy: CGROUP },
    ],
    [
      'an ancestor’s is',
      [at(CGROUP, GIB), at('/system.slice', 64 * MIB)],
      { limitBytes: GIB, effectiveLimitBytes: 64 * MIB, limitedBy: '/system.slice' },
    ],
    [
      'an ancestor’s, itself without one',
      [at(CGROUP, 'max'), at('/a', 'max'), at('/', 3 * GIB)],
      { limitBytes: 'max', effectiveLimitBytes: 3 * GIB, limitedBy: '/' },
    ],
    [
      'none anywhere: what the host has',
      [at(CGROUP, 'max'), at('/system.slice', 'max')],
      { limitBytes: 'max', effectiveLimitBytes: HOST_BYTES, limitedBy: 'host' },
    ],
    [
      'more than the host has',
      [at(CGROUP, 64 * GIB)],
      { limitBytes: 64 * GIB, effectiveLimitBytes: HOST_BYTES, limitedBy: 'host' },
    ],
    [
      'two alike: the nearer one',
      [at(CGROUP, GIB), at('/system.slice', GIB)],
      { limitBytes: GIB, effectiveLimitBytes: GIB, limitedBy: CGROUP },
    ],
    ['0 is a limit', [at(CGROUP, 0)], { limitBytes: 0, effectiveLimitBytes: 0, limitedBy: CGROUP }],
    [
      'beyond 2^53',
      [at(CGROUP, 2n ** 60n)],
      { limitBytes: 2n ** 60n, effectiveLimitBytes: HOST_BYTES, limitedBy: 'host' },
    ],
    [
      'an ancestor that may not be read: unknown, and no number that may be wrong',
      [at(CGROUP, GIB), at('/system.slice', DENIED)],
      { limitBytes: GIB, effectiveLimitBytes: DENIED },
    ],
  ];
  it.each(limits)('limit: %s', (_name, list, expected) => {
    const { limitBytes, effectiveLimitBytes, limitedBy } = container({
      counters: memory({ limits: list }),
    }).memory;
    expect({ limitBytes, effectiveLimitBytes, ...(limitedBy !== undefined && { limitedBy }) }).toEqual(
      expected,
    );
  });

  it('without knowing the host’s memory the limit may be max', () => {
    const looked = container({
      host: { memTotalBytes: undefined },
      counters: memory({ limits: [at(CGROUP, 'max')] }),
    });
    expect(looked.memory.effectiveLimitBytes).toBe('max');
    expect(looked.memory.limitedBy).toBeUndefined();
  });
});

describe('pids', () => {
  it.each([
    ['its own', [at(CGROUP, 100), at('/', 'max')], 100, 100],
    ['an ancestor’s', [at(CGROUP, 'max'), at('/a', 50)], 'max', 50],
    ['none', [at(CGROUP, 'max')], 'max', 'max'],
    ['an ancestor that may not be read', [at(CGROUP, 100), at('/a', DENIED)], 100, DENIED],
  ])('limit: %s', (_name, limits: readonly LimitAt[], own, effective) => {
    const looked = container({ counters: { pids: { current: 7, limits } } });
    expect([looked.pidsCount, looked.pidsLimit, looked.effectivePidsLimit]).toEqual([7, own, effective]);
  });
});

describe('io', () => {
  const io = (readBytes: number | bigint, writeBytes: number | bigint, ioReadAtUsec = 0, ioInode = 77) => ({
    io: { readBytes, writeBytes },
    ioReadAtUsec,
    ioInode,
  });
  it.each([
    ['per second', io(0, 100), io(4096, 300, 2 * SECOND), [2048, 100]],
    ['one that stepped back', io(9, 100), io(8, 300, SECOND), [undefined, 200]],
    ['made again', io(0, 0), io(9, 9, SECOND, 78), [undefined, undefined]],
    ['beyond 2^53', io(2n ** 63n, 0), io(2n ** 63n + 1001n, 0, SECOND), [1001, 0]],
  ])('%s', (_name, before, now, expected) => {
    const { readBytesPerSec, writeBytesPerSec } = container({ counters: now }, { counters: before }).io;
    expect([readBytesPerSec, writeBytesPerSec]).toEqual(expected);
  });
});

describe('net', () => {
  const net = (rxBytes: number, txBytes: number, readAtUsec = 0) => ({
    net: { rxBytes, txBytes, readAtUsec },
  });

  it('per second, from the second sample on', () => {
    expect(container({ init: net(10, 20) }).net).toEqual({ rxBytes: 10, txBytes: 20 });
    expect(container({ init: net(1010, 20, SECOND) }, { init: net(10, 20) }).net).toEqual({
      rxBytes: 1010,
      txBytes: 20,
      rxBytesPerSec: 1000,
      txBytesPerSec: 0,
    });
  });

  it('has no rate across a restart, which makes a new net namespace', () => {
    const now = { init: net(5000, 5000, SECOND), process: { starttimeTicks: 2000 } };
    expect(container(now, { init: net(10, 20) }).net).toEqual({ rxBytes: 5000, txBytes: 5000 });
  });

  it('is absent with the host’s, and denied where it is', () => {
    expect(container({}).net).toBeUndefined();
    expect(container({ init: { net: DENIED } }).net).toEqual(DENIED);
  });
});

describe('state', () => {
  const frozen = (state: 'running' | 'freezing' | 'frozen', wishedBy?: string): Look => ({
    counters: { freezer: { state, ...(wishedBy !== undefined && { wishedBy }) } },
  });
  it.each([
    ['running', frozen('running'), 'running', undefined],
    ['frozen by its own wish', frozen('frozen', CGROUP), 'frozen', undefined],
    ['frozen by an ancestor’s', frozen('frozen', '/system.slice'), 'frozen', '/system.slice'],
    ['freezing', frozen('freezing', CGROUP), 'freezing', undefined],
    [
      'a frozen one whose init is a zombie',
      { ...frozen('frozen', CGROUP), process: { state: 'Z' } },
      'exited-init',
      undefined,
    ],
    ['no freezer', { counters: { freezer: { state: undefined } } }, 'running', undefined],
  ])('%s', (_name, look, state, frozenBy) => {
    const found = container(look);
    expect([found.state, found.frozenBy]).toEqual([state, frozenBy]);
  });
});

describe('the host', () => {
  it.each([
    ['busy half of the time', { busy: 1000, total: 4000 }, { busy: 1200, total: 4400 }, 0.5],
    ['no time has passed', { busy: 1000, total: 4000 }, { busy: 1000, total: 4000 }, undefined],
    ['iowait stepped back', { busy: 1000, total: 4000 }, { busy: 900, total: 4400 }, 0],
  ])('cpu: %s', (_name, before, now, expected) => {
    const look = (cpuTicks: { busy: number; total: number }) =>
      sampleOf(HOST_PROCESSES, { host: { cpuTicks } });
    expect(buildModel(look(now), look(before)).hostCpuRatio).toBe(expected);
  });

  it('has no ratio in the first sample, and none when a read fails', () => {
    expect(buildModel(sampleOf(HOST_PROCESSES)).hostCpuRatio).toBeUndefined();
    const denied = sampleOf(HOST_PROCESSES, { host: { cpuTicks: DENIED } });
    expect(isUnknown(denied.host.cpuTicks)).toBe(true);
    expect(buildModel(denied, sampleOf(HOST_PROCESSES)).hostCpuRatio).toBeUndefined();
  });
});
