/**
 * Every process the proc mount lists: identity, parent, and what places it (cgroup, namespaces, root). The hot path of a
 * scan: two small files and one link per namespace type for each process. Kernel threads are named but not looked into.
 */
import { type Hierarchy, linesInMounts } from '../src/kernel/cgroup/hierarchy.ts';
import { parsePidCgroup } from '../src/kernel/proc/cgroup.ts';
import { parsePidStat } from '../src/kernel/proc/stat.ts';
import { parseNsPid } from '../src/kernel/proc/status.ts';
import { type Fact, factOf, isKnown, isUnknown, mapFact, type Reading } from '../src/kernel/reading.ts';
import { KTHREADD_PID, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { CgroupPlacement, NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { cmdlineOf } from './cmdline.ts';
import type { Collector } from './collector.ts';
import { namespacesOf } from './namespaces.ts';
import { parsed } from './parsed.ts';

export interface ProcessScanInput {
  /** Paths in /proc/PID/cgroup are relative to our cgroup namespace; these say where that begins. */
  readonly hierarchies?: readonly Hierarchy[];
  readonly types: readonly NamespaceType[];
  /** The observer's pid namespace: processes outside it get their inner pids read. */
  readonly ownPidNamespace: number | undefined;
  /** Processes whose argv tells what they serve (shims, monitors), by comm. */
  readonly wantsArgv: (comm: string) => boolean;
}

export interface ProcessScan {
  readonly processes: Map<number, ProcessFacts>;
  /** Listed, but ended before they could be read. */
  readonly vanished: number;
}

const FIRST_DIGIT = 0x30;
const LAST_DIGIT = 0x39;

export const processes: Collector<ProcessScanInput, ProcessScan> = {
  id: 'processes',
  reads: ['/proc/PID/stat', '/proc/PID/cgroup', '/proc/PID/ns/*', '/proc/PID/root', '/proc/PID/status'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'arrivals',
  collect(files, input) {
    const listing = files.list(files.procRoot);
    if (!listing.ok) throw new Error(`${listing.path}: ${listing.errno}: no processes can be read`);
    const found = new Map<number, ProcessFacts>();
    const placements = new Map<string, CgroupPlacement>();
    let vanished = 0;
    for (const name of listing.value) {
      const first = name.charCodeAt(0);
      if (first < FIRST_DIGIT || first > LAST_DIGIT) continue;
      const facts = oneProcess(files, name, input, placements);
      if (facts === undefined) vanished += 1;
      else found.set(facts.pid, facts);
    }
    if (found.size === 0)
      throw new Error(`${files.procRoot}: no process is listed there; is it a mounted proc file system?`);
    return { processes: withInnerPids(files, found, input.ownPidNamespace), vanished };
  },
};

/** Undefined when it ended meanwhile. */
function oneProcess(
  files: KernelFiles,
  pid: string,
  { types, wantsArgv, hierarchies = [] }: ProcessScanInput,
  placements: Map<string, CgroupPlacement>,
): ProcessFacts | undefined {
  const directory = files.proc(pid);
  const statPath = `${directory}/stat`;
  const stat = parsed(files.small(statPath), statPath, parsePidStat);
  if (!stat.ok) return undefined;
  const { comm, ppid, state, starttimeTicks, isKernelThread, threads, utimeTicks, stimeTicks, rssPages } =
    stat.value;
  const identity = {
    pid: stat.value.pid,
    ppid,
    starttimeTicks,
    comm,
    state,
    isKernelThread,
    threads,
    utimeTicks,
    stimeTicks,
    rssPages,
  };
  if (isKernelThread) {
    // One of them shows the initial namespaces, whose numbers are not always the fixed ones.
    const namespaces = identity.pid === KTHREADD_PID ? namespacesOf(files, directory, types) : undefined;
    return { ...identity, cgroup: undefined, namespaces, root: undefined, nsPid: undefined };
  }
  const cgroup = placementOf(files, `${directory}/cgroup`, placements, hierarchies);
  // Cgroup is readable by all while the process exists: if it is not there, neither is the process.
  if (!cgroup.ok && (cgroup.why === 'absent' || cgroup.why === 'gone')) return undefined;
  const namespaces = namespacesOf(files, directory, types);
  const root: Fact<string> = isUnknown(namespaces) ? namespaces : factOf(files.link(`${directory}/root`));
  const placed = { ...identity, cgroup: factOf(cgroup), namespaces, root, nsPid: undefined };
  return wantsArgv(comm)
    ? { ...placed, argv: mapFact(cmdlineOf(files, identity), ({ argv }) => argv) }
    : placed;
}

function placementOf(
  files: KernelFiles,
  path: string,
  placements: Map<string, CgroupPlacement>,
  hierarchies: readonly Hierarchy[],
): Reading<CgroupPlacement> {
  const text = files.small(path);
  if (!text.ok) return text;
  const seen = placements.get(text.value);
  if (seen !== undefined) return { ok: true, value: seen };
  return parsed(text, path, (value) => {
    // Names of cgroups are bytes; where they are UTF-8 they should read as such.
    const lines = parsePidCgroup(Buffer.from(value, 'latin1').toString('utf8'));
    const placement = { text: value, lines: linesInMounts(lines, hierarchies) };
    placements.set(value, placement);
    return placement;
  });
}

/**
 * Adds NSpid where it tells which process is the init of a pid namespace: at the border between two of them, and
 * everywhere the namespace itself may not be read (status is readable by all).
 */
function withInnerPids(
  files: KernelFiles,
  found: Map<number, ProcessFacts>,
  ownPidNamespace: number | undefined,
): Map<number, ProcessFacts> {
  for (const facts of found.values()) {
    if (facts.isKernelThread || !decidesInit(facts, found.get(facts.ppid), ownPidNamespace)) continue;
    const path = files.proc(`${facts.pid}/status`);
    found.set(facts.pid, { ...facts, nsPid: factOf(parsed(files.small(path), path, parseNsPid)) });
  }
  return found;
}

function decidesInit(
  facts: ProcessFacts,
  parent: ProcessFacts | undefined,
  own: number | undefined,
): boolean {
  const mine = pidNamespace(facts.namespaces);
  if (mine === undefined) return true;
  if (mine === own) return false;
  return parent === undefined || pidNamespace(parent.namespaces) !== mine;
}

function pidNamespace(namespaces: Fact<NamespaceInodes>): number | undefined {
  return isKnown(namespaces) ? namespaces.pid : undefined;
}
