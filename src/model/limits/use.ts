/** What a container uses of what it is limited in, from the files of its own cgroups. Pure. */
import { parseCpuacctUsage, parseCpuStat } from '../../kernel/cgroup/cpu-stat.ts';
import { parseMemoryEvents, parseOomControlV1 } from '../../kernel/cgroup/memory-events.ts';
import { parseMemoryStatV1, parseMemoryStatV2 } from '../../kernel/cgroup/memory-stat.ts';
import { type Count, toNumber } from '../../kernel/count.ts';
import { type Fact, isUnknown, known, mapFact } from '../../kernel/reading.ts';
import { type IoUse, ioUseAt, withIoRates } from './io-use.ts';
import { limitKey } from './keys.ts';
import { countAt, type LimitPlace, type LimitSnapshot, parsedAt, placeOf } from './snapshot.ts';

export interface MemoryUse {
  readonly memoryBytes: Fact<Count>;
  /** Without file pages that nobody used lately: what cannot be had back for nothing. */
  readonly workingSetBytes: Fact<Count>;
  readonly swapBytes: Fact<Count>;
  /** Processes that were killed at its limit of memory. */
  readonly oomKills: Fact<Count>;
}

export interface LimitUse extends MemoryUse {
  readonly pids: Fact<Count>;
}

/** Of an earlier look and the one now: what takes time to see. */
export interface UseOverTime {
  readonly cores?: number;
  readonly io?: readonly IoUse[];
}

export function useBetween(before: LimitSnapshot, now: LimitSnapshot, usec: number): UseOverTime {
  const [cpuBefore, cpuNow] = [cpuUsecOf(before), cpuUsecOf(now)];
  const [ioBefore, ioNow] = [known(ioUseOf(before)), known(ioUseOf(now))];
  return {
    ...(cpuBefore !== undefined &&
      cpuNow !== undefined && { cores: Math.max(0, (toNumber(cpuNow) - toNumber(cpuBefore)) / usec) }),
    ...(ioBefore !== undefined && ioNow !== undefined && { io: withIoRates(ioNow, ioBefore, usec) }),
  };
}

export function ioUseOf(snapshot: LimitSnapshot): Fact<readonly IoUse[]> {
  const at = place(snapshot, 'io');
  return at && ioUseAt(at);
}

export function useOf(snapshot: LimitSnapshot): LimitUse {
  const pids = place(snapshot, 'pids');
  return { ...memoryUseOf(snapshot), pids: pids && countAt(pids, 'pids.current') };
}

/** Processor time it has used, by whichever hierarchy counts it. */
function cpuUsecOf({ places }: LimitSnapshot): Count | undefined {
  const v1 = places.find(({ controllers }) => controllers.includes('cpuacct'));
  const v2 = places.find(({ version }) => version === 2);
  const usage =
    v1 === undefined
      ? v2 && mapFact(parsedAt(v2.own, 'cpu.stat', parseCpuStat), ({ usageUsec }) => usageUsec)
      : parsedAt(v1.own, 'cpuacct.usage', parseCpuacctUsage);
  return known(usage);
}

export function memoryUseOf(snapshot: LimitSnapshot): MemoryUse {
  const at = place(snapshot, 'memory');
  if (at === undefined)
    return { memoryBytes: undefined, workingSetBytes: undefined, swapBytes: undefined, oomKills: undefined };
  const v1 = at.version === 1;
  const stat = parsedAt(at.own, 'memory.stat', v1 ? parseMemoryStatV1 : parseMemoryStatV2);
  const memoryBytes = countAt(at, v1 ? 'memory.usage_in_bytes' : 'memory.current');
  const idle = known(stat)?.inactiveFileBytes ?? 0;
  return {
    memoryBytes,
    workingSetBytes: isUnknown(stat)
      ? memoryBytes
      : mapFact(memoryBytes, (bytes) => Math.max(0, toNumber(bytes) - toNumber(idle))),
    oomKills: v1
      ? mapFact(parsedAt(at.own, 'memory.oom_control', parseOomControlV1), ({ oomKill }) => oomKill)
      : mapFact(parsedAt(at.own, 'memory.events', parseMemoryEvents), ({ oomKill }) => oomKill),
    swapBytes: v1 ? mapFact(stat, ({ swapBytes }) => swapBytes) : countAt(at, 'memory.swap.current'),
  };
}

function place(snapshot: LimitSnapshot, id: string): LimitPlace | undefined {
  const key = limitKey(id);
  return key && placeOf(snapshot, key);
}
