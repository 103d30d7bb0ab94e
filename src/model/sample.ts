/**
 * What one look at a host yields, before anything is concluded from it. Plain data: it crosses the worker boundary and is
 * what recordings and bundles store. Collectors fill it, `buildModel` reads it. Types only.
 */

import type { CpuMax } from '../kernel/cgroup/cpu-max.ts';
import type { CgroupMode, Hierarchy } from '../kernel/cgroup/hierarchy.ts';
import type { PressureLine } from '../kernel/cgroup/pressure.ts';
import type { Count, Limit } from '../kernel/count.ts';
import type { CgroupLine } from '../kernel/proc/cgroup.ts';
import type { IdRange } from '../kernel/proc/id-map.ts';
import type { ResourceLimit } from '../kernel/proc/limits.ts';
import type { MountEntry } from '../kernel/proc/mountinfo.ts';
import type { PidStatus } from '../kernel/proc/status.ts';
import type { Fact } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';

export type { CgroupMode, Hierarchy };

export type NamespaceInodes = Readonly<Partial<Record<NamespaceType, number>>>;

/** `/proc/PID/cgroup`, shared by every process with the same text; `text` is therefore a grouping key. */
export interface CgroupPlacement {
  readonly text: string;
  readonly lines: readonly CgroupLine[];
}

/** One process, as far as every scan reads it. Identity is pid + starttimeTicks. */
export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly starttimeTicks: number;
  readonly comm: string;
  readonly state: string;
  readonly isKernelThread: boolean;
  /** On its way out, or a zombie: where it was is known only from a look before. */
  readonly isExiting?: boolean;
  readonly threads: number;
  readonly utimeTicks: number;
  readonly stimeTicks: number;
  readonly rssPages: number;
  readonly cgroup: Fact<CgroupPlacement>;
  /** Links that do not exist for this process (a zombie's, an old kernel's) are missing keys. */
  readonly namespaces: Fact<NamespaceInodes>;
  /** Where /proc/PID/root points: `/`, or a chroot's directory as the reader sees it. */
  readonly root: Fact<string>;
  /** Pids from the reader's pid namespace inward; read only where it decides something, else undefined. */
  readonly nsPid: Fact<readonly number[]>;
  /** Read by the scan only for engine helpers (shims, conmon, …): it names what they serve. */
  readonly argv?: Fact<readonly string[]>;
}

/** A process that executed something and ended between two samples, as it was right after it executed. */
export interface EndedProcess {
  readonly facts: ProcessFacts;
  readonly argv: Fact<readonly string[]>;
  readonly exitedAtMs: number;
  /** Status it gave itself; absent when a signal ended it. */
  readonly exitCode?: number;
  readonly exitSignal?: number;
}

export interface HostFacts {
  readonly hostname: string;
  readonly kernelRelease: string;
  readonly clockTicksPerSecond: number;
  readonly pageSizeBytes: number;
  readonly cpus: number;
  readonly bootTimeMs: number;
  readonly uptimeSeconds: Fact<number>;
  readonly memTotalBytes: Fact<number>;
  readonly memAvailableBytes: Fact<number>;
  /** Busy and total ticks over all CPUs since boot. */
  readonly cpuTicks: Fact<{ readonly busy: number; readonly total: number }>;
  readonly loadAverage1: Fact<number>;
  /** Processes and threads of the whole host, those that hidepid hides included. */
  readonly tasks?: Fact<number>;
  /** Forks since boot, threads included, of the whole host. */
  readonly forks?: Fact<number>;
  readonly pressure: Fact<Pressures>;
  readonly cgroupMode: CgroupMode;
  readonly hierarchies: readonly Hierarchy[];
  readonly self: ObserverFacts;
}

/** Who is looking, and through which /proc. */
export interface ObserverFacts {
  readonly pid: number;
  readonly uid: number;
  readonly namespaces: Fact<NamespaceInodes>;
  readonly effectiveCapabilities: bigint;
  /** False with --proc or --sys: what is seen belongs to another mount of them, perhaps another pid namespace. */
  readonly ownProc: boolean;
  readonly procOptions: {
    readonly hidepid: 'off' | 'noaccess' | 'invisible' | 'ptraceable';
    readonly subsetPid: boolean;
  };
  readonly cgroup: Fact<CgroupPlacement>;
}

export interface PressurePair {
  readonly some?: PressureLine;
  readonly full?: PressureLine;
}
export interface Pressures {
  readonly cpu?: PressurePair;
  readonly memory?: PressurePair;
  readonly io?: PressurePair;
}

/** A limit on one cgroup of the way from a container's cgroup up to the root, innermost first. */
export interface LimitAt {
  readonly path: string;
  readonly limit: Fact<Limit>;
}

export interface CpuCounters {
  readonly usageUsec: Fact<Count>;
  readonly userUsec?: Fact<Count>;
  readonly systemUsec?: Fact<Count>;
  readonly nrPeriods?: Count;
  readonly nrThrottled?: Count;
  readonly throttledUsec?: Count;
  readonly quota: Fact<CpuMax>;
}

export interface MemoryCounters {
  readonly currentBytes: Fact<Count>;
  readonly anonBytes?: Count;
  readonly fileBytes?: Count;
  readonly shmemBytes?: Count;
  readonly inactiveFileBytes?: Count;
  readonly swapBytes?: Fact<Count>;
  readonly oomKills?: Fact<number>;
  readonly limits: readonly LimitAt[];
}

export interface IoCounters {
  readonly readBytes: Fact<Count>;
  readonly writeBytes: Fact<Count>;
}

/** Counters of one cgroup, joined over the hierarchies that hold its controllers. */
export interface CgroupCounters {
  /**
   * Monotonic clock (microseconds) right after the CPU file and the IO file were read. Counters that stand still stay the
   * very same object, sample after sample: then this becomes the last time they said so, when they say something else.
   */
  cpuReadAtUsec: number;
  ioReadAtUsec: number;
  /** Directory inodes of the cpu and io cgroups: the same path with another inode is another cgroup. */
  readonly cpuInode: Fact<number>;
  readonly ioInode: Fact<number>;
  readonly cpu: CpuCounters;
  readonly memory: MemoryCounters;
  readonly io: IoCounters;
  readonly pids: { readonly current: Fact<Count>; readonly limits: readonly LimitAt[] };
  readonly freezer: FreezerFacts;
  readonly pressure: Fact<Pressures>;
}

export interface FreezerFacts {
  readonly state: Fact<'running' | 'freezing' | 'frozen'>;
  /** The outermost cgroup whose own wish it is to be frozen, when anything is frozen. */
  readonly wishedBy?: string;
}

/** What engines left on disk, or said on a socket, about one container. Adds names only, never decides that it exists. */
export interface EngineFacts {
  readonly runtime?: string;
  readonly id?: string;
  readonly name?: string;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly pod?: { readonly id?: string; readonly name?: string; readonly namespace?: string };
  readonly isPodSandbox?: boolean;
  readonly createdAt?: string;
  /** The file, or `socket PATH`, that said so. */
  readonly source: string;
  /** Engine state as found, for `inspect`. */
  readonly state?: Readonly<Record<string, unknown>>;
}

/** What a container's init says, and what seldom changes. */
export interface InitAnswers {
  readonly argv: Fact<readonly string[]>;
  readonly argvTruncated?: boolean;
  readonly hostname: Fact<string>;
  /** `container=` of the init's environment: systemd's container interface, set by lxc, nspawn and podman. */
  readonly environContainer: Fact<string>;
}

/** What moves with every sample and no cgroup counts. Moments are microseconds of CLOCK_MONOTONIC. */
export interface Traffic {
  /** The very same object as long as nothing moved; `readAtUsec` as in `CgroupCounters`. */
  readonly net: Fact<{ readonly rxBytes: Count; readonly txBytes: Count; readAtUsec: number }>;
  /** Only for containers without a cgroup of their own: bytes of /proc/PID/io summed over its processes. */
  readonly processIo?: Fact<{
    readonly readBytes: Count;
    readonly writeBytes: Count;
    readonly readAtUsec: number;
  }>;
}

/** Read once per container (its init process), not per process. */
export interface InitFacts extends InitAnswers, Traffic {
  readonly engine?: EngineFacts;
}

/** The mount table of one mount namespace, read through `pid`. */
export interface MountTable {
  readonly pid: number;
  readonly starttimeTicks: number;
  readonly readAtMs: number;
  readonly mounts: Fact<readonly MountEntry[]>;
  /** One of them, sooner; see `mountIn`. */
  readonly mountAt?: (target: string) => MountEntry | undefined;
  /** The very same object as long as the table says the same; without it `mounts` is. */
  readonly content?: object;
  /** False: no namespace is bound to a file in it. */
  readonly mayBindNamespaces?: boolean;
}

/** Something the whole sample suffers from; said once, not per row. */
export interface SampleNote {
  readonly about: string;
  readonly text: string;
}

export interface Sample {
  readonly takenAtMs: number;
  readonly clockUsec: number;
  readonly host: HostFacts;
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** Keyed by mount namespace inode. */
  readonly mountTables: ReadonlyMap<number, MountTable>;
  /** Keyed by container key. */
  readonly counters: ReadonlyMap<string, CgroupCounters>;
  readonly inits: ReadonlyMap<string, InitFacts>;
  readonly notes: readonly SampleNote[];
  /** Processes listed by /proc that had ended before they could be read. */
  readonly vanished: number;
  /** Seen by the process connector alone: they came and went since the sample before. */
  readonly ended?: readonly EndedProcess[];
}

/** Everything `inspect` adds about one container, read through its init process. */
export interface ContainerDetail {
  readonly status: Fact<PidStatus>;
  readonly uidMap: Fact<readonly IdRange[]>;
  readonly gidMap: Fact<readonly IdRange[]>;
  readonly lsm: Fact<string>;
  readonly limits: Fact<readonly ResourceLimit[]>;
  readonly mounts: Fact<readonly MountEntry[]>;
  readonly hostMounts: Fact<readonly MountEntry[]>;
  readonly devices: Fact<readonly string[]>;
  readonly exe: Fact<string>;
  readonly cwd: Fact<string>;
}

/** A process above a container: what it is to it. */
export interface Ancestor {
  readonly pid: number;
  readonly comm: string;
  readonly role: string;
  readonly argv?: readonly string[];
}
