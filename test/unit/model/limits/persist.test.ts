import { describe, expect, it } from 'vitest';
import { copiedWords } from '../../../../src/model/limits/copy.ts';
import {
  isSetLimit,
  type KeptContainer,
  keeperOf,
  persistence,
} from '../../../../src/model/limits/persist.ts';
import { PRESETS, parsePresets, presetWords } from '../../../../src/model/limits/presets.ts';
import { parseLimitWords } from '../../../../src/model/limits/request.ts';
import type { LimitRow } from '../../../../src/model/limits/view.ts';

const container = (runtime: string, more: Partial<KeptContainer> = {}): KeptContainer => ({
  name: 'web',
  runtime,
  id: 'abc',
  cgroupPaths: ['/docker/abc'],
  hasSystemd: false,
  ...more,
});
const row = (key: string, value: LimitRow['value'], more: Partial<LimitRow> = {}): LimitRow => ({
  key,
  file: `/cg/${key}.file`,
  unit: 'bytes',
  version: 2,
  value,
  effective: value,
  ...more,
});

describe('what makes it last', () => {
  it.each<[string, KeptContainer, LimitRow[], readonly string[]]>([
    [
      'docker, with swap that belongs to the memory',
      container('docker'),
      [row('memory', 100), row('cpu', 1.5)],
      ['docker', 'update', '--memory', '100', '--cpus', '1.5', '--memory-swap', '150', 'abc'],
    ],
    [
      'docker, no limit',
      container('docker'),
      [row('memory', 'max'), row('swap', 'max'), row('pids', 'max')],
      ['docker', 'update', '--memory', '-1', '--memory-swap', '-1', '--pids-limit', '-1', 'abc'],
    ],
    [
      'podman, weights as docker counts them',
      container('podman'),
      [row('cpu-weight', 100), row('io-weight', 4950)],
      ['podman', 'update', '--cpu-shares', '1024', '--blkio-weight', '500', 'abc'],
    ],
    [
      'a unit of systemd',
      container('unshare', { hasSystemd: true, cgroupPaths: ['/system.slice/web.service'] }),
      [
        row('memory', 100),
        row('cpu', 0.5),
        row('swap', 'max'),
        row('io', { rbps: 5, wbps: 'max', riops: 'max', wiops: 'max' }, { device: '8:0' }),
      ],
      [
        ...[
          'systemctl',
          'set-property',
          'web.service',
          'MemoryMax=100',
          'CPUQuota=50%',
          'MemorySwapMax=infinity',
        ],
        ...['IOReadBandwidthMax=/dev/block/8:0 5', 'IOWriteBandwidthMax=/dev/block/8:0 infinity'],
        ...['IOReadIOPSMax=/dev/block/8:0 infinity', 'IOWriteIOPSMax=/dev/block/8:0 infinity'],
      ],
    ],
  ])('%s', (_, kept, rows, command) => {
    const all = [row('memory', 100), row('swap', 50)];
    const shown = [...rows, ...all.filter(({ key }) => !rows.some((each) => each.key === key))];
    expect(persistence(kept, rows, shown).commands).toEqual([command]);
  });

  it('lxc has its own file', () => {
    const rows = [row('memory', 100, { file: '/cg/memory.limit_in_bytes', version: 1, setting: '100' })];
    expect(persistence(container('lxc'), rows, rows).config?.lines).toEqual([
      'lxc.cgroup.memory.limit_in_bytes = 100',
    ]);
  });

  it('what cannot be kept, and where nothing keeps it', () => {
    const rows = [row('cpu-burst', 5)];
    expect(persistence(container('docker'), rows, rows)).toEqual({
      commands: [],
      notes: ['docker update cannot keep cpu-burst'],
    });
    expect(persistence(container('unshare'), rows, rows).notes[0]).toContain('nothing keeps this container');
    expect(persistence(container('runc'), rows, rows).notes[0]).toContain('config.json');
  });

  it('who will write other values', () => {
    expect(keeperOf(container('docker'))).toContain('docker does not know');
    expect(keeperOf(container('unshare'))).toBeUndefined();
    const unit = { hasSystemd: true, cgroupPaths: ['/a.slice/b.scope/c'] };
    expect(keeperOf(container('unshare', unit))).toContain('into b.scope');
  });
});

describe('presets', () => {
  it('are words that mean something', () => {
    for (const words of Object.values(PRESETS)) expect(parseLimitWords(words)).toHaveLength(words.length);
  });

  it('of the user come first', () => {
    const own = parsePresets('{"presets": {"small": ["pids=9"], "batch": ["cpu-idle=1"]}}', 'f');
    expect(presetWords('small', own)).toEqual(['pids=9']);
    expect(presetWords('batch', own)).toEqual(['cpu-idle=1']);
    expect(() => presetWords('smal', own)).toThrow(/did you mean small\?/);
    expect(() => presetWords('toString', own)).toThrow(/there are small, medium, large, none, batch/);
  });

  it.each([
    '',
    '[]',
    '{"presets": []}',
    '{"presets": {"a": "memory=1"}}',
    '{"presets": {"a": [1]}}',
    '{"other": {}}',
  ])('a file that says something else: %s', (text) => {
    expect(() => parsePresets(text, 'limits.json')).toThrow(/limits\.json: /);
  });
});

describe('what is set, and not only what the kernel gives every cgroup', () => {
  const free = { rbps: 'max', wbps: 'max', riops: 'max', wiops: 'max' } as const;
  const v1 = (file: string, setting: string) => ({ version: 1, file: `/cg/${file}`, setting }) as const;

  it.each([
    row('memory', 100),
    row('cpuset-cpus', '0'),
    row('io', { ...free, wbps: 5 }),
    row('io-weight', 200),
    row('io-weight', 910, v1('blkio.weight', '100')),
    row('cpu-weight', 20, v1('cpu.shares', '512')),
  ])('set: $key $value', (each) => {
    expect(isSetLimit(each)).toBe(true);
  });

  it.each([
    row('memory', 'max'),
    row('cpuset-cpus', ''),
    row('cpuset-cpus', '0-1', { version: 1, inherited: true }),
    row('io', free),
    row('io-weight', 100),
    row('io-weight', 910, v1('blkio.bfq.weight', '100')),
    row('io-weight', 4950, v1('blkio.weight', '500')),
    row('cpu-weight', 39, v1('cpu.shares', '1024')),
    row('memory-low', 0),
    row('devices', 'a *:* rwm'),
    row('memory-high', { unknown: 'unsupported', path: '/x', errno: 'ENOENT' }),
  ])('not set: $key $value', (each) => {
    expect(isSetLimit(each)).toBe(false);
  });
});

it('the limits of another are words again', () => {
  const rows = [
    row('memory', 100),
    row('cpu', 'max'),
    row('cpu-idle', 1),
    row('cpu-weight', 0),
    row('cpuset-cpus', '0-1'),
    row('io', { rbps: 5, wbps: 'max', riops: 'max', wiops: 'max' }, { device: '8:0' }),
    row('hugetlb', 7, { pageSize: '2MB' }),
    row('devices', 'a *:* rwm'),
    row('memory-high', { unknown: 'unsupported', path: '/x', errno: 'ENOENT' }),
  ];
  const words = copiedWords(rows);
  expect(words).toEqual([
    ...['memory=100', 'cpu=max', 'cpu-idle=1', 'cpuset-cpus=0-1'],
    ...['io=8:0:rbps=5,wbps=max,riops=max,wiops=max', 'hugetlb=2MB:7'],
  ]);
  expect(parseLimitWords(words)).toHaveLength(words.length);
});
