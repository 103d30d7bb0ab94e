/**
 * CPU bandwidth limit, microseconds of CPU time per period. v2 `cpu.max`: "quota period" or "max period".
 * v1: `cpu.cfs_quota_us` (-1: none) and `cpu.cfs_period_us`.
 * @see Documentation/admin-guide/cgroup-v2.rst, Documentation/scheduler/sched-bwc.rst
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { onlyLine } from '../proc/lines.ts';

export interface CpuMax {
  quotaUsec: number | 'max';
  periodUsec: number;
}

/** @throws {KernelParseError} on anything but "quota period" */
export function parseCpuMax(text: string): CpuMax {
  const [quota = '', period, ...more] = onlyLine(text, 'cpu.max').split(' ');
  if (period === undefined || more.length > 0)
    throw new KernelParseError('cpu.max', 'expected two fields', text);
  return {
    quotaUsec: quota === 'max' ? 'max' : parseInteger(quota, 'cpu.max'),
    periodUsec: parseInteger(period, 'cpu.max'),
  };
}

/** @throws {KernelParseError} when either is not one integer */
export function parseCfsQuota(quotaText: string, periodText: string): CpuMax {
  const quota = parseInteger(onlyLine(quotaText, 'cpu.cfs_quota_us'), 'cpu.cfs_quota_us');
  return {
    quotaUsec: quota < 0 ? 'max' : quota,
    periodUsec: parseInteger(onlyLine(periodText, 'cpu.cfs_period_us'), 'cpu.cfs_period_us'),
  };
}
