// What is on the host that was not there before: the check that a lab, or a whole test run, left nothing behind.
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { labIn, MountNamespaces, markedLabOf } from './belongs.ts';
import { cgroupDirs, hierarchies, mountsOf, processesIn } from './host.ts';
import { Journal, labDirs, labPrefix, thisRun } from './journal.ts';
import { readText, runningProcesses } from './proc.ts';

export interface HostSnapshot {
  readonly labs: ReadonlySet<string>;
  /** pid and starttime */
  readonly processes: ReadonlySet<string>;
  readonly mounts: ReadonlySet<string>;
  readonly cgroups: ReadonlySet<string>;
  readonly sockets: ReadonlySet<string>;
  readonly interfaces: ReadonlySet<string>;
  /** Engines' default places, of which a lab uses none. */
  readonly enginePaths: ReadonlySet<string>;
  readonly sysctls: ReadonlyMap<string, string | undefined>;
}

const enginePaths = [
  '/run/containerd /run/docker /run/docker.sock /run/runc /run/crun /run/libpod /run/containers /run/lxc /run/podman',
  '/run/systemd/nspawn /run/netns /var/lib/docker /var/lib/containerd /var/lib/containers /var/lib/cni',
  '/etc/docker/key.json /dev/shm/libpod_lock',
].flatMap((line) => line.split(' '));

const sysctls = [
  'kernel/keys/root_maxkeys kernel/keys/root_maxbytes kernel/core_pattern net/ipv4/ip_forward',
  'net/ipv4/conf/all/forwarding net/ipv6/conf/all/forwarding vm/overcommit_memory user/max_user_namespaces',
].flatMap((line) => line.split(' ').map((name) => `/proc/sys/${name}`));

const isLabText = (text: string): boolean => text.includes(labPrefix);

export function snapshot(): HostSnapshot {
  const mounts = mountsOf('self').map((mount) => `${mount.mountPoint} (${mount.type} ${mount.root})`);
  return {
    labs: new Set(labDirs()),
    processes: new Set(runningProcesses().map((stat) => `${stat.pid} ${stat.starttime}`)),
    mounts: new Set(mounts.filter(isLabText)),
    cgroups: new Set(cgroupDirs()),
    sockets: new Set((readText('/proc/net/unix') ?? '').split('\n').map(socketPath).filter(isLabText)),
    interfaces: new Set(readdirSync('/sys/class/net')),
    enginePaths: new Set(enginePaths.filter((path) => existsSync(path))),
    sysctls: new Map(sysctls.map((path) => [path, readText(path)])),
  };
}

const socketPath = (line: string): string => line.split(' ').slice(7).join(' ').trim();

/**
 * What came since `before` and stays, one line each. What belongs to other labs that are in use (those of `before`, those of
 * other test runs, and `except`) does not count.
 */
export function leftovers(before: HostSnapshot, except: ReadonlySet<string> = new Set()): string[] {
  const now = snapshot();
  const others = new Set(
    [...now.labs].filter((dir) => before.labs.has(dir) || except.has(dir) || isForeign(dir)),
  );
  const isOurs = (text: string): boolean => !others.has(labIn(text) ?? '');
  const added = (kind: string, old: ReadonlySet<string>, current: ReadonlySet<string>): string[] =>
    [...current].filter((item) => !old.has(item) && isOurs(item)).map((item) => `${kind} ${item}`);
  return [
    ...added('lab directory', before.labs, now.labs),
    ...leftProcesses(before, others),
    ...added('mount', before.mounts, now.mounts),
    ...leftCgroups(before, now, others),
    ...added('socket', before.sockets, now.sockets),
    ...added('network interface', before.interfaces, now.interfaces),
    ...added('path', before.enginePaths, now.enginePaths),
    ...[...now.sysctls]
      .filter(([path, value]) => before.sysctls.get(path) !== value)
      .map(([path]) => `setting ${path}`),
  ];
}

/** In use by another test run. */
function isForeign(dir: string): boolean {
  const journal = new Journal(dir);
  return journal.isOwned() && journal.owner()?.run !== thisRun();
}

function leftProcesses(before: HostSnapshot, others: ReadonlySet<string>): string[] {
  const mountNamespaces = new MountNamespaces();
  return runningProcesses()
    .filter((stat) => !before.processes.has(`${stat.pid} ${stat.starttime}`) && stat.pid !== process.pid)
    .map((stat) => ({ stat, lab: markedLabOf(stat.pid, mountNamespaces) }))
    .filter(({ lab }) => lab !== undefined && !others.has(lab))
    .map(({ stat, lab }) => `process ${stat.pid} ${stat.comm} of ${lab}`);
}

/** New trees at the top of a hierarchy, as engines make them; not those that another run claims or strangers live in. */
function leftCgroups(before: HostSnapshot, now: HostSnapshot, others: ReadonlySet<string>): string[] {
  const roots = new Set(hierarchies().map((hierarchy) => hierarchy.mountPoint));
  const claimed = new Set([...others].flatMap((dir) => [...new Journal(dir).cgroups().keys()]));
  const mountNamespaces = new MountNamespaces();
  const isStrangers = (dir: string): boolean => {
    const pids = processesIn(dir);
    return pids.length > 0 && pids.every((pid) => markedLabOf(pid, mountNamespaces) === undefined);
  };
  return [...now.cgroups]
    .filter((dir) => !before.cgroups.has(dir) && !claimed.has(dir))
    .filter((dir) => roots.has(dirname(dir)) && !isStrangers(dir))
    .map((dir) => `cgroup ${dir}`);
}
