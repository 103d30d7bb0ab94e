/** Counters of processor time and limits, as the collector of cgroups gives them. */
import type { CpuCounters, LimitAt } from '../../../src/model/sample.ts';

export const GIB = 2 ** 30;
export const SECOND = 1_000_000;

export const cpu = (usageUsec: CpuCounters['usageUsec'], change: Partial<CpuCounters> = {}): CpuCounters => ({
  usageUsec,
  quota: { quotaUsec: 'max', periodUsec: 100_000 },
  ...change,
});
export const at = (path: string, limit: LimitAt['limit']): LimitAt => ({ path, limit });
