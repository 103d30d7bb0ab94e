/**
 * Rates of one cgroup: against the same file read before, over the time between those two reads, and only while it is the
 * same directory: a path that was made again has another inode, and counters of its own. Pure.
 */
import type { PressureLine } from '../kernel/cgroup/pressure.ts';
import { type Count, toNumber } from '../kernel/count.ts';
import { type Fact, known, mapFact } from '../kernel/reading.ts';
import type { CgroupFacts, CgroupSample, CpuFacts, IoFacts, PressureFacts } from './cgroup-facts.ts';
import type { CgroupIo, CgroupIoDevice, CgroupPressure } from './cgroup-view.ts';
import { perSecond, throttledShare, USEC_PER_SECOND } from './rate.ts';

/** Finds a cgroup in the sample before; undefined when it was not there, or another one was. */
export function earlierOf(
  previous: CgroupSample | undefined,
): (cgroup: CgroupFacts) => CgroupFacts | undefined {
  const nameOf = ({ hierarchy, path, inode }: CgroupFacts) => `${inode} ${hierarchy.id} ${path}`;
  const before = new Map((previous?.cgroups ?? []).map((each) => [nameOf(each), each]));
  return (cgroup) => before.get(nameOf(cgroup));
}

export function cpuRates(
  now: CpuFacts,
  before: CpuFacts | undefined,
): { ratio?: number; throttledRatio?: number } {
  const ratio = before && rate(now.usageUsec, before.usageUsec, now.readAtUsec - before.readAtUsec);
  const periods = periodsOf(now);
  const periodsBefore = before && periodsOf(before);
  const throttledRatio = periods && periodsBefore && throttledShare(periods, periodsBefore);
  return {
    ...(ratio !== undefined && { ratio: ratio / USEC_PER_SECOND }),
    ...(throttledRatio !== undefined && { throttledRatio }),
  };
}

function periodsOf({ nrPeriods, nrThrottled }: CpuFacts) {
  const periods = known(nrPeriods);
  const throttled = known(nrThrottled);
  return periods === undefined || throttled === undefined
    ? undefined
    : { nrPeriods: periods, nrThrottled: throttled };
}

function rate(now: Fact<Count>, before: Fact<Count>, spanUsec: number): number | undefined {
  const value = known(now);
  const earlier = known(before);
  return value === undefined || earlier === undefined ? undefined : perSecond(value, earlier, spanUsec);
}

const RATES = [
  ['readBytes', 'readBytesPerSec'],
  ['writeBytes', 'writeBytesPerSec'],
  ['readOps', 'readOpsPerSec'],
  ['writeOps', 'writeOpsPerSec'],
] as const;

/** By device, and over all that count their bytes once. */
export function ioWithRates(now: IoFacts, before: IoFacts | undefined): CgroupIo {
  const earlier = before && known(before.devices);
  const spanUsec = before === undefined ? 0 : now.readAtUsec - before.readAtUsec;
  const devices = mapFact(now.devices, (list) =>
    list.map((device): CgroupIoDevice => {
      if (earlier === undefined) return device;
      // A device is listed from its first use on.
      const old = earlier.find((each) => each.device === device.device) ?? NOTHING_YET;
      const rates = RATES.map(([of, into]) => [into, rate(device[of], old[of], spanUsec)] as const);
      return { ...device, ...Object.fromEntries(rates.filter(([, value]) => value !== undefined)) };
    }),
  );
  const summed = mapFact(devices, (list) => list.filter(({ isStacked }) => isStacked !== true));
  const reads = known(summed) && sumOfRates(known(summed) ?? [], 'readBytesPerSec', earlier !== undefined);
  const writes = known(summed) && sumOfRates(known(summed) ?? [], 'writeBytesPerSec', earlier !== undefined);
  return {
    readBytes: mapFact(summed, (list) => total(list.map(({ readBytes }) => readBytes))),
    writeBytes: mapFact(summed, (list) => total(list.map(({ writeBytes }) => writeBytes))),
    ...(reads !== undefined && { readBytesPerSec: reads }),
    ...(writes !== undefined && { writeBytesPerSec: writes }),
    devices,
  };
}

const NOTHING_YET = { readBytes: 0, writeBytes: 0, readOps: 0, writeOps: 0 };

/** Not known as soon as one of them is not: a counter stepped back. */
function sumOfRates(
  devices: readonly CgroupIoDevice[],
  key: 'readBytesPerSec' | 'writeBytesPerSec',
  measured: boolean,
): number | undefined {
  if (!measured) return undefined;
  let sum = 0;
  for (const device of devices) {
    const each = device[key];
    if (each === undefined) return undefined;
    sum += each;
  }
  return sum;
}

export function total(counts: readonly Count[]): Count {
  const sum = counts.reduce((sofar: bigint, each) => sofar + BigInt(each), 0n);
  const small = toNumber(sum);
  return Number.isSafeInteger(small) ? small : sum;
}

/** avg10 is coarse and late; the difference of `total` is exact. */
export function pressureWithRates(
  { lines, readAtUsec }: PressureFacts,
  before: PressureFacts | undefined,
): Fact<CgroupPressure> {
  const earlier = before && known(before.lines);
  const spanUsec = before === undefined ? 0 : readAtUsec - before.readAtUsec;
  return mapFact(lines, ({ some, full }) => ({
    ...(some && {
      someAvg10: some.avg10,
      someAvg60: some.avg60,
      someAvg300: some.avg300,
      someTotalUsec: some.totalUsec,
      ...ratioAs('someRatio', some, earlier?.some, spanUsec),
    }),
    ...(full && {
      fullAvg10: full.avg10,
      fullAvg60: full.avg60,
      fullAvg300: full.avg300,
      fullTotalUsec: full.totalUsec,
      ...ratioAs('fullRatio', full, earlier?.full, spanUsec),
    }),
  }));
}

function ratioAs(
  key: 'someRatio' | 'fullRatio',
  now: PressureLine,
  before: PressureLine | undefined,
  spanUsec: number,
): Partial<CgroupPressure> {
  const perSec = before && perSecond(now.totalUsec, before.totalUsec, spanUsec);
  // The kernel adds up in steps that need not fall between our two reads.
  return perSec === undefined ? {} : { [key]: Math.min(1, perSec / USEC_PER_SECOND) };
}
