/** Files that only the tree of cgroups reads: cgroup.stat, cgroup.type, cpuset.*, io.max and v1's throttles, flags, counts. */
import { describe, expect, test } from 'vitest';
import { parseBlkioOperations } from '../../../../src/kernel/cgroup/blkio-bytes.ts';
import { parseCgroupStat } from '../../../../src/kernel/cgroup/cgroup-stat.ts';
import { parseCgroupType } from '../../../../src/kernel/cgroup/cgroup-type.ts';
import { parseCpuList, parsePartition } from '../../../../src/kernel/cgroup/cpuset.ts';
import { parseIoMax, parseThrottleV1 } from '../../../../src/kernel/cgroup/io-max.ts';
import { countPids } from '../../../../src/kernel/cgroup/procs.ts';
import { parseFlag } from '../../../../src/kernel/cgroup/value.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { survives } from '../survives.ts';

const STAT =
  'nr_descendants 404\nnr_subsys_memory 405\nnr_dying_descendants 1\nnr_dying_subsys_memory 7\nnr_dying_subsys_pids 0\n';

describe('cgroup.stat', () => {
  test.each([
    [
      '6.18, by controller',
      STAT,
      { descendants: 404, dyingDescendants: 1, dyingByController: { memory: 7, pids: 0 } },
    ],
    ['6.1', 'nr_descendants 2\nnr_dying_descendants 0\n', { descendants: 2, dyingDescendants: 0 }],
  ])('%s', (_name, text, expected) => {
    expect(parseCgroupStat(text)).toEqual(expected);
  });
  test.each(['', 'nr_descendants 2\n', 'nr_descendants x\nnr_dying_descendants 0\n'])(
    '%j is refused',
    (text) => {
      expect(() => parseCgroupStat(text)).toThrow(KernelParseError);
    },
  );
  survives(parseCgroupStat, STAT);
});

describe('cgroup.type', () => {
  test.each(['domain', 'threaded', 'domain threaded', 'domain invalid'])('%s', (type) => {
    expect(parseCgroupType(`${type}\n`)).toBe(type);
  });
  test.each(['', 'domain sideways\n', 'domain\nthreaded\n'])('%j is refused', (text) => {
    expect(() => parseCgroupType(text)).toThrow(KernelParseError);
  });
  survives(parseCgroupType, 'domain threaded\n');
});

describe('cpuset', () => {
  test.each([
    ['0-3,7\n', '0-3,7'],
    ['0\n', '0'],
    ['nothing set: empty, which is an answer', '', ''],
    ['\n', ''],
  ])('%j', (...row) => {
    const [text, expected] = row.slice(-2);
    expect(parseCpuList(text ?? '', 'cpuset.cpus')).toBe(expected);
  });
  test.each(['0-\n', 'all\n', '0 1\n', '0\n1\n'])('%j is refused', (text) => {
    expect(() => parseCpuList(text, 'cpuset.cpus')).toThrow(KernelParseError);
  });
  test.each(['member', 'root', 'isolated', 'root invalid (Cpu list in cpuset.cpus not exclusive)'])(
    '%s',
    (state) => {
      expect(parsePartition(`${state}\n`)).toBe(state);
    },
  );
  test('another state is refused', () => {
    expect(() => parsePartition('guest\n')).toThrow(KernelParseError);
  });
  survives((text) => parseCpuList(text, 'cpuset.cpus'), '0-3,7\n');
  survives(parsePartition, 'root invalid (why)\n');
});

describe('io limits', () => {
  test('io.max: only what is limited is a number, keys of newer kernels are skipped', () => {
    expect(parseIoMax('8:16 rbps=2097152 wbps=max riops=max wiops=120 zzz=1\n')).toEqual([
      {
        device: '8:16',
        readBytesPerSec: 2097152,
        writeBytesPerSec: 'max',
        readOpsPerSec: 'max',
        writeOpsPerSec: 120,
      },
    ]);
  });
  test('none', () => expect(parseIoMax('')).toEqual([]));
  test('v1 has a file for each', () => {
    expect(parseThrottleV1('8:16 1048576\n254:0 7\n', 'f')).toEqual(
      new Map([
        ['8:16', 1048576],
        ['254:0', 7],
      ]),
    );
  });
  test.each(['rbps=1\n', '8:16 rbps=x\n'])('%j is refused', (text) => {
    expect(() => parseIoMax(text)).toThrow(KernelParseError);
  });
  survives(parseIoMax, '8:16 rbps=2097152 wbps=max riops=max wiops=120\n');
  survives((text) => parseThrottleV1(text, 'f'), '8:16 1048576\n');
});

describe('operations of v1', () => {
  const TEXT = '254:0 Read 12\n254:0 write 3\n254:0 Sync 15\n254:0 Total 15\nTotal 15\n';
  test('in either case, without what splits the same in another way', () => {
    expect(parseBlkioOperations(TEXT)).toEqual([{ device: '254:0', readOps: 12, writeOps: 3 }]);
  });
  survives(parseBlkioOperations, TEXT);
});

describe('one value', () => {
  test.each([
    ['a pid listed twice, when it moved away and back', '7\n8\n7\n', 2],
    ['processes outside our pid namespace', '0\n0\n9\n', 3],
    ['none', '', 0],
  ])('%s', (_name, text, expected) => {
    expect(countPids(text)).toBe(expected);
  });
  test('flags', () => {
    expect([parseFlag('1\n', 'f'), parseFlag('0\n', 'f')]).toEqual([true, false]);
    expect(() => parseFlag('2\n', 'f')).toThrow(KernelParseError);
  });
});
