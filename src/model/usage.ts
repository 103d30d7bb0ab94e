/**
 * Usage and limits of one container, with rates against the previous sample. A container without a cgroup of its own is
 * measured by its processes, and says so. Counters are never subtracted across a cgroup that was removed and made again.
 * Pure.
 */
import { type Count, type Limit, minLimit } from '../kernel/count.ts';
import { type Fact, isKnown, isUnknown, known, mapFact } from '../kernel/reading.ts';
import type { Draft } from './draft.ts';
import type { Container, ContainerCpu, ContainerIo, ContainerMemory, ContainerNet } from './host-model.ts';
import { minus, perSecond, throttledShare, USEC_PER_SECOND } from './rate.ts';
import type { CgroupCounters, InitFacts, LimitAt, PressurePair, ProcessFacts, Sample } from './sample.ts';

export interface UsageContext {
  readonly draft: Draft;
  readonly counters: CgroupCounters | undefined;
  readonly initFacts: InitFacts | undefined;
  readonly members: readonly ProcessFacts[];
  readonly sample: Sample;
  readonly previous: Sample | undefined;
}

export function cpuOf(context: UsageContext): ContainerCpu {
  const { counters, sample, previous, draft } = context;
  const limitCores =
    counters &&
    mapFact(counters.cpu.quota, ({ quotaUsec, periodUsec }) =>
      quotaUsec === 'max' ? ('max' as const) : quotaUsec / periodUsec,
    );
  const limit = limitCores === undefined ? {} : { limitCores };
  if (counters === undefined || counters.cpu.usageUsec === undefined)
    return { ...cpuOfProcesses(context), ...limit };
  const before = previous?.counters.get(draft.key);
  const same = before !== undefined && isSameCgroup(counters.cpuInode, before.cpuInode) ? before : undefined;
  const usage = counters.cpu.usageUsec;
  const usageBefore = same && known(same.cpu.usageUsec);
  const perSec =
    isKnown(usage) && same !== undefined && usageBefore !== undefined
      ? usagePerSecond(usage, counters, usageBefore, same)
      : undefined;
  const throttledRatio = same && shareOfPeriods(counters, same);
  return {
    usageUsec: usage,
    ...(perSec !== undefined && { ratio: perSec / USEC_PER_SECOND }),
    ...(counters.cpu.throttledUsec !== undefined && { throttledUsec: counters.cpu.throttledUsec }),
    ...(throttledRatio !== undefined && { throttledRatio }),
    ...(sample.host.cpus > 0 && limit),
  };
}

/** The very same counters say that nothing moved, however long ago that was first seen. */
function usagePerSecond(now: Count, counters: CgroupCounters, then: Count, before: CgroupCounters) {
  return counters === before ? 0 : perSecond(now, then, counters.cpuReadAtUsec - before.cpuReadAtUsec);
}

function shareOfPeriods(now: CgroupCounters, before: CgroupCounters): number | undefined {
  const { nrPeriods, nrThrottled } = now.cpu;
  if (nrPeriods === undefined || nrThrottled === undefined) return undefined;
  if (before.cpu.nrPeriods === undefined || before.cpu.nrThrottled === undefined) return undefined;
  return throttledShare(
    { nrPeriods, nrThrottled },
    { nrPeriods: before.cpu.nrPeriods, nrThrottled: before.cpu.nrThrottled },
  );
}

/** Both must be known and equal; a path that was made again has another directory inode. */
function isSameCgroup(now: Fact<number>, before: Fact<number>): boolean {
  return isKnown(now) && isKnown(before) && now === before;
}

/** Sum over the processes alive in both samples: what has ended in between is lost, which cgroups would not lose. */
function cpuOfProcesses({ members, sample, previous }: UsageContext): ContainerCpu {
  const usecPerTick = USEC_PER_SECOND / sample.host.clockTicksPerSecond;
  let total = 0;
  let difference = 0;
  let compared = false;
  for (const facts of members) {
    const ticks = facts.utimeTicks + facts.stimeTicks;
    total += ticks;
    const before = previous?.processes.get(facts.pid);
    const isSame = before?.starttimeTicks === facts.starttimeTicks;
    if (previous !== undefined) compared = true;
    difference += Math.max(
      0,
      ticks - (isSame && before !== undefined ? before.utimeTicks + before.stimeTicks : 0),
    );
  }
  const span = previous === undefined ? 0 : sample.clockUsec - previous.clockUsec;
  return {
    usageUsec: Math.round(total * usecPerTick),
    ...(compared && span > 0 && { ratio: (difference * usecPerTick) / span }),
  };
}

export function memoryOf({ counters, members, sample }: UsageContext): ContainerMemory {
  const limits = counters?.memory.limits ?? [];
  const own = counters !== undefined && counters.memory.currentBytes !== undefined;
  const bounds = {
    limitBytes: own || isUnknown(limits[0]?.limit) ? ownLimit(limits) : 'max',
    ...effectiveMemoryLimit(limits, known(sample.host.memTotalBytes)),
  } satisfies Partial<ContainerMemory>;
  if (!own) {
    const rss = members.reduce((sum, facts) => sum + facts.rssPages * sample.host.pageSizeBytes, 0);
    return { accounting: 'processes', currentBytes: rss, ...bounds };
  }
  const { currentBytes, anonBytes, fileBytes, shmemBytes, inactiveFileBytes, swapBytes, oomKills } =
    counters.memory;
  return {
    accounting: 'cgroup',
    currentBytes,
    // Without memory.stat it is not known, and current alone would be something else.
    ...(inactiveFileBytes !== undefined && {
      workingSetBytes: mapFact(currentBytes, (bytes) => Math.max(0, minus(bytes, inactiveFileBytes))),
    }),
    ...(anonBytes !== undefined && { anonBytes }),
    ...(fileBytes !== undefined && { fileBytes }),
    ...(shmemBytes !== undefined && { shmemBytes }),
    ...(swapBytes !== undefined && { swapBytes }),
    ...bounds,
    ...(oomKills !== undefined && { oomKills }),
  };
}

function ownLimit(limits: readonly LimitAt[]): Fact<Limit> {
  return limits[0] === undefined ? 'max' : limits[0].limit;
}

/** Smallest over the cgroup and its ancestors, and no more than the host has; `limitedBy` says whose it is. */
function effectiveMemoryLimit(
  limits: readonly LimitAt[],
  hostBytes: number | undefined,
): Pick<ContainerMemory, 'effectiveLimitBytes' | 'limitedBy'> {
  let effective: Limit = hostBytes ?? 'max';
  let limitedBy = hostBytes === undefined ? undefined : 'host';
  for (const { path, limit } of limits) {
    if (limit === undefined) continue;
    if (isUnknown(limit)) return { effectiveLimitBytes: limit };
    if (limit !== 'max' && minLimit(limit, effective) === limit && limit !== effective) {
      effective = limit;
      limitedBy = path;
    }
  }
  return { effectiveLimitBytes: effective, ...(limitedBy !== undefined && { limitedBy }) };
}

export function pidsOf({
  counters,
  members,
}: UsageContext): Pick<Container, 'pidsCount' | 'pidsLimit' | 'effectivePidsLimit'> {
  const limits = counters?.pids.limits ?? [];
  const own = counters?.pids.current;
  let effective: Fact<Limit> = 'max';
  for (const { limit } of limits) {
    if (limit === undefined || isUnknown(effective)) continue;
    effective = isUnknown(limit) ? limit : minLimit(effective, limit);
  }
  return {
    // Tasks, threads included, as pids.current counts them.
    pidsCount: own ?? members.reduce((sum, facts) => sum + facts.threads, 0),
    pidsLimit: own !== undefined || isUnknown(limits[0]?.limit) ? ownLimit(limits) : 'max',
    effectivePidsLimit: effective,
  };
}

export function ioOf({ counters, initFacts, draft, previous }: UsageContext): ContainerIo {
  const own = counters?.io;
  if (counters === undefined || own === undefined || own.readBytes === undefined) {
    const io = initFacts?.processIo;
    const before = known(previousInit(draft, previous)?.processIo);
    const rates =
      isKnown(io) && before !== undefined ? ioRates(io, before, io.readAtUsec - before.readAtUsec) : {};
    return {
      readBytes: mapFact(io, (each) => each.readBytes),
      writeBytes: mapFact(io, (each) => each.writeBytes),
      ...rates,
    };
  }
  const before = previous?.counters.get(draft.key);
  const same = before !== undefined && isSameCgroup(counters.ioInode, before.ioInode) ? before : undefined;
  const now = bothKnown(own);
  const then = same && bothKnown(same.io);
  const rates = now && then && same ? ioRates(now, then, counters.ioReadAtUsec - same.ioReadAtUsec) : {};
  return { readBytes: own.readBytes, writeBytes: own.writeBytes, ...rates };
}

/** What was read through the same process: a container restarted under its id has another net namespace. */
function previousInit({ key, init }: Draft, previous: Sample | undefined): InitFacts | undefined {
  const before = init && previous?.processes.get(init.pid);
  return before?.starttimeTicks === init?.starttimeTicks ? previous?.inits.get(key) : undefined;
}

interface IoBytes {
  readonly readBytes: Count;
  readonly writeBytes: Count;
}

function bothKnown(io: { readBytes: Fact<Count>; writeBytes: Fact<Count> }): IoBytes | undefined {
  const readBytes = known(io.readBytes);
  const writeBytes = known(io.writeBytes);
  return readBytes === undefined || writeBytes === undefined ? undefined : { readBytes, writeBytes };
}

function ioRates(
  now: IoBytes,
  before: IoBytes,
  spanUsec: number,
): Pick<ContainerIo, 'readBytesPerSec' | 'writeBytesPerSec'> {
  // Not read again: nothing ran that could have moved them.
  if (spanUsec === 0) return { readBytesPerSec: 0, writeBytesPerSec: 0 };
  const reads = perSecond(now.readBytes, before.readBytes, spanUsec);
  const writes = perSecond(now.writeBytes, before.writeBytes, spanUsec);
  return {
    ...(reads !== undefined && { readBytesPerSec: reads }),
    ...(writes !== undefined && { writeBytesPerSec: writes }),
  };
}

export function netOf({ initFacts, draft, previous }: UsageContext): Fact<ContainerNet> {
  const net = initFacts?.net;
  if (net === undefined || isUnknown(net)) return net;
  const before = known(previousInit(draft, previous)?.net);
  const span = before === undefined ? 0 : net.readAtUsec - before.readAtUsec;
  // The very same object says that nothing moved.
  const received = before === net ? 0 : before && perSecond(net.rxBytes, before.rxBytes, span);
  const sent = before === net ? 0 : before && perSecond(net.txBytes, before.txBytes, span);
  return {
    rxBytes: net.rxBytes,
    txBytes: net.txBytes,
    ...(received !== undefined && { rxBytesPerSec: received }),
    ...(sent !== undefined && { txBytesPerSec: sent }),
  };
}

export function pressureOf(counters: CgroupCounters | undefined): Container['pressure'] {
  return mapFact(counters?.pressure, ({ cpu, memory, io }) => ({
    ...(cpu !== undefined && { cpu: averages(cpu) }),
    ...(memory !== undefined && { memory: averages(memory) }),
    ...(io !== undefined && { io: averages(io) }),
  }));
}

function averages({ some, full }: PressurePair) {
  return {
    ...(some !== undefined && { someAvg10: some.avg10 }),
    ...(full !== undefined && { fullAvg10: full.avg10 }),
  };
}
