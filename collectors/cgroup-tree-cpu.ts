/** CPU of one cgroup: time used, throttling, limits and shares, and its cpuset. */
import { type CpuMax, parseCfsQuota, parseCpuMax } from '../src/kernel/cgroup/cpu-max.ts';
import {
  type CpuStat,
  type CpuStatV1,
  parseCpuacctUsage,
  parseCpuStat,
  parseCpuStatV1,
} from '../src/kernel/cgroup/cpu-stat.ts';
import { parseCpuList, parsePartition } from '../src/kernel/cgroup/cpuset.ts';
import { parseFlag, parseSingleCount } from '../src/kernel/cgroup/value.ts';
import { type Fact, isUnknown, mapFact } from '../src/kernel/reading.ts';
import type { CpuFacts, CpuLimitFacts, CpusetFacts } from '../src/model/cgroup-facts.ts';
import type { CgroupParts } from '../src/model/cgroup-parts.ts';
import { clockUsec, type OpenCgroup } from './cgroup-tree-directory.ts';

export function cpuOf(cgroup: OpenCgroup, parts: CgroupParts): CpuFacts | undefined {
  const wanted = parts.has('cpu') || parts.has('cpu-split') || parts.has('throttling');
  if (!wanted) return undefined;
  if (cgroup.version === 2) return cgroup.has('cpu.stat') ? unified(cgroup) : undefined;
  return cgroup.has('cpuacct.usage') || cgroup.has('cpu.stat') ? legacy(cgroup, parts) : undefined;
}

function unified(cgroup: OpenCgroup): CpuFacts {
  const stat = cgroup.fact('cpu.stat', parseCpuStat);
  const readAtUsec = clockUsec();
  return {
    readAtUsec,
    usageUsec: mapFact(stat, (each) => each.usageUsec),
    userUsec: part(stat, 'userUsec'),
    systemUsec: part(stat, 'systemUsec'),
    niceUsec: part(stat, 'niceUsec'),
    ...throttling(stat),
  };
}

function legacy(cgroup: OpenCgroup, parts: CgroupParts): CpuFacts {
  const usageUsec = cgroup.fact('cpuacct.usage', parseCpuacctUsage);
  const readAtUsec = clockUsec();
  const split = parts.has('cpu-split');
  return {
    readAtUsec,
    usageUsec,
    userUsec: split ? cgroup.fact('cpuacct.usage_user', parseCpuacctUsage) : undefined,
    systemUsec: split ? cgroup.fact('cpuacct.usage_sys', parseCpuacctUsage) : undefined,
    ...throttling(parts.has('throttling') ? cgroup.fact('cpu.stat', parseCpuStatV1) : undefined),
  };
}

function throttling(stat: Fact<CpuStat | CpuStatV1>) {
  return {
    nrPeriods: part(stat, 'nrPeriods'),
    nrThrottled: part(stat, 'nrThrottled'),
    throttledUsec: part(stat, 'throttledUsec'),
    nrBursts: part(stat, 'nrBursts'),
    burstUsec: part(stat, 'burstUsec'),
  };
}

/** A key that not every kernel writes: absent is not 0. */
function part<Stat, Key extends keyof Stat>(stat: Fact<Stat>, key: Key): Fact<Stat[Key]> {
  return mapFact(stat, (each) => each[key]);
}

export function cpuLimitsOf(cgroup: OpenCgroup): CpuLimitFacts | undefined {
  if (!['cpu.max', 'cpu.weight', 'cpu.shares', 'cpu.idle'].some((file) => cgroup.has(file))) return undefined;
  return {
    max: cgroup.version === 2 ? cgroup.fact('cpu.max', parseCpuMax) : quotaV1(cgroup),
    maxBurstUsec: cgroup.either(['cpu.max.burst', parseSingleCount], ['cpu.cfs_burst_us', parseSingleCount]),
    weight: cgroup.fact('cpu.weight', parseSingleCount),
    shares: cgroup.fact('cpu.shares', parseSingleCount),
    idle: cgroup.fact('cpu.idle', parseFlag),
  };
}

function quotaV1(cgroup: OpenCgroup): Fact<CpuMax> {
  const quota = cgroup.fact('cpu.cfs_quota_us', (text) => text);
  if (quota === undefined || isUnknown(quota)) return quota;
  return cgroup.fact('cpu.cfs_period_us', (period) => parseCfsQuota(quota, period));
}

/** v1 calls the effective ones cpuset.effective_cpus. */
export function cpusetOf(cgroup: OpenCgroup): CpusetFacts | undefined {
  if (!cgroup.has('cpuset.cpus') && !cgroup.has('cpuset.cpus.effective')) return undefined;
  const list = (v2: string, v1 = v2) => cgroup.either([v2, parseCpuList], [v1, parseCpuList]);
  return {
    cpus: list('cpuset.cpus'),
    mems: list('cpuset.mems'),
    effectiveCpus: list('cpuset.cpus.effective', 'cpuset.effective_cpus'),
    effectiveMems: list('cpuset.mems.effective', 'cpuset.effective_mems'),
    exclusiveCpus: list('cpuset.cpus.exclusive'),
    effectiveExclusiveCpus: list('cpuset.cpus.exclusive.effective'),
    partition: cgroup.fact('cpuset.cpus.partition', parsePartition),
  };
}
