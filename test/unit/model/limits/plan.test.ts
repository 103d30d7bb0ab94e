import { describe, expect, it } from 'vitest';
import { ok } from '../../../../src/kernel/reading.ts';
import { accepted, adviseOn } from '../../../../src/model/limits/advice.ts';
import { whyRefused } from '../../../../src/model/limits/explain.ts';
import { planLimits } from '../../../../src/model/limits/plan.ts';
import { LimitRefusal } from '../../../../src/model/limits/refusal.ts';
import { parseLimitWords } from '../../../../src/model/limits/request.ts';
import { payloadOf } from '../../../../src/model/limits/settings.ts';
import type { LimitLevel, LimitPlace, LimitSnapshot } from '../../../../src/model/limits/snapshot.ts';
import { limitRows } from '../../../../src/model/limits/view.ts';

type Files = Readonly<Record<string, string>>;

const level = (path: string, files: Files): LimitLevel => ({
  path,
  directory: `/cg${path}`,
  // A list is a line also when it is empty; lines for each device are not.
  texts: new Map(
    Object.entries(files).map(([name, text]) => [
      name,
      ok(text === '' && name.includes('_device') ? '' : `${text}\n`),
    ]),
  ),
});

const place = (
  version: 1 | 2,
  controllers: readonly string[],
  own: Files,
  ...above: readonly Files[]
): LimitPlace => ({
  hierarchy: version === 2 ? 'v2' : controllers.join(','),
  version,
  controllers,
  own: level('/a/b', own),
  above: above.map((files, index) => level(index === 0 ? '/a' : '', files)),
});

const snapshot = (...places: LimitPlace[]): LimitSnapshot => ({ places, host: { memTotalBytes: 2 ** 34 } });

const MAX_V1 = '9223372036854771712';
const M = 1024 * 1024;
const mega = (count: number) => String(count * M);
const memoryV1 = (limit: string, memsw?: string) =>
  snapshot(
    place(1, ['memory'], {
      'memory.limit_in_bytes': limit,
      ...(memsw !== undefined && { 'memory.memsw.limit_in_bytes': memsw }),
      'memory.usage_in_bytes': '0',
    }),
  );
const CPU_V1 = {
  'cpu.cfs_quota_us': '-1',
  'cpu.cfs_period_us': '100000',
  'cpu.shares': '1024',
  'cpu.idle': '0',
};
const cpuV1 = (files: Files = {}) => snapshot(place(1, ['cpu'], { ...CPU_V1, ...files }));
const V2 = {
  'memory.max': 'max',
  'memory.swap.max': 'max',
  'cpu.max': 'max 100000',
  'cpu.weight': '100',
  'cpu.idle': '0',
  'io.max': '8:16 rbps=max wbps=1 riops=max wiops=max',
  'io.weight': 'default 100\n8:0 200',
  'pids.max': '100',
};
const v2 = (own: Files = {}, ...above: Files[]) =>
  snapshot(place(2, ['memory', 'cpu', 'io', 'pids'], { ...V2, ...own }, ...above));
const only = (controllers: readonly string[], own: Files, ...above: Files[]) =>
  snapshot(place(2, controllers, own, ...above));

const planned = (words: string, at: LimitSnapshot) =>
  planLimits(parseLimitWords(words.split(' ')), {
    snapshot: at,
    devices: new Map([
      ['/dev/sda', '8:0'],
      ['8:16', '8:16'],
    ]),
  }).steps.flatMap((step) => step.writes);

/** File, from, to, and what is written where that is something else. */
const writes = (words: string, at: LimitSnapshot) =>
  planned(words, at).map(({ file, kind, from, to, device }) => {
    const payload = payloadOf(kind, to, device);
    return [file, from, to, ...(payload === to ? [] : [payload])];
  });

const NO_RATES = 'rbps=max wbps=max riops=max wiops=max';

describe('files, from and to, and what is written', () => {
  it.each<[string, LimitSnapshot, readonly (readonly string[])[]]>([
    ['memory=64M', v2(), [['memory.max', 'max', mega(64)]]],
    ['memory=max', memoryV1(mega(64), MAX_V1), [['memory.limit_in_bytes', mega(64), 'max', '-1']]],
    [
      // Raised: the sum first, and swap stays.
      'memory=256M',
      memoryV1(mega(64), mega(96)),
      [
        ['memory.memsw.limit_in_bytes', mega(96), mega(288)],
        ['memory.limit_in_bytes', mega(64), mega(256)],
      ],
    ],
    [
      'memory=32M',
      memoryV1(mega(64), mega(96)),
      [
        ['memory.limit_in_bytes', mega(64), mega(32)],
        ['memory.memsw.limit_in_bytes', mega(96), mega(64)],
      ],
    ],
    [
      // From none to some is lowered.
      'swap=0 memory=128M',
      memoryV1(mega(64), MAX_V1),
      [
        ['memory.limit_in_bytes', mega(64), mega(128)],
        ['memory.memsw.limit_in_bytes', 'max', mega(128)],
      ],
    ],
    ['memory=64M', memoryV1(MAX_V1, MAX_V1), [['memory.limit_in_bytes', 'max', mega(64)]]],
    ['memory=64M', memoryV1(MAX_V1), [['memory.limit_in_bytes', 'max', mega(64)]]],
    ['memory=+50%', memoryV1(mega(64), MAX_V1), [['memory.limit_in_bytes', mega(64), mega(96)]]],
    ['memory=50%', v2({}, { 'memory.max': mega(100) }), [['memory.max', 'max', mega(50)]]],
    ['memory=50%', v2(), [['memory.max', 'max', String(2 ** 33)]]],
    ['cpu=1.5', v2(), [['cpu.max', 'max 100000', '150000 100000']]],
    ['cpu=1.5', cpuV1(), [['cpu.cfs_quota_us', 'max', '150000']]],
    ['cpu=max', cpuV1({ 'cpu.cfs_quota_us': '5000' }), [['cpu.cfs_quota_us', '5000', 'max', '-1']]],
    [
      // No moment in between allows more than either.
      'cpu=20000/40000',
      cpuV1({ 'cpu.cfs_quota_us': '100000' }),
      [
        ['cpu.cfs_quota_us', '100000', '20000'],
        ['cpu.cfs_period_us', '100000', '40000'],
      ],
    ],
    [
      'cpu=80000/200000',
      cpuV1({ 'cpu.cfs_quota_us': '50000' }),
      [
        ['cpu.cfs_period_us', '100000', '200000'],
        ['cpu.cfs_quota_us', '50000', '80000'],
      ],
    ],
    ['cpu-weight=100', cpuV1({ 'cpu.shares': '2' }), [['cpu.shares', '2', '1024']]],
    ['cpu-shares=2000', v2(), [['cpu.weight', '100', '170']]],
    [
      // With weight or not: idle goes first when it ends.
      'cpu-weight=50 cpu-idle=0',
      v2({ 'cpu.idle': '1', 'cpu.weight': '0' }),
      [
        ['cpu.idle', '1', '0'],
        ['cpu.weight', '0', '50'],
      ],
    ],
    [
      'io=/dev/sda:rbps=1M',
      v2(),
      [
        [
          'io.max',
          NO_RATES,
          `rbps=${M} wbps=max riops=max wiops=max`,
          `8:0 rbps=${M} wbps=max riops=max wiops=max`,
        ],
      ],
    ],
    [
      'io=8:16:riops=5',
      v2(),
      [
        [
          'io.max',
          'rbps=max wbps=1 riops=max wiops=max',
          'rbps=max wbps=1 riops=5 wiops=max',
          '8:16 rbps=max wbps=1 riops=5 wiops=max',
        ],
      ],
    ],
    ['io-weight=300', v2(), [['io.weight', '100', '300', 'default 300']]],
    [
      'io=/dev/sda:rbps=1M,wiops=max',
      snapshot(
        place(1, ['blkio'], {
          'blkio.throttle.read_bps_device': '',
          'blkio.throttle.write_iops_device': '8:0 5',
        }),
      ),
      [
        ['blkio.throttle.read_bps_device', 'max', String(M), `8:0 ${M}`],
        ['blkio.throttle.write_iops_device', '5', 'max', '8:0 0'],
      ],
    ],
    ['pids=100', v2(), []],
    [
      'hugetlb=2MB:5M',
      only(['hugetlb'], { 'hugetlb.2MB.max': 'max', 'hugetlb.2MB.rsvd.max': 'max' }),
      [
        ['hugetlb.2MB.max', 'max', mega(4)],
        ['hugetlb.2MB.rsvd.max', 'max', mega(4)],
      ],
    ],
    ['cpuset-cpus=0-1,2', only(['cpuset'], { 'cpuset.cpus': '' }), [['cpuset.cpus', '', '0-2']]],
    ['cpuset-cpus=', only(['cpuset'], { 'cpuset.cpus': '1' }), [['cpuset.cpus', '1', '', '\n']]],
  ])('%s', (words, at, expected) => {
    expect(writes(words, at)).toEqual(expected);
  });

  it('going idle remembers the weight, which the kernel forgets', () => {
    const [write] = planned('cpu-idle=1', v2({ 'cpu.weight': '250' }));
    expect(write?.alsoChanges).toEqual({ file: 'cpu.weight', kind: 'count', from: '250' });
  });
});

describe('refused', () => {
  it.each<[string, LimitSnapshot, RegExp]>([
    ['memory-high=1G', memoryV1(MAX_V1), /cgroup v1 has no such limit; memory-low/],
    ['swappiness=1', v2(), /cgroup v2 has no such limit; .*swap limits/],
    ['swap=1G', memoryV1(MAX_V1), /this kernel has no memory.memsw.limit_in_bytes/],
    ['cpu=1', memoryV1(MAX_V1), /no mounted cgroup hierarchy has the cpu controller/],
    [
      'pids=5',
      only(
        ['pids'],
        { 'cgroup.controllers': 'cpu' },
        { 'cgroup.subtree_control': 'cpu' },
        { 'cgroup.subtree_control': 'pids' },
      ),
      /the pids controller is not enabled for \/a\/b: write \+pids to \/cg\/a\/cgroup\.subtree_control; nothing was changed/,
    ],
    [
      'pids=5',
      only(
        ['pids'],
        { 'cgroup.controllers': '' },
        { 'cgroup.subtree_control': '' },
        { 'cgroup.subtree_control': '' },
      ),
      /write \+pids to \/cg\/cgroup\.subtree_control, then to \/cg\/a\/cgroup\.subtree_control/,
    ],
    ['memory=+20%', v2(), /it has no limit that could be changed/],
    ['pids-=200', v2(), /from 100 that would come to -100/],
    ['cpu=0.001', v2(), /the least is 0\.01 cores/],
    [
      'hugetlb=1GB:1G',
      only(['hugetlb'], { 'hugetlb.2MB.max': 'max' }),
      /no pages of 1GB here; there are 2MB/,
    ],
  ])('%s', (words, at, said) => {
    expect(() => writes(words, at)).toThrow(said);
  });
});

describe('advice', () => {
  const used = { 'memory.current': mega(200), 'pids.current': '10', 'memory.high': 'max' };

  it('harm is refused with the numbers, and done by force', () => {
    const advice = adviseOn(planned('memory=100M', v2(used)), v2(used));
    expect(() => accepted(advice, false)).toThrow(LimitRefusal);
    expect(() => accepted(advice, false)).toThrow(
      /memory=100M is below the 200M that it uses .*memory-high=100M slows it down/,
    );
    expect(accepted(advice, true)).toHaveLength(1);
  });

  it.each<[string, LimitSnapshot, RegExp]>([
    ['memory-high=100M', v2(used), /it will be slowed down until it fits/],
    ['pids=5', v2(used), /there are 10 now/],
    ['pids=500', v2(used, { 'pids.max': '300' }), /pids=500 has no effect: \/a allows 300/],
    ['memory=32G', v2(used), /memory=32\.0G has no effect: the host has 16\.0G/],
    ['cpu=4', v2(used, { 'cpu.max': '50000 100000' }), /cpu=4 has no effect: \/a allows 0\.5/],
    [
      'cpuset-cpus=0-3',
      only(['cpuset'], { 'cpuset.cpus': '' }, { 'cpuset.cpus.effective': '0-1' }),
      /\/a has 0-1 only, so 2,3 has no effect/,
    ],
  ])('%s', (words, at, said) => {
    const { harms, notes } = adviseOn(planned(words, at), at);
    expect(harms).toEqual([]);
    expect(notes.join('; ')).toMatch(said);
  });

  it('why the kernel refuses', () => {
    expect(whyRefused({ file: 'memory.limit_in_bytes' }, 'EBUSY')).toContain('more is in use');
    expect(whyRefused({ file: 'cpu.weight' }, 'EINVAL')).toContain('cpu-idle');
    expect(whyRefused({ file: 'pids.max' }, 'EINVAL')).toBeUndefined();
  });
});

describe('shown', () => {
  const row = (key: string, at: LimitSnapshot) => limitRows(at).find((each) => each.key === key);

  it.each<[string, LimitSnapshot, object]>([
    ['memory', v2({}, { 'memory.max': mega(50) }), { value: 'max', effective: 50 * M, cappedBy: '/a' }],
    ['memory', v2(), { value: 'max', effective: 2 ** 34, cappedBy: 'host' }],
    [
      'cpu',
      v2({ 'cpu.max': '50000 100000' }, { 'cpu.max': '100000 100000' }),
      { value: 0.5, effective: 0.5 },
    ],
    ['swap', memoryV1(mega(64), mega(96)), { value: 32 * M }],
    ['cpu-weight', cpuV1({ 'cpu.shares': '512' }), { value: 59, effective: 59 }],
    [
      'io',
      v2({}, { 'io.max': '8:16 rbps=7 wbps=max riops=max wiops=max' }),
      {
        device: '8:16',
        value: { rbps: 'max', wbps: 1, riops: 'max', wiops: 'max' },
        effective: { rbps: 7, wbps: 1, riops: 'max', wiops: 'max' },
        cappedBy: '/a',
      },
    ],
    ['pids', v2({ 'pids.current': '7' }), { value: 100, use: 7 }],
    [
      'hugetlb',
      only(['hugetlb'], { 'hugetlb.2MB.max': 'max', 'hugetlb.2MB.current': mega(4) }),
      { use: 4 * M },
    ],
    ['memory-high', v2(), { value: { unknown: 'unsupported', errno: 'ENOENT' } }],
    ['devices', v2(), { value: { unknown: 'unsupported' } }],
  ])('%s', (key, at, expected) => {
    expect(row(key, at)).toMatchObject(expected);
  });

  it('a list of v1 that is that of the cgroup above is inherited', () => {
    const at = (own: string, above: string) =>
      row('cpuset-cpus', snapshot(place(1, ['cpuset'], { 'cpuset.cpus': own }, { 'cpuset.cpus': above })));
    expect(at('0-1', '0-1')).toMatchObject({ value: '0-1', inherited: true });
    expect(at('0', '0-1')).not.toHaveProperty('inherited');
    expect(
      row('cpuset-cpus', only(['cpuset'], { 'cpuset.cpus': '0' }, { 'cpuset.cpus': '0' })),
    ).not.toHaveProperty('inherited');
  });

  it('a file that the kernel writes in another way is unknown', () => {
    expect(row('pids', v2({ 'pids.max': 'plenty' }))?.value).toEqual({
      unknown: 'unsupported',
      path: '/cg/a/b/pids.max',
      errno: 'EPARSE',
    });
  });
});
