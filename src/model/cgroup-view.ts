/**
 * A cgroup as `porthole cgroups` shows it: its own files, what the cgroups above it hand down, rates against the sample
 * before, and whose it is. Field names are those of the JSON document. Types only.
 */
import type { CgroupType } from '../kernel/cgroup/cgroup-type.ts';
import type { IoMax } from '../kernel/cgroup/io-max.ts';
import type { Count, Limit } from '../kernel/count.ts';
import type { Fact } from '../kernel/reading.ts';
import type {
  CpusetFacts,
  IoDeviceFacts,
  MemoryEventCounts,
  MemoryFacts,
  PressureResource,
  SwapFacts,
} from './cgroup-facts.ts';

/** A limit of a cgroup, and the smallest of it and those above, with the path that sets it (or `host`). */
export interface InheritedLimit {
  readonly own: Fact<Limit>;
  readonly effective: Fact<Limit>;
  readonly limitedBy?: string;
}

export interface CgroupView {
  readonly key: string;
  readonly hierarchy: string;
  readonly version: 1 | 2;
  readonly path: string;
  /** The last part of the path without systemd's escapes. */
  readonly name: string;
  /** The systemd unit that it is, or is part of, as systemctl takes it. */
  readonly unit?: string;
  readonly inode: number;
  readonly ownerUid: number;
  readonly ownerGid: number;
  /** Owned by somebody else than the cgroup above: handed over. */
  readonly delegated?: true;
  /** Porthole itself is in it. */
  readonly self?: true;
  readonly controllers?: Fact<readonly string[]>;
  readonly subtreeControl?: Fact<readonly string[]>;
  readonly type?: Fact<CgroupType>;
  readonly populated?: Fact<boolean>;
  readonly children: number;
  readonly descendants?: Fact<number>;
  readonly dyingDescendants?: Fact<number>;
  readonly dyingByController?: Fact<Readonly<Record<string, Count>>>;
  readonly procs?: Fact<number>;
  readonly threads?: Fact<number>;
  readonly container?: string;
  readonly containerName?: string;
  readonly cpu?: CgroupCpu;
  readonly memory?: CgroupMemory;
  readonly swap?: CgroupSwap;
  readonly io?: CgroupIo;
  readonly pids?: CgroupPids;
  readonly pressure?: Readonly<Partial<Record<PressureResource, Fact<CgroupPressure>>>>;
  readonly hugetlb?: Readonly<Record<string, CgroupHugetlb>>;
  readonly cpuset?: CgroupCpuset;
  readonly freezer?: CgroupFreezer;
}

export interface CgroupCpu {
  readonly usageUsec?: Fact<Count>;
  readonly userUsec?: Fact<Count>;
  readonly systemUsec?: Fact<Count>;
  readonly niceUsec?: Fact<Count>;
  /** Cores in use since the previous sample. */
  readonly ratio?: number;
  readonly nrPeriods?: Fact<Count>;
  readonly nrThrottled?: Fact<Count>;
  readonly throttledUsec?: Fact<Count>;
  readonly throttledRatio?: number;
  readonly nrBursts?: Fact<Count>;
  readonly burstUsec?: Fact<Count>;
  readonly quotaUsec?: Fact<number | 'max'>;
  readonly periodUsec?: Fact<number>;
  readonly maxBurstUsec?: Fact<Count>;
  readonly maxCores?: InheritedLimit;
  readonly weight?: Fact<Count>;
  readonly shares?: Fact<Count>;
  readonly idle?: Fact<boolean>;
}

export interface CgroupMemory extends Partial<MemoryFacts> {
  readonly workingSetBytes?: Fact<Count>;
  readonly maxBytes?: InheritedLimit;
  readonly highBytes?: InheritedLimit;
  readonly lowBytes?: InheritedLimit;
  readonly minBytes?: InheritedLimit;
  readonly softBytes?: Fact<Limit>;
  readonly events?: Fact<MemoryEventCounts>;
}

export interface CgroupSwap
  extends Pick<SwapFacts, 'currentBytes' | 'peakBytes' | 'memorySwapBytes' | 'zswapBytes' | 'events'> {
  readonly maxBytes?: InheritedLimit;
  readonly highBytes?: InheritedLimit;
  readonly memorySwapMaxBytes?: InheritedLimit;
  readonly zswapMaxBytes?: InheritedLimit;
}

export interface CgroupIo {
  /** Over all devices, but those that lie on others in the list. */
  readonly readBytes?: Fact<Count>;
  readonly writeBytes?: Fact<Count>;
  readonly readBytesPerSec?: number;
  readonly writeBytesPerSec?: number;
  readonly devices?: Fact<readonly CgroupIoDevice[]>;
  readonly max?: Fact<readonly IoMax[]>;
}

export interface CgroupIoDevice extends IoDeviceFacts {
  readonly readBytesPerSec?: number;
  readonly writeBytesPerSec?: number;
  readonly readOpsPerSec?: number;
  readonly writeOpsPerSec?: number;
}

export interface CgroupPids {
  readonly current?: Fact<Count>;
  readonly peak?: Fact<Count>;
  readonly maxEvents?: Fact<Count>;
  readonly max?: InheritedLimit;
}

/** Averages in percent as the kernel gives them; ratios since the previous sample, 0..1. */
export interface CgroupPressure {
  readonly someAvg10?: number;
  readonly someAvg60?: number;
  readonly someAvg300?: number;
  readonly someTotalUsec?: Count;
  readonly someRatio?: number;
  readonly fullAvg10?: number;
  readonly fullAvg60?: number;
  readonly fullAvg300?: number;
  readonly fullTotalUsec?: Count;
  readonly fullRatio?: number;
}

/** The limits alone where the controller is not handed down. */
export interface CgroupHugetlb {
  readonly currentBytes?: Fact<Count>;
  readonly maxBytes?: InheritedLimit;
  readonly maxEvents?: Fact<Count>;
  readonly reservedBytes?: Fact<Count>;
  readonly reservedMaxBytes?: InheritedLimit;
}

export interface CgroupCpuset extends CpusetFacts {
  /** The cgroup from which on down these are the effective ones; absent when nobody took any away. */
  readonly cpusLimitedBy?: string;
  readonly memsLimitedBy?: string;
}

export interface CgroupFreezer {
  readonly state: Fact<'running' | 'freezing' | 'frozen'>;
  /** Its own wish to be frozen, whatever those above want. */
  readonly wish: Fact<boolean>;
  /** The outermost cgroup whose wish it is, while frozen or freezing. */
  readonly wishedBy?: string;
  readonly frozenUsec?: Fact<Count>;
}
