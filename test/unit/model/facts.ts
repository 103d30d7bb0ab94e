/** Builders for fabricated samples: a process is a line of a table, a host is a list of processes. */
import { cgroupModeOf, type Hierarchy } from '../../../src/kernel/cgroup/hierarchy.ts';
import { parsePidCgroup } from '../../../src/kernel/proc/cgroup.ts';
import { type MountEntry, parseMountinfo } from '../../../src/kernel/proc/mountinfo.ts';
import type { Unknown } from '../../../src/kernel/reading.ts';
import { buildModel } from '../../../src/model/build.ts';
import type { HostModel } from '../../../src/model/host-model.ts';
import type {
  CgroupCounters,
  CgroupPlacement,
  EngineFacts,
  HostFacts,
  InitFacts,
  MountTable,
  NamespaceInodes,
  ObserverFacts,
  ProcessFacts,
  Sample,
} from '../../../src/model/sample.ts';

/** The fixed inodes of Linux 6.18 (docs/pitfalls.md). */
export const INITIAL: Required<NamespaceInodes> = {
  ipc: 4026531839,
  uts: 4026531838,
  user: 4026531837,
  pid: 4026531836,
  cgroup: 4026531835,
  time: 4026531834,
  net: 4026531833,
  mnt: 4026531832,
};

export const DENIED: Unknown = { unknown: 'denied', path: '/proc/1/ns/mnt', errno: 'EACCES' };
const GIB = 2 ** 30;

/** Sixty-four hex digits, told apart by what they begin with. */
export const id64 = (start: string) => start.padEnd(64, '0123456789abcdef');

export const V2: Hierarchy = {
  version: 2,
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
  mountPoint: '/sys/fs/cgroup',
  root: '/',
};
export const V1: readonly Hierarchy[] = ['cpu', 'cpuacct', 'memory', 'blkio', 'pids', 'freezer'].map(
  (name) => ({ version: 1, controllers: [name], mountPoint: `/sys/fs/cgroup/${name}`, root: '/' }),
);

export interface ProcessChange extends Omit<Partial<ProcessFacts>, 'cgroup' | 'namespaces' | 'nsPid'> {
  /** A v2 path, or the whole text of /proc/PID/cgroup. */
  readonly cgroup?: string | Unknown;
  /** Those that differ from the initial ones; everything else is the host's. */
  readonly ns?: NamespaceInodes;
  readonly namespaces?: ProcessFacts['namespaces'];
  readonly nsPid?: ProcessFacts['nsPid'];
}

/** A process of the host at `pid`, started `pid` ticks after boot, unless told otherwise. */
export function proc(pid: number, ppid: number, comm: string, change: ProcessChange = {}): ProcessFacts {
  const { cgroup = '/', ns = {}, ...rest } = change;
  return {
    pid,
    ppid,
    comm,
    starttimeTicks: pid,
    state: 'S',
    isKernelThread: false,
    threads: 1,
    utimeTicks: 0,
    stimeTicks: 0,
    rssPages: 0,
    namespaces: { ...INITIAL, ...ns },
    root: '/',
    nsPid: undefined,
    ...rest,
    cgroup: typeof cgroup === 'string' ? placement(cgroup) : cgroup,
  };
}

export function kernelThread(pid: number, comm: string): ProcessFacts {
  return {
    ...proc(pid, pid === 2 ? 0 : 2, comm),
    isKernelThread: true,
    cgroup: undefined,
    namespaces: undefined,
    root: undefined,
  };
}

function placement(cgroup: string): CgroupPlacement {
  const text = cgroup.startsWith('/') ? `0::${cgroup}\n` : cgroup;
  return { text, lines: parsePidCgroup(text) };
}

/** As the collector does: processes with the same text share one placement. */
export function processMap(list: readonly ProcessFacts[]): Map<number, ProcessFacts> {
  const shared = new Map<string, CgroupPlacement>();
  return new Map(
    list.map((facts) => {
      const { cgroup } = facts;
      if (cgroup === undefined || 'unknown' in cgroup) return [facts.pid, facts];
      const same = shared.get(cgroup.text) ?? cgroup;
      shared.set(cgroup.text, same);
      return [facts.pid, { ...facts, cgroup: same }];
    }),
  );
}

/** init, kthreadd, a kernel worker, two services and a login shell: what is on every host and is no container. */
export const HOST_PROCESSES: readonly ProcessFacts[] = [
  proc(1, 0, 'systemd', { cgroup: '/init.scope' }),
  kernelThread(2, 'kthreadd'),
  kernelThread(9, 'kworker/0:1H-kblockd'),
  { ...kernelThread(23, 'kdevtmpfs'), namespaces: { ...INITIAL, mnt: 4026531862 } },
  proc(400, 1, 'systemd-journal', { cgroup: '/system.slice/systemd-journald.service' }),
  proc(500, 1, 'sshd', { cgroup: '/system.slice/ssh.service' }),
  proc(510, 500, 'bash', { cgroup: '/user.slice/user-1000.slice/session-3.scope' }),
  proc(700, 1, 'containerd', { cgroup: '/system.slice/containerd.service' }),
  proc(800, 1, 'dockerd', { cgroup: '/system.slice/docker.service' }),
];

export function observer(change: Partial<ObserverFacts> = {}): ObserverFacts {
  return {
    pid: 99_999,
    uid: 0,
    namespaces: INITIAL,
    effectiveCapabilities: 0x1ff_ffff_ffffn,
    ownProc: true,
    procOptions: { hidepid: 'off', subsetPid: false },
    cgroup: undefined,
    ...change,
  };
}

export function hostFacts(change: Partial<HostFacts> = {}): HostFacts {
  const hierarchies = change.hierarchies ?? [V2];
  return {
    hostname: 'metal',
    kernelRelease: '6.18.0',
    clockTicksPerSecond: 100,
    pageSizeBytes: 4096,
    cpus: 4,
    bootTimeMs: Date.parse('2024-05-01T00:00:00Z'),
    uptimeSeconds: 1000,
    memTotalBytes: 16 * GIB,
    memAvailableBytes: 8 * GIB,
    cpuTicks: { busy: 1000, total: 4000 },
    loadAverage1: 0.5,
    pressure: undefined,
    cgroupMode: cgroupModeOf(hierarchies),
    hierarchies,
    self: observer(),
    ...change,
  };
}

export interface SampleParts {
  readonly host?: Partial<HostFacts>;
  readonly mounts?: ReadonlyMap<number, MountTable>;
  readonly counters?: ReadonlyMap<string, CgroupCounters>;
  readonly inits?: ReadonlyMap<string, InitFacts>;
  readonly clockUsec?: number;
}

export function sampleOf(processes: readonly ProcessFacts[], parts: SampleParts = {}): Sample {
  return {
    takenAtMs: Date.parse('2024-05-01T12:00:00Z'),
    clockUsec: parts.clockUsec ?? 0,
    host: hostFacts(parts.host),
    processes: processMap(processes),
    mountTables: parts.mounts ?? new Map(),
    counters: parts.counters ?? new Map(),
    inits: parts.inits ?? new Map(),
    notes: [],
    vanished: 0,
  };
}

export function initFacts(change: Partial<InitFacts> & { engine?: EngineFacts } = {}): InitFacts {
  return { argv: undefined, hostname: undefined, environContainer: undefined, net: undefined, ...change };
}

/** Counters of a cgroup that has just been made: everything 0, nothing limited. */
export function counters(change: Partial<CgroupCounters> = {}): CgroupCounters {
  return {
    cpuReadAtUsec: 0,
    ioReadAtUsec: 0,
    cpuInode: 77,
    ioInode: 77,
    cpu: { usageUsec: 0, quota: { quotaUsec: 'max', periodUsec: 100_000 } },
    memory: { currentBytes: 0, limits: [] },
    io: { readBytes: 0, writeBytes: 0 },
    pids: { current: 1, limits: [] },
    freezer: { state: 'running' },
    pressure: undefined,
    ...change,
  };
}

/** A mount table read through `pid`, from the text of a mountinfo. */
export function mountTable(pid: number, mountinfo: string): MountTable {
  const mounts: readonly MountEntry[] = parseMountinfo(mountinfo);
  return { pid, starttimeTicks: pid, readAtMs: 0, mounts };
}

export const HOST_MOUNTS = '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n';
export const OVERLAY_MOUNTS =
  '900 600 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/var/lib/docker/overlay2/ab/diff,workdir=/w\n';

/** One line per container: `key pid,pid <parent`, in the model's order, for tables of expectations. */
export function listed(model: HostModel): string[] {
  return model.containers.map(
    ({ key, kind, pids, parent }) =>
      `${kind} ${shortKey(key)} ${pids.join(',')}${parent === undefined ? '' : ` < ${shortKey(parent)}`}`,
  );
}

function shortKey(key: string): string {
  return key.replace(/([0-9a-f]{64})/g, (id) => id.slice(0, 4));
}

export function modelOf(processes: readonly ProcessFacts[], parts: SampleParts = {}): HostModel {
  return buildModel(sampleOf(processes, parts));
}
