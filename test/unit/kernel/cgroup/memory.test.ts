/** memory.stat, memory.events and memory.oom_control of both versions. */
import { describe, expect, test } from 'vitest';
import { parseMemoryEvents, parseOomControlV1 } from '../../../../src/kernel/cgroup/memory-events.ts';
import { parseMemoryStatV1, parseMemoryStatV2 } from '../../../../src/kernel/cgroup/memory-stat.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const V2 = fixture('cgroup/linux-6.1-v2/memory.stat');
const V1 = fixture('cgroup/linux-6.18-v1/memory.stat');

describe('parseMemoryStatV2', () => {
  test('6.1', () => {
    expect(parseMemoryStatV2(V2)).toEqual({
      anonBytes: 10485760,
      fileBytes: 20971520,
      shmemBytes: 1048576,
      inactiveFileBytes: 15728640,
      activeFileBytes: 4194304,
      kernelBytes: 3145728,
      slabBytes: 1572864,
      kernelStackBytes: 65536,
      pageTablesBytes: 131072,
      sockBytes: 4096,
      mappedFileBytes: 2097152,
      dirtyBytes: 4096,
      writebackBytes: 0,
      unevictableBytes: 0,
      pageFaults: 43210,
      majorPageFaults: 21,
    });
  });

  test('5.10 does not sum up kernel memory: unknown, not 0', () => {
    const stat = parseMemoryStatV2(fixture('cgroup/linux-5.10-v2/memory.stat'));
    expect(stat).toMatchObject({ anonBytes: 1216512, slabBytes: 255416, kernelStackBytes: 36864 });
    expect(stat).not.toHaveProperty('kernelBytes');
    expect(stat).not.toHaveProperty('pageTablesBytes');
  });

  test.each([
    ['nothing', ''],
    ['a file cut before active_file', fixture('broken/memory.stat-cut')],
    ['words', fixture('broken/memory.stat-words')],
    ['a v1 file', V1],
  ])('%s is refused', (_, text) => {
    expect(() => parseMemoryStatV2(text)).toThrow(KernelParseError);
  });

  survives(parseMemoryStatV2, V2);
});

describe('parseMemoryStatV1', () => {
  // The process in it wrote 7,000,000 bytes to a file and 3,000,000 to a tmpfs, and held 9,000,000 zero bytes, under 64 MiB.
  test('"usage minus total_inactive_file": takes the sums of the subtree, not the cgroup alone (6.18)', () => {
    const stat = parseMemoryStatV1(V1);
    expect(stat).toMatchObject({
      anonBytes: 11993088,
      fileBytes: 10002432,
      shmemBytes: 3002368,
      inactiveFileBytes: 7000064,
      hierarchicalLimitBytes: 64 * 1024 * 1024,
      hierarchicalMemswLimitBytes: 'max',
      swapBytes: 0,
    });
    const nested = parseMemoryStatV1(V1.replace(/^rss .*/m, 'rss 1').replace(/^cache .*/m, 'cache 1'));
    expect(nested).toEqual(stat);
  });

  test('3.10 has no shmem (unknown, not 0), and says LLONG_MAX for no limit', () => {
    const stat = parseMemoryStatV1(fixture('cgroup/linux-3.10-v1/memory.stat'));
    expect(stat).toEqual({
      anonBytes: 2097152,
      fileBytes: 163840,
      inactiveFileBytes: 81920,
      activeFileBytes: 77824,
      swapBytes: 12288,
      mappedFileBytes: 8192,
      unevictableBytes: 0,
      pageFaults: 4000,
      majorPageFaults: 6,
      hierarchicalLimitBytes: 'max',
      hierarchicalMemswLimitBytes: 'max',
    });
  });

  test('without swap accounting there is no memsw limit and no swap', () => {
    const stat = parseMemoryStatV1(V1.replace(/^(hierarchical_memsw_limit|swap|total_swap) .*\n/gm, ''));
    expect(stat).not.toHaveProperty('hierarchicalMemswLimitBytes');
    expect(stat).not.toHaveProperty('swapBytes');
  });

  test('a v2 file is refused', () => {
    expect(() => parseMemoryStatV1(V2)).toThrow(KernelParseError);
  });

  survives(parseMemoryStatV1, V1);
});

describe('parseMemoryEvents', () => {
  test.each([
    ['6.1', { low: 0, high: 3, max: 41, oom: 2, oomKill: 1, oomGroupKill: 0 }],
    ['5.10', { low: 0, high: 0, max: 7, oom: 1, oomKill: 1 }],
  ])('%s', (kernel, expected) => {
    expect(parseMemoryEvents(fixture(`cgroup/linux-${kernel}-v2/memory.events`))).toEqual(expected);
  });

  test('keys in any order, unknown ones skipped', () => {
    expect(parseMemoryEvents('oom_kill 5\nsock_throttled 9\noom 4\nmax 3\nhigh 2\nlow 1\n')).toEqual({
      low: 1,
      high: 2,
      max: 3,
      oom: 4,
      oomKill: 5,
    });
  });

  test.each(['', 'low 0\nhigh 0\nmax 0\noom 0\n', 'low x\nhigh 0\nmax 0\noom 0\noom_kill 0\n'])(
    '%j is refused',
    (text) => {
      expect(() => parseMemoryEvents(text)).toThrow(KernelParseError);
    },
  );

  survives(parseMemoryEvents, fixture('cgroup/linux-6.1-v2/memory.events'));
});

describe('parseOomControlV1', () => {
  test.each([
    ['linux-6.18-v1', { oomKillDisable: false, underOom: false, oomKill: 1 }],
    ['linux-3.10-v1', { oomKillDisable: false, underOom: false }],
  ])('%s', (kernel, expected) => {
    expect(parseOomControlV1(fixture(`cgroup/${kernel}/memory.oom_control`))).toEqual(expected);
  });

  test('flags set', () => {
    expect(parseOomControlV1('oom_kill_disable 1\nunder_oom 1\n')).toEqual({
      oomKillDisable: true,
      underOom: true,
    });
  });

  test.each(['', 'under_oom 0\n'])('%j is refused', (text) => {
    expect(() => parseOomControlV1(text)).toThrow(KernelParseError);
  });

  survives(parseOomControlV1, fixture('cgroup/linux-6.18-v1/memory.oom_control'));
});
