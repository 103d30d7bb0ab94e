/**
 * What one look at the cgroup file systems yields: each cgroup's own files, nothing concluded from them. Plain data; a
 * field that its kernel, version or controller does not have is undefined. Types only.
 */
import type { CgroupType } from '../kernel/cgroup/cgroup-type.ts';
import type { CpuMax } from '../kernel/cgroup/cpu-max.ts';
import type { Hierarchy } from '../kernel/cgroup/hierarchy.ts';
import type { IoMax } from '../kernel/cgroup/io-max.ts';
import type { Pressure } from '../kernel/cgroup/pressure.ts';
import type { Count, Limit } from '../kernel/count.ts';
import type { Fact } from '../kernel/reading.ts';

export interface CgroupSample {
  readonly takenAtMs: number;
  readonly hierarchies: readonly HierarchyFacts[];
  /** Parents before children, siblings by name, hierarchy after hierarchy. */
  readonly cgroups: readonly CgroupFacts[];
  /** Removed while they were looked at. */
  readonly vanished: number;
}

export interface HierarchyFacts {
  /** `v2`, or v1's controllers as /proc/PID/cgroup has them: `cpu,cpuacct`, `name=systemd`. */
  readonly id: string;
  readonly hierarchy: Hierarchy;
  /** Where Porthole itself is, as paths of this sample are written. */
  readonly self: string | undefined;
  /** What the mount shows as its top lies below others, outside our cgroup namespace. */
  readonly hasHiddenTop: boolean;
  /** v1: as /proc/cgroups counts them, dying ones included. */
  readonly count: number | undefined;
}

export interface CgroupFacts {
  readonly hierarchy: HierarchyFacts;
  readonly path: string;
  readonly parent: CgroupFacts | undefined;
  /** False for those above the one that was asked for: read for what they hand down. */
  readonly listed: boolean;
  readonly inode: number;
  readonly ownerUid: number;
  readonly ownerGid: number;
  readonly children: number;
  readonly controllers?: Fact<readonly string[]>;
  readonly state?: StateFacts | undefined;
  readonly procs?: Fact<number>;
  readonly threads?: Fact<number>;
  readonly descendants?: DescendantFacts | undefined;
  readonly cpu?: CpuFacts | undefined;
  readonly cpuLimits?: CpuLimitFacts | undefined;
  readonly memory?: MemoryFacts | undefined;
  readonly memoryLimits?: MemoryLimitFacts | undefined;
  readonly memoryEvents?: Fact<MemoryEventCounts>;
  readonly swap?: SwapFacts | undefined;
  readonly io?: IoFacts | undefined;
  readonly ioLimits?: Fact<readonly IoMax[]>;
  readonly pids?: PidsFacts | undefined;
  readonly pidsMax?: Fact<Limit>;
  readonly pressure?: Readonly<Partial<Record<PressureResource, PressureFacts>>> | undefined;
  readonly hugetlb?: Readonly<Record<string, HugetlbFacts>> | undefined;
  readonly cpuset?: CpusetFacts | undefined;
  readonly freezer?: FreezerFactsOfCgroup | undefined;
}

export interface StateFacts {
  readonly type: Fact<CgroupType>;
  /** Processes in it or below. */
  readonly populated: Fact<boolean>;
  /** Controllers it hands to its children. */
  readonly subtreeControl: Fact<readonly string[]>;
}

export interface DescendantFacts {
  readonly descendants: Fact<number>;
  readonly dyingDescendants: Fact<number>;
  readonly dyingByController: Fact<Readonly<Record<string, Count>>>;
}

export interface CpuFacts {
  /** Monotonic clock right after the file was read. */
  readonly readAtUsec: number;
  readonly usageUsec: Fact<Count>;
  readonly userUsec: Fact<Count>;
  readonly systemUsec: Fact<Count>;
  readonly niceUsec?: Fact<Count>;
  readonly nrPeriods: Fact<Count>;
  readonly nrThrottled: Fact<Count>;
  readonly throttledUsec: Fact<Count>;
  readonly nrBursts: Fact<Count>;
  readonly burstUsec: Fact<Count>;
}

export interface CpuLimitFacts {
  readonly max: Fact<CpuMax>;
  readonly maxBurstUsec: Fact<Count>;
  /** v2, 1 to 10000, 100 unless set; v1 has shares, 2 to 262144, 1024 unless set. */
  readonly weight: Fact<Count>;
  readonly shares: Fact<Count>;
  readonly idle: Fact<boolean>;
}

export interface MemoryFacts {
  readonly currentBytes: Fact<Count>;
  readonly peakBytes: Fact<Count>;
  readonly anonBytes: Fact<Count>;
  readonly fileBytes: Fact<Count>;
  readonly shmemBytes: Fact<Count>;
  readonly inactiveFileBytes: Fact<Count>;
  readonly activeFileBytes: Fact<Count>;
  readonly kernelBytes: Fact<Count>;
  readonly slabBytes: Fact<Count>;
  readonly kernelStackBytes: Fact<Count>;
  readonly pageTablesBytes: Fact<Count>;
  readonly sockBytes: Fact<Count>;
  readonly mappedFileBytes: Fact<Count>;
  readonly dirtyBytes: Fact<Count>;
  readonly writebackBytes: Fact<Count>;
  readonly unevictableBytes: Fact<Count>;
  readonly pageFaults: Fact<Count>;
  readonly majorPageFaults: Fact<Count>;
}

export interface MemoryLimitFacts {
  readonly max: Fact<Limit>;
  readonly high: Fact<Limit>;
  readonly low: Fact<Limit>;
  readonly min: Fact<Limit>;
  /** v1's memory.soft_limit_in_bytes. */
  readonly soft: Fact<Limit>;
  /** v1's own sum: the smallest of the cgroup and all above it, those included that we do not see. */
  readonly hierarchical: Fact<Limit>;
}

/** memory.events; v1 has oomKill (memory.oom_control) and max (memory.failcnt) only. */
export interface MemoryEventCounts {
  readonly low?: Count;
  readonly high?: Count;
  readonly max?: Fact<Count>;
  readonly oom?: Count;
  readonly oomKill?: Count;
  readonly oomGroupKill?: Count;
  /** v1: processes wait at the limit instead of being killed, and some do. */
  readonly oomKillDisable?: boolean;
  readonly underOom?: boolean;
}

export interface SwapFacts {
  readonly currentBytes: Fact<Count>;
  readonly peakBytes: Fact<Count>;
  readonly max: Fact<Limit>;
  readonly high: Fact<Limit>;
  /** v1 limits and counts memory and swap together. */
  readonly memorySwapBytes: Fact<Count>;
  readonly memorySwapMax: Fact<Limit>;
  readonly memorySwapHierarchical: Fact<Limit>;
  readonly zswapBytes: Fact<Count>;
  readonly zswapMax: Fact<Limit>;
  readonly events: Fact<Readonly<Record<string, Count>>>;
}

export interface IoFacts {
  readonly readAtUsec: number;
  readonly devices: Fact<readonly IoDeviceFacts[]>;
}

export interface IoDeviceFacts {
  /** "major:minor". */
  readonly device: string;
  readonly name?: string;
  readonly readBytes: Count;
  readonly writeBytes: Count;
  readonly readOps: Fact<Count>;
  readonly writeOps: Fact<Count>;
  readonly discardBytes?: Count;
  readonly discardOps?: Count;
  /** It lies on others in the list, which count the same bytes: left out of sums. */
  readonly isStacked?: true;
}

export interface PidsFacts {
  readonly current: Fact<Count>;
  readonly peak: Fact<Count>;
  /** How often fork failed at the limit. */
  readonly maxEvents: Fact<Count>;
}

export type PressureResource = 'cpu' | 'memory' | 'io' | 'irq';

export interface PressureFacts {
  readonly readAtUsec: number;
  readonly lines: Fact<Pressure>;
}

export interface HugetlbFacts {
  readonly currentBytes: Fact<Count>;
  readonly max: Fact<Limit>;
  readonly maxEvents: Fact<Count>;
  readonly reservedBytes: Fact<Count>;
  readonly reservedMax: Fact<Limit>;
}

/** Lists as the kernel writes them, '' when nothing was set. */
export interface CpusetFacts {
  readonly cpus: Fact<string>;
  readonly mems: Fact<string>;
  readonly effectiveCpus: Fact<string>;
  readonly effectiveMems: Fact<string>;
  readonly exclusiveCpus: Fact<string>;
  readonly effectiveExclusiveCpus: Fact<string>;
  readonly partition: Fact<string>;
}

export interface FreezerFactsOfCgroup {
  /** What is, by cgroup.events or freezer.state. */
  readonly frozen: Fact<'running' | 'freezing' | 'frozen'>;
  /** Its own wish: cgroup.freeze or freezer.self_freezing. */
  readonly wish: Fact<boolean>;
  readonly frozenUsec: Fact<Count>;
}
