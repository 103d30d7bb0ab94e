/**
 * CPU time of a cgroup. v2 `cpu.stat` is in microseconds; v1 has `cpuacct.usage` and the throttled time of its `cpu.stat` in
 * nanoseconds, which come out as microseconds here.
 * @see Documentation/admin-guide/cgroup-v2.rst "CPU Interface Files", Documentation/scheduler/sched-bwc.rst
 */
import type { Count } from '../count.ts';
import { type FlatKeyed, parseFlatKeyed, requiredCount } from './flat-keyed.ts';
import { parseSingleCount } from './value.ts';

export interface CpuStat {
  usageUsec: Count;
  userUsec?: Count;
  systemUsec?: Count;
  /** Of userUsec, at low priority. Since Linux 6.11. */
  niceUsec?: Count;
  /** Only where the cpu controller is enabled, and bursts only since Linux 5.14. The root cgroup has none of these. */
  nrPeriods?: Count;
  nrThrottled?: Count;
  throttledUsec?: Count;
  nrBursts?: Count;
  burstUsec?: Count;
}

export interface CpuStatV1 {
  nrPeriods: Count;
  nrThrottled: Count;
  throttledUsec: Count;
  /** Since Linux 5.14. */
  nrBursts?: Count;
  burstUsec?: Count;
}

const FILE = 'cpu.stat';

const OPTIONAL = [
  ['userUsec', 'user_usec'],
  ['systemUsec', 'system_usec'],
  ['niceUsec', 'nice_usec'],
  ['nrPeriods', 'nr_periods'],
  ['nrThrottled', 'nr_throttled'],
  ['throttledUsec', 'throttled_usec'],
  ['nrBursts', 'nr_bursts'],
  ['burstUsec', 'burst_usec'],
] as const;

/** @throws {KernelParseError} without usage_usec, or on a malformed line */
export function parseCpuStat(text: string): CpuStat {
  const values = parseFlatKeyed(text, FILE);
  const stat: CpuStat = { usageUsec: requiredCount(values, 'usage_usec', FILE) };
  for (const [field, key] of OPTIONAL) {
    const value = values.get(key);
    if (value !== undefined) stat[field] = value;
  }
  return stat;
}

/** @throws {KernelParseError} when one of the three is missing, or on a malformed line */
export function parseCpuStatV1(text: string): CpuStatV1 {
  const values: FlatKeyed = parseFlatKeyed(text, FILE);
  const nrBursts = values.get('nr_bursts');
  const burstNsec = values.get('burst_time');
  return {
    nrPeriods: requiredCount(values, 'nr_periods', FILE),
    nrThrottled: requiredCount(values, 'nr_throttled', FILE),
    throttledUsec: usecFromNsec(requiredCount(values, 'throttled_time', FILE)),
    ...(nrBursts !== undefined && { nrBursts }),
    ...(burstNsec !== undefined && { burstUsec: usecFromNsec(burstNsec) }),
  };
}

/** `cpuacct.usage`, `cpuacct.usage_user`, `…_sys`: nanoseconds in the file, microseconds out. @throws {KernelParseError} on anything but one integer */
export function parseCpuacctUsage(text: string): Count {
  return usecFromNsec(parseSingleCount(text, 'cpuacct.usage'));
}

function usecFromNsec(nsec: Count): Count {
  if (typeof nsec === 'number') return Math.trunc(nsec / 1000);
  const usec = nsec / 1000n;
  return usec <= Number.MAX_SAFE_INTEGER && usec >= Number.MIN_SAFE_INTEGER ? Number(usec) : usec;
}
