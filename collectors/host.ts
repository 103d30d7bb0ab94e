/** Facts about the host and about ourselves as observer: read once, or where they change, once per sample. */
import { availableParallelism, release } from 'node:os';
import { cgroupModeOf, type Hierarchy } from '../src/kernel/cgroup/hierarchy.ts';
import { parsePressure } from '../src/kernel/cgroup/pressure.ts';
import { AT_CLKTCK, AT_PAGESZ, parseAuxv } from '../src/kernel/proc/auxv.ts';
import { parsePidCgroup } from '../src/kernel/proc/cgroup.ts';
import { parseHostStat } from '../src/kernel/proc/host-stat.ts';
import { parseLoadavg } from '../src/kernel/proc/loadavg.ts';
import { parseMeminfo } from '../src/kernel/proc/meminfo.ts';
import { type MountEntry, parseMountinfo } from '../src/kernel/proc/mountinfo.ts';
import { parsePidStatus } from '../src/kernel/proc/status.ts';
import { parseUptime } from '../src/kernel/proc/uptime.ts';
import {
  type Fact,
  factOf,
  isKnown,
  known,
  mapFact,
  mapReading,
  type Reading,
} from '../src/kernel/reading.ts';
import type {
  HostFacts,
  NamespaceInodes,
  ObserverFacts,
  PressurePair,
  Pressures,
  ProcessFacts,
} from '../src/model/sample.ts';
import { bootedAtMs, sinceBootMs } from '../src/sys/clock.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { hostnamesInside, ownHostname } from '../src/sys/uts.ts';
import type { Collector } from './collector.ts';
import { findHierarchies } from './hierarchies.ts';
import { namespaces } from './namespaces.ts';
import { parsed } from './parsed.ts';

const AUXV_BYTES = 4096;
const USUAL_CLOCK_TICKS = 100;
const USUAL_PAGE_BYTES = 4096;

export const host: Collector<undefined, HostFacts> = {
  id: 'host',
  reads: [
    '/proc/self/mountinfo',
    '/proc/self/status',
    '/proc/stat',
    '/proc/meminfo',
    '/proc/uptime',
    '/proc/pressure/*',
  ],
  needs: [],
  tier: 'once',
  collect(files) {
    const mountinfo = ownMountinfo(files);
    const hierarchies = findHierarchies(files, mountinfo);
    const auxv = auxiliary(files);
    return {
      hostname: hostnameOf(files),
      kernelRelease: release(),
      clockTicksPerSecond: Number(auxv?.get(AT_CLKTCK) ?? USUAL_CLOCK_TICKS),
      pageSizeBytes: Number(auxv?.get(AT_PAGESZ) ?? USUAL_PAGE_BYTES),
      cgroupMode: cgroupModeOf(hierarchies),
      hierarchies,
      self: observer(files, mountinfo),
      ...changing(files),
    };
  },
};

/** What finding a container takes of the host: where we look from, and which cgroups are mounted where. */
export type HostAround = Pick<HostFacts, 'hostname' | 'cgroupMode' | 'hierarchies' | 'memTotalBytes'> & {
  readonly self: Pick<ObserverFacts, 'namespaces' | 'ownProc'>;
  readonly ownMountinfo: Reading<string>;
};

/** @param own as `ownNamespaces` has them */
export function hostAround(
  files: KernelFiles,
  { mountinfo, hierarchies }: OwnMounts,
  own: Fact<NamespaceInodes>,
): HostAround {
  let hostname: string | undefined;
  return {
    cgroupMode: cgroupModeOf(hierarchies),
    hierarchies,
    self: { namespaces: own, ownProc: files.ownProc },
    ownMountinfo: mountinfo,
    /** Asked for where no engine names the container: for this alone Node loads another module. */
    get hostname() {
      hostname ??= hostnameOf(files);
      return hostname;
    },
    /** Read when it is asked for: most actions do not. */
    get memTotalBytes() {
      return known(read(files, 'meminfo', parseMeminfo))?.get('MemTotal');
    },
  };
}

export interface OwnMounts {
  readonly mountinfo: Reading<string>;
  readonly hierarchies: readonly Hierarchy[];
}

export function ownMounts(files: KernelFiles): OwnMounts {
  const mountinfo = ownMountinfo(files);
  return { mountinfo, hierarchies: findHierarchies(files, mountinfo) };
}

/**
 * By the number that this /proc has for us, which is not ours where it shows another pid namespace.
 * @param found all processes, among which are our namespaces: nobody has to look there again
 */
export function ownNamespaces(
  files: KernelFiles,
  found: ReadonlyMap<number, ProcessFacts>,
): Fact<NamespaceInodes> {
  const self = files.link(files.proc('self'));
  const seen = self.ok ? found.get(Number(self.value))?.namespaces : undefined;
  return isKnown(seen) ? seen : namespaces.collect(files, 'self');
}

/** gethostname answers for us; through another /proc it is the name that the host's pid 1 sees. */
function hostnameOf(files: KernelFiles): string {
  if (files.ownProc) return ownHostname();
  const [seen] = hostnamesInside([files.proc('1/ns/uts')]);
  return seen?.ok === true ? seen.value : ownHostname();
}

/** The facts that move: reread for each sample of a running sampler. */
export function changing(files: KernelFiles) {
  const uptime = read(files, 'uptime', (text) => parseUptime(text).uptimeSeconds);
  const memory = read(files, 'meminfo', parseMeminfo);
  const stat = read(files, 'stat', parseHostStat);
  const load = read(files, 'loadavg', parseLoadavg);
  const seconds = known(uptime);
  const boot = known(stat)?.bootTimeSeconds;
  return {
    uptimeSeconds: uptime,
    bootTimeMs: bootTimeMs(seconds, boot),
    memTotalBytes: known(memory)?.get('MemTotal'),
    memAvailableBytes: known(memory)?.get('MemAvailable'),
    cpuTicks: known(stat) && { busy: known(stat)?.total.busyTicks ?? 0, total: totalTicks(known(stat)) },
    loadAverage1: mapFact(load, ({ load1 }) => load1),
    // Those of the host, whichever of them we may use.
    cpus: known(stat)?.cpus ?? availableParallelism(),
    tasks: mapFact(load, ({ tasks }) => tasks),
    forks: mapFact(stat, ({ forks }) => forks),
    pressure: hostPressure(files),
  };
}

/** Another kernel's /proc (a fixture), or one that somebody made up (lxcfs), says another time than our clock. */
const SAME_CLOCK_MS = 1000;

/** Finer than btime's whole seconds, and in the same (possibly shifted) time namespace as starttime. */
function bootTimeMs(uptimeSeconds: number | undefined, btimeSeconds: number | undefined): number {
  if (uptimeSeconds === undefined) return (btimeSeconds ?? 0) * 1000;
  const isOurs = Math.abs(sinceBootMs() - uptimeSeconds * 1000) < SAME_CLOCK_MS;
  // Two decimals, read at another moment than the clock: not the same at each look.
  return isOurs ? bootedAtMs() : Date.now() - uptimeSeconds * 1000;
}

function totalTicks(stat: ReturnType<typeof parseHostStat> | undefined): number {
  return stat === undefined ? 0 : stat.total.busyTicks + stat.total.idleTicks;
}

function read<T>(files: KernelFiles, name: string, parse: (text: string) => T): Fact<T> {
  const path = files.proc(name);
  return factOf(parsed(files.text(path), path, parse));
}

/** Our own mount table: where cgroup file systems are mounted. Through the given /proc while that one knows us. */
export function ownMountinfo(files: KernelFiles): Reading<string> {
  return files.text(files.proc('self/mountinfo'), 'utf8');
}

function auxiliary(files: KernelFiles): ReadonlyMap<number, bigint> | undefined {
  const path = files.proc('self/auxv');
  const vector = parsed(files.bytes(path, AUXV_BYTES), path, parseAuxv);
  return vector.ok ? vector.value : undefined;
}

function observer(files: KernelFiles, mountinfo: Reading<string>): ObserverFacts {
  const self = files.proc('self');
  const status = parsed(files.small(`${self}/status`), `${self}/status`, parsePidStatus);
  const cgroup = parsed(files.small(`${self}/cgroup`), `${self}/cgroup`, (text) => ({
    text,
    lines: parsePidCgroup(text),
  }));
  return {
    pid: process.pid,
    uid: process.geteuid?.() ?? -1,
    namespaces: namespaces.collect(files, 'self'),
    effectiveCapabilities: status.ok ? status.value.capabilities.effective : 0n,
    ownProc: files.ownProc,
    procOptions: procOptions(files, parsed(mountinfo, `${self}/mountinfo`, parseMountinfo)),
    cgroup: factOf(cgroup),
  };
}

const HIDEPID: Readonly<Record<string, ObserverFacts['procOptions']['hidepid']>> = {
  '0': 'off',
  off: 'off',
  '1': 'noaccess',
  noaccess: 'noaccess',
  '2': 'invisible',
  invisible: 'invisible',
  '4': 'ptraceable',
  ptraceable: 'ptraceable',
};

/** hidepid and subset of the proc mount we read: they hide whole rows. */
function procOptions(files: KernelFiles, mounts: Reading<MountEntry[]>): ObserverFacts['procOptions'] {
  const own = mounts.ok ? mounts.value.findLast((mount) => mount.target === files.procRoot) : undefined;
  const options = new Map((own?.superOptions ?? '').split(',').map((option) => splitOption(option)));
  return {
    hidepid: HIDEPID[options.get('hidepid') ?? 'off'] ?? 'off',
    subsetPid: options.get('subset') === 'pid',
  };
}

function splitOption(option: string): [string, string] {
  const equals = option.indexOf('=');
  return equals === -1 ? [option, ''] : [option.slice(0, equals), option.slice(equals + 1)];
}

function hostPressure(files: KernelFiles): Fact<Pressures> {
  const one = (name: string): Reading<PressurePair> => {
    const path = files.proc(`pressure/${name}`);
    return parsed(files.text(path), path, parsePressure);
  };
  return factOf(joinPressure({ cpu: one('cpu'), memory: one('memory'), io: one('io') }));
}

/** Three PSI files as one fact; the first failure answers for all, because they are switched on and off together. */
export function joinPressure(
  readings: Record<'cpu' | 'memory' | 'io', Reading<PressurePair>>,
): Reading<Pressures> {
  const { cpu, memory, io } = readings;
  if (!cpu.ok) return cpu;
  if (!memory.ok) return memory;
  return mapReading(io, (value) => ({ cpu: cpu.value, memory: memory.value, io: value }));
}
