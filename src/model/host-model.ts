/**
 * The model every view, command and export reads: containers derived from a `Sample`, with rates against the one before.
 * Field names and shapes follow `porthole ps --json` (CONTRACT), so that printing JSON is printing the model. Types only.
 */
import type { Count, Limit } from '../kernel/count.ts';
import type { Fact } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';
import type { CgroupMode, HostFacts, NamespaceInodes, ProcessFacts, SampleNote } from './sample.ts';

export type ContainerKind = 'container' | 'pod-sandbox' | 'jail' | 'sandbox';
export type ContainerState = 'running' | 'frozen' | 'freezing' | 'exited-init' | 'exited';

export interface ContainerCpu {
  readonly usageUsec: Fact<Count>;
  /** Cores in use since the previous sample: 1.0 is one core. */
  readonly ratio?: number;
  readonly throttledUsec?: Count;
  /** Share of the enforcement periods since the previous sample in which it was throttled, 0..1. */
  readonly throttledRatio?: number;
  /** Cores allowed by its own quota; `max` when it has none. */
  readonly limitCores?: Fact<number | 'max'>;
}

export interface ContainerMemory {
  /** `processes`: it has no cgroup of its own, so the figures are sums of resident sizes (shared pages count twice). */
  readonly accounting: 'cgroup' | 'processes';
  readonly currentBytes: Fact<Count>;
  /** current minus inactive_file, as docker, podman and the kubelet count memory in use. */
  readonly workingSetBytes?: Fact<Count>;
  readonly anonBytes?: Fact<Count>;
  readonly fileBytes?: Fact<Count>;
  readonly shmemBytes?: Fact<Count>;
  readonly swapBytes?: Fact<Count>;
  readonly limitBytes: Fact<Limit>;
  /** Smallest limit over its cgroup and every ancestor, and no more than the host has. */
  readonly effectiveLimitBytes: Fact<Limit>;
  /** The cgroup path that sets the effective limit, or `host`. */
  readonly limitedBy?: string;
  readonly oomKills?: Fact<number>;
}

export interface ContainerIo {
  readonly readBytes: Fact<Count>;
  readonly writeBytes: Fact<Count>;
  readonly readBytesPerSec?: number;
  readonly writeBytesPerSec?: number;
}

export interface ContainerNet {
  readonly rxBytes: Count;
  readonly txBytes: Count;
  readonly rxBytesPerSec?: number;
  readonly txBytesPerSec?: number;
}

export interface ContainerPressure {
  readonly someAvg10?: number;
  readonly fullAvg10?: number;
}

export interface Container {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly kind: ContainerKind;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly initPid: number;
  /** With initPid the identity of the init process. */
  readonly initStarttimeTicks: number;
  readonly pids: readonly number[];
  readonly parent?: string;
  readonly pod?: { readonly id: string; readonly name?: string; readonly namespace?: string };
  readonly state: ContainerState;
  /** Only of state `exited`: all of it came and went between two samples, so that nothing of its use was measured. */
  readonly exitedAt?: string;
  /** Status its init gave itself, or the signal that ended it. */
  readonly exitCode?: number;
  readonly exitSignal?: number;
  /** Cgroup path whose wish a freeze is, when it is an ancestor's. */
  readonly frozenBy?: string;
  readonly startedAt: string;
  readonly hostname: Fact<string>;
  readonly command: Fact<string>;
  readonly argv: Fact<readonly string[]>;
  /** 0 for a container on the host, 1 for one inside that, … */
  readonly depth: number;
  readonly namespaces: Fact<NamespaceInodes>;
  readonly privateNamespaces: Fact<readonly NamespaceType[]>;
  readonly cgroup: {
    readonly mode: CgroupMode;
    readonly paths: Readonly<Record<string, string>>;
    /** Some hierarchy has a cgroup that is its alone. */
    readonly own: boolean;
    /** Which of `paths` those are. */
    readonly ownPaths?: readonly string[];
    /** For which controllers of `paths` it is: the same path can be its own in one hierarchy and shared in another. */
    readonly ownControllers?: readonly string[];
  };
  readonly cpu: ContainerCpu;
  readonly memory: ContainerMemory;
  readonly io: ContainerIo;
  readonly pidsCount: Fact<Count>;
  readonly pidsLimit: Fact<Limit>;
  readonly effectivePidsLimit?: Fact<Limit>;
  readonly pressure?: Fact<Readonly<Partial<Record<'cpu' | 'memory' | 'io', ContainerPressure>>>>;
  readonly net?: Fact<ContainerNet>;
  readonly evidence: readonly string[];
  /** Where name, image and labels came from. */
  readonly nameSource: string;
}

/** What acting on a container takes. */
export interface ContainerTarget
  extends Pick<
    Container,
    'key' | 'name' | 'runtime' | 'id' | 'initPid' | 'initStarttimeTicks' | 'pids' | 'state' | 'cgroup'
  > {
  readonly frozenBy?: string | undefined;
  /** Of each of `pids`, where this is what a look of its own found: a pid that is used again is another process. */
  readonly starttimes?: ReadonlyMap<number, number>;
}

export interface HostModel {
  readonly takenAtMs: number;
  readonly host: HostFacts;
  /** Busy share of all CPUs since the previous sample, 0..1. */
  readonly hostCpuRatio?: number;
  /** Every kind, sandboxes included; parents before their children, siblings by start. */
  readonly containers: readonly Container[];
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** pid -> container key, for every process that belongs to one. */
  readonly containerOfPid: ReadonlyMap<number, string>;
  readonly notes: readonly SampleNote[];
  readonly vanished: number;
}
