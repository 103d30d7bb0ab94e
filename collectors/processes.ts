/**
 * Every process the proc mount lists: identity, parent, and what places it (cgroup, namespaces, root). The hot path of a
 * scan: two small files and one link per namespace type for each process. Kernel threads are named but not looked into.
 */
import { type Hierarchy, linesInMounts } from '../src/kernel/cgroup/hierarchy.ts';
import { parsePidCgroup } from '../src/kernel/proc/cgroup.ts';
import { parseStatBytes, type ScannedStat } from '../src/kernel/proc/stat-bytes.ts';
import { parseNsPid } from '../src/kernel/proc/status.ts';
import {
  type Fact,
  type FailedReading,
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
import { ProcessCursor } from '../src/sys/process-cursor.ts';
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
  /** There, but not to be read: denied, or in a format we do not know. */
  readonly refused: readonly FailedReading[];
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
    const scan = new Scan(files, input);
    try {
      for (const name of listing.value) {
        const first = name.charCodeAt(0);
        if (first >= FIRST_DIGIT && first <= LAST_DIGIT) scan.look(name);
      }
      scan.addAtBorders(input.typesAtBorders ?? []);
    } finally {
      scan.cursor.close();
    }
    if (scan.found.size === 0)
      throw new Error(`${files.procRoot}: no process is listed there; is it a mounted proc file system?`);
    const { found, vanished, refused } = scan;
    return { processes: withInnerPids(files, found, input.ownPidNamespace), vanished, refused };
  },
};

/** One pass over the host's processes. */
class Scan {
  readonly cursor: ProcessCursor;
  readonly found = new Map<number, ProcessFacts>();
  readonly refused: FailedReading[] = [];
  vanished = 0;
  readonly #placements: Placements;

  constructor(
    readonly files: KernelFiles,
    readonly input: ProcessScanInput,
  ) {
    this.cursor = new ProcessCursor(files);
    this.#placements = new Placements(input.hierarchies ?? []);
  }

  look(pid: string): void {
    const failed = this.cursor.enter(pid) ?? this.#lookInside();
    this.cursor.leave();
    if (failed === undefined) return;
    if (failed.why === 'absent' || failed.why === 'gone') this.vanished += 1;
    else this.refused.push(failed);
  }

  #lookInside(): FailedReading | undefined {
    const { cursor, input } = this;
    const length = cursor.read('stat');
    if (typeof length !== 'number') return length;
    const stat = parsed({ ok: true, value: cursor.content }, cursor.path('stat'), (bytes) =>
      parseStatBytes(bytes, length),
    );
    if (!stat.ok) return stat;
    const { pid, comm, state, isKernelThread } = stat.value;
    if (isKernelThread) {
      // One of them shows the initial namespaces, whose numbers are not always the fixed ones.
      const namespaces = pid === KTHREADD_PID ? namespacesOf(cursor, input.types) : undefined;
      this.found.set(pid, factsOf(stat.value, undefined, namespaces, undefined, undefined));
      return undefined;
    }
    const cgroup = this.#placements.of(cursor);
    // Cgroup is readable by all while the process exists: if it is not there, neither is the process.
    if (!cgroup.ok && (cgroup.why === 'absent' || cgroup.why === 'gone')) return cgroup;
    const namespaces = namespacesOf(cursor, input.types);
    const root: Fact<string> = isUnknown(namespaces) ? namespaces : factOf(cursor.root());
    const argv = input.wantsArgv(comm)
      ? mapFact(cmdlineOf(this.files, { pid, state }), (each) => each.argv)
      : undefined;
    this.found.set(pid, factsOf(stat.value, factOf(cgroup), namespaces, root, argv));
    return undefined;
  }

  addAtBorders(types: readonly NamespaceType[]): void {
    if (types.length === 0) return;
    for (const facts of this.found.values()) {
      const { namespaces } = facts;
      if (facts.isKernelThread || !isKnown(namespaces) || !isAtBorder(facts, this.found.get(facts.ppid)))
        continue;
      if (this.cursor.enter(String(facts.pid)) !== undefined) continue;
      const more = namespacesOf(this.cursor, types);
      this.cursor.leave();
      this.found.set(facts.pid, {
        ...facts,
        namespaces: mapFact(more, (inodes) => ({ ...namespaces, ...inodes })),
      });
    }
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
  stat: ScannedStat,
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

/** Placements by the bytes of the file; neighbours in /proc often share one, so the last is compared first. */
class Placements {
  readonly #known = new Map<string, CgroupPlacement>();
  readonly #lastWords = new Int32Array(LONGEST_COMPARED_BYTES / Int32Array.BYTES_PER_ELEMENT);
  #lastLength = -1;
  #last: Reading<CgroupPlacement> | undefined;

  constructor(readonly hierarchies: readonly Hierarchy[]) {}

  of(cursor: ProcessCursor): Reading<CgroupPlacement> {
    const length = cursor.read('cgroup');
    if (typeof length !== 'number') return length;
    const { content } = cursor;
    const words = cursor.padded(length);
    const isLast = length === this.#lastLength && startsAlike(cursor.words, this.#lastWords, words);
    if (isLast && this.#last !== undefined) return this.#last;
    const placement = this.#byText(content.toString('latin1', 0, length), cursor);
    if (length <= LONGEST_COMPARED_BYTES) {
      this.#lastWords.set(cursor.words.subarray(0, words));
      this.#lastLength = length;
      this.#last = placement;
    }
    return placement;
  }

  #byText(text: string, cursor: ProcessCursor): Reading<CgroupPlacement> {
    const seen = this.#known.get(text);
    if (seen !== undefined) return { ok: true, value: seen };
    return parsed({ ok: true, value: text }, cursor.path('cgroup'), (value) => {
      // Names of cgroups are bytes; where they are UTF-8 they should read as such.
      const lines = parsePidCgroup(Buffer.from(value, 'latin1').toString('utf8'));
      const placement = { text: value, lines: linesInMounts(lines, this.hierarchies) };
      this.#known.set(value, placement);
      return placement;
    });
  }
}

const LONGEST_COMPARED_BYTES = 16 * 1024;

/** Word by word: for a few hundred bytes, calling into a library costs more than comparing them. */
function startsAlike(a: Int32Array, b: Int32Array, words: number): boolean {
  for (let at = 0; at < words; at++) if (a[at] !== b[at]) return false;
  return true;
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
