/** cpu.stat, cpuacct.usage, cpu.max and the v1 quota. */
import { describe, expect, test } from 'vitest';
import { parseCfsQuota, parseCpuMax } from '../../../../src/kernel/cgroup/cpu-max.ts';
import { parseCpuacctUsage, parseCpuStat, parseCpuStatV1 } from '../../../../src/kernel/cgroup/cpu-stat.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const V2 = fixture('cgroup/linux-6.1-v2/cpu.stat');
const V1 = fixture('cgroup/linux-6.18-v1/cpu.stat');

describe('parseCpuStat', () => {
  test('a limited cgroup (6.1)', () => {
    expect(parseCpuStat(V2)).toEqual({
      usageUsec: 7519841,
      userUsec: 5012345,
      systemUsec: 2507496,
      nrPeriods: 75,
      nrThrottled: 74,
      throttledUsec: 7391034,
      nrBursts: 0,
      burstUsec: 0,
    });
  });

  test('"cpu.stat exists even where the controller is not enabled": without throttling, which is not 0 (5.10)', () => {
    expect(parseCpuStat(fixture('cgroup/linux-5.10-v2/cpu.stat'))).toEqual({
      usageUsec: 1023,
      userUsec: 1000,
      systemUsec: 23,
    });
  });

  test('keys of newer kernels are skipped, values beyond 2^53 exact', () => {
    expect(parseCpuStat('later_usec 0\nusage_usec 9007199254740993\n')).toEqual({
      usageUsec: 9007199254740993n,
    });
  });

  test.each(['', 'user_usec 1\n', 'usage_usec x\n', V1])('%j is refused', (text) => {
    expect(() => parseCpuStat(text)).toThrow(KernelParseError);
  });

  survives(parseCpuStat, V2);
});

describe('v1', () => {
  test.each([
    ['6.18', V1, { nrPeriods: 13, nrThrottled: 10, throttledUsec: 754612, nrBursts: 0, burstUsec: 0 }],
    [
      '4.19, without bursts',
      fixture('cgroup/linux-4.19-v1/cpu.stat'),
      { nrPeriods: 120, nrThrottled: 30, throttledUsec: 4567890 },
    ],
  ])('throttled_time is in nanoseconds (%s)', (_, text, expected) => {
    expect(parseCpuStatV1(text)).toEqual(expected);
  });

  test.each([
    ['211932842\n', 211932],
    ['999\n', 0],
    ['9007199254740993000\n', 9007199254740993n],
    ['9007199254740993\n', 9007199254740],
  ])('cpuacct.usage of %j nanoseconds is %s microseconds', (text, expected) => {
    expect(parseCpuacctUsage(text)).toBe(expected);
  });

  test('a v2 file is refused', () => {
    expect(() => parseCpuStatV1(V2)).toThrow(KernelParseError);
    expect(() => parseCpuacctUsage(V2)).toThrow(KernelParseError);
  });

  survives(parseCpuStatV1, V1);
  survives(parseCpuacctUsage, fixture('cgroup/linux-6.18-v1/cpuacct.usage'));
});

describe('parseCpuMax', () => {
  test.each([
    ['max 100000\n', { quotaUsec: 'max', periodUsec: 100000 }],
    ['50000 100000\n', { quotaUsec: 50000, periodUsec: 100000 }],
  ])('%j', (text, expected) => {
    expect(parseCpuMax(text)).toEqual(expected);
  });

  test.each(['', 'max\n', '1 2 3\n', 'x 100000\n', '50000 max\n', '50000  100000\n'])(
    '%j is refused',
    (text) => {
      expect(() => parseCpuMax(text)).toThrow(KernelParseError);
    },
  );

  survives(parseCpuMax, 'max 100000\n', '50000 100000\n');
});

describe('parseCfsQuota', () => {
  test('gives what cpu.max gives (6.18)', () => {
    const read = (file: string) => fixture(`cgroup/linux-6.18-v1/${file}`);
    expect(parseCfsQuota(read('cpu.cfs_quota_us'), read('cpu.cfs_period_us'))).toEqual(
      parseCpuMax('20000 100000\n'),
    );
  });

  test('"v1 says -1"', () => {
    expect(parseCfsQuota('-1\n', '100000\n')).toEqual({ quotaUsec: 'max', periodUsec: 100000 });
  });

  test.each([
    ['max\n', '100000\n'],
    ['1\n', ''],
    ['', '1\n'],
  ])('%j and %j are refused', (quota, period) => {
    expect(() => parseCfsQuota(quota, period)).toThrow(KernelParseError);
  });

  survives((text) => parseCfsQuota(text, text), '100000\n');
});
