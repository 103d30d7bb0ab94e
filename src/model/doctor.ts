/**
 * What this host and these rights allow, and what is missing: each check says which right or option would show more and
 * how to give it. Pure over a model.
 */
import { hierarchyOf } from '../kernel/cgroup/hierarchy.ts';
import { isUnknown, known, type Reading } from '../kernel/reading.ts';
import { decodeCapabilities } from '../kernel/tables/capabilities.ts';
import { INITIAL_INODES } from '../kernel/tables/namespaces.ts';
import type { HostModel } from './host-model.ts';
import type { ProcessFacts } from './sample.ts';

export interface Check {
  readonly id: string;
  readonly title: string;
  readonly status: 'ok' | 'limited' | 'missing';
  readonly detail: string;
  /** How to get what is missing. */
  readonly fix?: string;
}

export interface DoctorReport {
  readonly host: {
    readonly kernel: string;
    readonly hostname: string;
    readonly cgroupMode: HostModel['host']['cgroupMode'];
    readonly hierarchies: HostModel['host']['hierarchies'];
    readonly uid: number;
    readonly capabilities: readonly string[];
    readonly procOptions: HostModel['host']['self']['procOptions'];
  };
  readonly checks: readonly Check[];
}

const AS_ROOT = 'run Porthole as root (sudo)';
const IN_CONTAINER =
  'in a container: docker run --pid=host --uts=host --cap-add SYS_PTRACE --cap-add SYS_ADMIN --security-opt apparmor=unconfined -v /proc:/host/proc:ro -v /sys:/host/sys:ro -e HOST_PROC=/host/proc -e HOST_SYS=/host/sys';

/** @param arrivals does the kernel's process connector speak to us? */
export function examine(model: HostModel, arrivals: Reading<unknown>): DoctorReport {
  const { host } = model;
  const capabilities = decodeCapabilities(host.self.effectiveCapabilities);
  return {
    host: {
      kernel: host.kernelRelease,
      hostname: host.hostname,
      cgroupMode: host.cgroupMode,
      hierarchies: host.hierarchies,
      uid: host.self.uid,
      capabilities,
      procOptions: host.self.procOptions,
    },
    checks: [...modelChecks(model), shortLives(arrivals)],
  };
}

/** What a model alone can tell. */
export function modelChecks(model: HostModel): Check[] {
  const capabilities = decodeCapabilities(model.host.self.effectiveCapabilities);
  return [
    visibility(model),
    ptrace(model, capabilities),
    pidNamespace(model),
    hostnames(model, capabilities),
    cgroupMounts(model),
    ...controllers(model),
    pressure(model),
    engineFiles(model, capabilities),
    pidReuse(model),
  ];
}

function visibility({ host, processes }: HostModel): Check {
  const { hidepid, subsetPid } = host.self.procOptions;
  const check = { id: 'proc', title: 'Every process can be seen' };
  if (hidepid === 'off' && !subsetPid) {
    return { ...check, status: 'ok', detail: `${processes.size} processes, /proc mounted without hidepid` };
  }
  const option = [hidepid === 'off' ? '' : `hidepid=${hidepid}`, subsetPid ? 'subset=pid' : '']
    .filter(Boolean)
    .join(',');
  const sees = host.self.uid === 0 || hidepid === 'off';
  return {
    ...check,
    status: sees ? 'ok' : 'limited',
    detail: `/proc is mounted with ${option}: ${processes.size} processes are visible`,
    ...(sees ? {} : { fix: `${AS_ROOT}, or mount -o remount,hidepid=0 /proc` }),
  };
}

function ptrace({ host, processes }: HostModel, capabilities: readonly string[]): Check {
  const check = { id: 'ptrace', title: 'Namespaces, roots and environments of other processes' };
  const users = [...processes.values()].filter((facts) => !facts.isKernelThread);
  const denied = users.filter((facts) => isUnknown(facts.namespaces));
  const { hidepid } = host.self.procOptions;
  if (denied.length === 0 && hidepid !== 'off' && host.self.uid !== 0) {
    const detail = `read for the ${users.length} user processes that hidepid=${hidepid} leaves visible`;
    return { ...check, status: 'limited', detail, fix: AS_ROOT };
  }
  if (denied.length === 0)
    return { ...check, status: 'ok', detail: `read for all ${users.length} user processes` };
  const example = denied[0];
  const where = example === undefined ? '' : exampleOf(example);
  const has = capabilities.includes('CAP_SYS_PTRACE');
  return {
    ...check,
    status: denied.length === users.length ? 'missing' : 'limited',
    detail: `denied for ${denied.length} of ${users.length} user processes${where}`,
    fix: has
      ? 'CAP_SYS_PTRACE is there, but a security module or another user namespace stands in between; those processes are listed by their cgroup alone'
      : `needs CAP_SYS_PTRACE: ${AS_ROOT}; ${IN_CONTAINER}`,
  };
}

function exampleOf({ namespaces }: ProcessFacts): string {
  return isUnknown(namespaces) ? `, for example ${namespaces.path}: ${namespaces.errno}` : '';
}

function pidNamespace({ host, processes }: HostModel): Check {
  const check = { id: 'pid-namespace', title: "The host's own pid namespace" };
  if (processes.get(2)?.isKernelThread === true)
    return { ...check, status: 'ok', detail: 'kernel threads are visible: this is it' };
  // hidepid hides kernel threads too; our own link to the initial namespace cannot be hidden.
  if (host.self.ownProc && known(host.self.namespaces)?.pid === INITIAL_INODES.pid)
    return { ...check, status: 'ok', detail: `pid:[${INITIAL_INODES.pid}]: this is it` };
  return {
    ...check,
    status: 'limited',
    detail: `no kernel thread is visible in ${host.self.ownProc ? '/proc' : 'the given proc mount'}: only processes of an inner pid namespace are seen`,
    fix: `run it on the host, or ${IN_CONTAINER}`,
  };
}

function hostnames({ containers }: HostModel, capabilities: readonly string[]): Check {
  const check = { id: 'hostnames', title: 'Hostnames of containers' };
  const denied = containers.filter((each) => isUnknown(each.hostname));
  if (capabilities.includes('CAP_SYS_ADMIN') && denied.length === 0) {
    return { ...check, status: 'ok', detail: 'CAP_SYS_ADMIN: their uts namespaces can be joined' };
  }
  return {
    ...check,
    status: 'missing',
    detail: `not readable for ${denied.length} of ${containers.length} containers`,
    fix: `needs CAP_SYS_ADMIN: ${AS_ROOT}`,
  };
}

function cgroupMounts({ host }: HostModel): Check {
  const check = { id: 'cgroups', title: 'cgroup file systems' };
  if (host.hierarchies.length === 0) {
    return {
      ...check,
      status: 'missing',
      detail: 'none is mounted: usage and limits come from processes alone',
      fix: 'mount -t cgroup2 none /sys/fs/cgroup; in a container add -v /sys/fs/cgroup:/sys/fs/cgroup:ro',
    };
  }
  const mounts = host.hierarchies.map(
    ({ version, controllers, mountPoint }) =>
      `v${version} ${controllers.join(',') || 'without controllers'} at ${mountPoint}`,
  );
  return { ...check, status: 'ok', detail: `${host.cgroupMode}: ${mounts.join('; ')}` };
}

const NEEDED: readonly (readonly [string, string, string])[] = [
  ['cpu', 'CPU limits and throttling', 'cpu'],
  ['memory', 'Memory use and limits', 'memory'],
  ['pids', 'Task counts and limits', 'pids'],
  ['io', 'Disk I/O', 'blkio'],
];

function controllers({ host }: HostModel): Check[] {
  return NEEDED.map(([name, title, legacy]) => {
    const found = hierarchyOf(host.hierarchies, name) ?? hierarchyOf(host.hierarchies, legacy);
    const check = { id: `controller-${name}`, title };
    if (found !== undefined)
      return { ...check, status: 'ok', detail: `v${found.version} at ${found.mountPoint}` };
    return {
      ...check,
      status: 'missing',
      detail: `no mounted hierarchy has the ${name} controller`,
      fix: 'mount cgroup2 with it, or boot without cgroup_disable',
    };
  });
}

function pressure({ host }: HostModel): Check {
  const check = { id: 'pressure', title: 'Pressure stall information' };
  if (host.pressure !== undefined && !isUnknown(host.pressure))
    return { ...check, status: 'ok', detail: 'cpu, memory and io, for the host and each v2 cgroup' };
  return {
    ...check,
    status: 'missing',
    detail: isUnknown(host.pressure)
      ? `${host.pressure.path}: ${host.pressure.errno}`
      : 'the kernel has no pressure files',
    fix: 'Linux 4.20 with CONFIG_PSI; where it is off by default, boot with psi=1',
  };
}

function engineFiles({ containers }: HostModel, capabilities: readonly string[]): Check {
  const check = { id: 'names', title: 'Names and images from engine files' };
  const engines = containers.filter((each) =>
    ['docker', 'podman', 'containerd', 'cri-o'].includes(each.runtime),
  );
  const nameless = engines.filter((each) => each.nameSource === 'short id');
  if (nameless.length === 0)
    return { ...check, status: 'ok', detail: `${engines.length} containers of engines, all named` };
  const has = capabilities.includes('CAP_DAC_READ_SEARCH');
  return {
    ...check,
    status: 'limited',
    detail: `${nameless.length} of ${engines.length} containers of engines go by their short id`,
    fix: has
      ? 'their engines keep no readable state: nothing else is missing'
      : `needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH: ${AS_ROOT}`,
  };
}

function pidReuse({ host }: HostModel): Check {
  const [major = 0, minor = 0] = host.kernelRelease.split('.').map(Number);
  const check = { id: 'pidfd', title: 'Safe against pid reuse (pidfd)' };
  if (major > 5 || (major === 5 && minor >= 3))
    return { ...check, status: 'ok', detail: `Linux ${host.kernelRelease}` };
  return { ...check, status: 'missing', detail: `Linux ${host.kernelRelease}`, fix: 'Linux 5.3 or later' };
}

function shortLives(arrivals: Reading<unknown>): Check {
  const check = { id: 'arrivals', title: 'Containers that come and go between two samples' };
  if (arrivals.ok)
    return {
      ...check,
      status: 'ok',
      detail: 'the process connector tells of programs as they start and end',
    };
  const { why, path, errno } = arrivals;
  return {
    ...check,
    status: 'limited',
    detail: `not seen with --watch or on the dashboard: ${path}: ${errno}`,
    fix:
      why === 'denied'
        ? `before Linux 6.6 it needs CAP_NET_ADMIN: ${AS_ROOT}`
        : (TO_BE_TOLD[errno] ?? NO_CONNECTOR),
  };
}

const NO_CONNECTOR = 'a kernel with CONFIG_PROC_EVENTS';
const TO_BE_TOLD: Readonly<Record<string, string>> = {
  ENOEXEC: 'on x86_64 or aarch64, where a program may load a library from memory: its thread is in one',
  EXDEV: 'without --proc and --sys, on the host: it speaks of pids of the initial pid namespace',
  ETIMEDOUT: "in the host's pid and user namespaces: it ignores whoever asks from others",
  ECONNREFUSED: "in the host's network namespace: in others it does not exist",
};
