/**
 * Every process the proc mount lists: identity, parent, and what places it (cgroup, namespaces, root). The hot path of a
 * scan: two small files and one link per namespace type for each process. Kernel threads are named but not looked into.
 */
import { type Hierarchy, linesInMounts } from '../src/kernel/cgroup/hierarchy.ts';
import { parsePidCgroup } from '../src/kernel/proc/cgroup.ts';
import { type PidStat, parsePidStat } from '../src/kernel/proc/stat.ts';
import { parseNsPid } from '../src/kernel/proc/status.ts';
import {
  type Fact,
  factOf,
  isKnown,
  isUnknown,
  known,
  mapFact,
  type Reading,
} from '../src/kernel/reading.ts';
import { KTHREADD_PID, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { CgroupPlacement, NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { ProcessDirectories, type ProcessDirectory } from '../src/sys/process-directory.ts';
import { cmdlineOf } from './cmdline.ts';
import type { Collector } from './collector.ts';
import { namespacesOf } from './namespaces.ts';
import { parsed } from './parsed.ts';

export interface ProcessScanInput {
  /** Paths in /proc/PID/cgroup are relative to our cgroup namespace; these say where that begins. */
  readonly hierarchies?: readonly Hierarchy[];
  readonly types: readonly NamespaceType[];
  /**
   * Other types too, but only of processes that differ from their parent in cgroup, root or one of `types`: every init is
   * one of them, and what its children share with it need not be asked again.
   */
  readonly typesAtBorders?: readonly NamespaceType[];
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
    const placements = new Placements();
    let vanished = 0;
    const directories = new ProcessDirectories(files);
    try {
      for (const name of listing.value) {
        const first = name.charCodeAt(0);
        if (first < FIRST_DIGIT || first > LAST_DIGIT) continue;
        const facts = oneProcess(files, directories, name, input, placements);
        if (facts === undefined) vanished += 1;
        else found.set(facts.pid, facts);
      }
      addAtBorders(directories, found, input.typesAtBorders ?? []);
    } finally {
      directories.close();
    }
    if (found.size === 0)
      throw new Error(`${files.procRoot}: no process is listed there; is it a mounted proc file system?`);
    return { processes: withInnerPids(files, found, input.ownPidNamespace), vanished };
  },
};

/** Undefined when it ended meanwhile. */
function oneProcess(
  files: KernelFiles,
  directories: ProcessDirectories,
  pid: string,
  input: ProcessScanInput,
  placements: Placements,
): ProcessFacts | undefined {
  const opened = directories.open(pid);
  if (!opened.ok) return undefined;
  const directory = opened.value;
  try {
    return inDirectory(files, directory, files.proc(pid), input, placements);
  } finally {
    directory.close();
  }
}

function inDirectory(
  files: KernelFiles,
  directory: ProcessDirectory,
  path: string,
  { types, wantsArgv, hierarchies = [] }: ProcessScanInput,
  placements: Placements,
): ProcessFacts | undefined {
  const stat = parsed(directory.small('stat'), `${path}/stat`, parsePidStat);
  if (!stat.ok) return undefined;
  const { pid, comm, state, isKernelThread } = stat.value;
  if (isKernelThread) {
    // One of them shows the initial namespaces, whose numbers are not always the fixed ones.
    const namespaces = pid === KTHREADD_PID ? namespacesOf(directory, types) : undefined;
    return factsOf(stat.value, undefined, namespaces, undefined, undefined);
  }
  const cgroup = placementOf(directory.small('cgroup'), `${path}/cgroup`, placements, hierarchies);
  // Cgroup is readable by all while the process exists: if it is not there, neither is the process.
  if (!cgroup.ok && (cgroup.why === 'absent' || cgroup.why === 'gone')) return undefined;
  const namespaces = namespacesOf(directory, types);
  const root: Fact<string> = isUnknown(namespaces) ? namespaces : factOf(directory.root());
  const argv = wantsArgv(comm) ? mapFact(cmdlineOf(files, { pid, state }), (each) => each.argv) : undefined;
  return factsOf(stat.value, factOf(cgroup), namespaces, root, argv);
}

function addAtBorders(
  directories: ProcessDirectories,
  found: Map<number, ProcessFacts>,
  types: readonly NamespaceType[],
): void {
  if (types.length === 0) return;
  for (const facts of found.values()) {
    const { namespaces } = facts;
    if (facts.isKernelThread || !isKnown(namespaces) || !isAtBorder(facts, found.get(facts.ppid))) continue;
    const opened = directories.open(String(facts.pid));
    if (!opened.ok) continue;
    const more = namespacesOf(opened.value, types);
    opened.value.close();
    found.set(facts.pid, { ...facts, namespaces: mapFact(more, (inodes) => ({ ...namespaces, ...inodes })) });
  }
}

function isAtBorder(facts: ProcessFacts, parent: ProcessFacts | undefined): boolean {
  if (parent === undefined || parent.isKernelThread) return true;
  const mine = known(facts.namespaces);
  const theirs = known(parent.namespaces);
  return (
    parent.cgroup !== facts.cgroup ||
    parent.root !== facts.root ||
    mine?.pid !== theirs?.pid ||
    mine?.mnt !== theirs?.mnt
  );
}

/** All of one shape, made in one go: there are as many as the host has processes. */
function factsOf(
  stat: PidStat,
  cgroup: ProcessFacts['cgroup'],
  namespaces: ProcessFacts['namespaces'],
  root: ProcessFacts['root'],
  argv: Fact<readonly string[]>,
): ProcessFacts {
  return {
    pid: stat.pid,
    ppid: stat.ppid,
    starttimeTicks: stat.starttimeTicks,
    comm: stat.comm,
    state: stat.state,
    isKernelThread: stat.isKernelThread,
    threads: stat.threads,
    utimeTicks: stat.utimeTicks,
    stimeTicks: stat.stimeTicks,
    rssPages: stat.rssPages,
    cgroup,
    namespaces,
    root,
    nsPid: undefined,
    argv,
  };
}

/** Placements by the text of the file; neighbours in /proc often share one, so the last is tried first. */
class Placements {
  readonly #known = new Map<string, CgroupPlacement>();
  #last: CgroupPlacement | undefined;

  get(text: string): CgroupPlacement | undefined {
    if (this.#last?.text === text) return this.#last;
    this.#last = this.#known.get(text);
    return this.#last;
  }

  add(placement: CgroupPlacement): void {
    this.#known.set(placement.text, placement);
    this.#last = placement;
  }
}

function placementOf(
  text: Reading<string>,
  path: string,
  placements: Placements,
  hierarchies: readonly Hierarchy[],
): Reading<CgroupPlacement> {
  if (!text.ok) return text;
  const seen = placements.get(text.value);
  if (seen !== undefined) return { ok: true, value: seen };
  return parsed(text, path, (value) => {
    // Names of cgroups are bytes; where they are UTF-8 they should read as such.
    const lines = parsePidCgroup(Buffer.from(value, 'latin1').toString('utf8'));
    const placement = { text: value, lines: linesInMounts(lines, hierarchies) };
    placements.add(placement);
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
