/**
 * One pass over processes by name: the hot path of a scan.
 */
import { type Hierarchy, linesInMounts } from '../src/kernel/cgroup/hierarchy.ts';
import { KernelParseError } from '../src/kernel/errors.ts';
import { parsePidCgroup } from '../src/kernel/proc/cgroup.ts';
import { parseStatBytes, type ScannedStat } from '../src/kernel/proc/stat-bytes.ts';
import { type Fact, type FailedReading, factOf, isUnknown, type Reading } from '../src/kernel/reading.ts';
import { KTHREADD_PID, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { CgroupPlacement, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { ProcessCursor } from '../src/sys/process-cursor.ts';
import { namespacesOf } from './namespaces.ts';
import { parsed, UNPARSED } from './parsed.ts';

export interface ScanSettings {
  readonly types: readonly NamespaceType[];
  readonly hierarchies: readonly Hierarchy[];
}

/** One pass over the host's processes. */
export class ProcessPass {
  readonly cursor: ProcessCursor;
  readonly found = new Map<number, ProcessFacts>();
  readonly refused: FailedReading[] = [];
  vanished = 0;
  readonly #placements: Placements;

  constructor(
    readonly files: KernelFiles,
    readonly settings: ScanSettings,
  ) {
    this.cursor = new ProcessCursor(files);
    this.#placements = new Placements(settings.hierarchies);
  }

  look(pid: string): void {
    const failed = this.cursor.enter(pid) ?? this.#lookInside();
    this.cursor.leave();
    if (failed === undefined) return;
    if (failed.why === 'absent' || failed.why === 'gone') this.vanished += 1;
    else this.refused.push(failed);
  }

  #lookInside(): FailedReading | undefined {
    const { cursor, settings } = this;
    const length = cursor.read('stat');
    if (typeof length !== 'number') return length;
    const stat = statIn(cursor, length);
    if ('ok' in stat) return stat;
    const { pid, isKernelThread } = stat;
    if (isKernelThread) {
      // One of them shows the initial namespaces, whose numbers are not always the fixed ones.
      const namespaces = pid === KTHREADD_PID ? namespacesOf(cursor, settings.types) : undefined;
      this.found.set(pid, factsOf(stat, undefined, namespaces, undefined));
      return undefined;
    }
    const cgroup = this.#placements.of(cursor);
    // Cgroup is readable by all while the process exists: if it is not there, neither is the process.
    if (!cgroup.ok && (cgroup.why === 'absent' || cgroup.why === 'gone')) return cgroup;
    const namespaces = namespacesOf(cursor, settings.types);
    const root: Fact<string> = isUnknown(namespaces) ? namespaces : factOf(cursor.root());
    this.found.set(pid, factsOf(stat, factOf(cgroup), namespaces, root));
    return undefined;
  }
}

/** As `parsed`, but without a path and a function made for every process. */
function statIn(cursor: ProcessCursor, length: number): ScannedStat | FailedReading {
  try {
    return parseStatBytes(cursor.content, length);
  } catch (error) {
    if (error instanceof KernelParseError) return { ...UNPARSED, path: cursor.path('stat') };
    throw error;
  }
}

/** All of one shape, made in one go: there are as many as the host has processes. */
function factsOf(
  stat: ScannedStat,
  cgroup: ProcessFacts['cgroup'],
  namespaces: ProcessFacts['namespaces'],
  root: ProcessFacts['root'],
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
