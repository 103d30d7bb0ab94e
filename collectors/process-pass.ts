/** The hot path of a scan: what is read of each process, natively in batches or one process after the other. */
import { closeSync, openSync } from 'node:fs';
import type { Hierarchy } from '../src/kernel/cgroup/hierarchy.ts';
import { PF_EXITING, PF_KTHREAD } from '../src/kernel/proc/stat.ts';
import type { ScannedStat } from '../src/kernel/proc/stat-bytes.ts';
import { type Fact, type FailedReading, factOf, isKnown, isUnknown } from '../src/kernel/reading.ts';
import { KTHREADD_PID, NAMESPACE_TYPES, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import { latin1In, utf8In } from '../src/kernel/text.ts';
import type { NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import { failedReading } from '../src/sys/failure.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { O_PATH } from '../src/sys/openat2.ts';
import { ProcessCursor } from '../src/sys/process-cursor.ts';
import { takeScan } from '../src/sys/scan-ahead.ts';
import {
  FOR_CHILDREN,
  LAST_FIELD,
  type LinksWanted,
  type NativeScan,
  NOT_ASKED,
  nativeScan,
  RECORD,
  type Records,
  ScanBatch,
  sharedOutBytes,
} from '../src/sys/scan-batch.ts';
import { type ForChildren, forChildren, otherForChildren } from './for-children.ts';
import { Placements } from './placements.ts';
import { readAlone, statAlone } from './process-alone.ts';
import { allNamespaces, factsOf, hasAllNamespaces, refusal, statIn } from './process-records.ts';

/** So few are read sooner than another thread is there. */
const FEW_PIDS = 400;

export interface ScanSettings extends LinksWanted {
  readonly hierarchies: readonly Hierarchy[];
}

/** What of a process's facts others may share. */
export type Place = Pick<ProcessFacts, 'cgroup' | 'namespaces' | 'root'>;

/** One pass over the host's processes. */
export class ProcessPass {
  #cursor: ProcessCursor | undefined;
  readonly found = new Map<number, ProcessFacts>();
  /** Those that are there but may not be read, or are in a format we do not know. */
  readonly refused = new Map<number, FailedReading>();
  /** By pid, where asked for. */
  readonly forChildren = new Map<number, ForChildren>();
  /** Processes whose next child will be the first of a pid namespace, which the kernel does not name before. */
  unnamed = 0;
  vanished = 0;
  readonly #placements: Placements;
  readonly #native: NativeScan | undefined;
  /** The proc root; -1 where nothing is read natively. */
  readonly #procFd: number;
  readonly #batch: ScanBatch<Place> | undefined;

  constructor(
    readonly files: KernelFiles,
    readonly settings: ScanSettings,
  ) {
    this.#placements = new Placements(settings.hierarchies);
    this.#native = nativeScan();
    this.#procFd = this.#native === undefined ? -1 : opened(files.procRoot);
    if (this.#native !== undefined && this.#procFd >= 0)
      this.#batch = new ScanBatch<Place>(this.#native, this.#procFd);
  }

  /** For what is read one by one: a native scan does without. */
  get cursor(): ProcessCursor {
    this.#cursor ??= new ProcessCursor(this.files);
    return this.#cursor;
  }

  close(): void {
    this.#cursor?.close();
    if (this.#procFd >= 0) closeSync(this.#procFd);
  }

  /** Every process listed: in a few native calls where they can be had, else one by one. */
  lookAtAll(): void {
    this.lookAt(this.list());
  }

  /** The same by two threads, where there are native calls. @param listed hears which pids there are before they are read */
  async lookAtAllTogether(listed: (pids: Int32Array) => void): Promise<void> {
    const batch = this.#batch;
    const ahead = batch && takeScan<Place>(this.files.procRoot, this.settings);
    const pids = ahead?.pids ?? this.list();
    listed(pids);
    const isShort = pids.length < FEW_PIDS;
    if (batch === undefined || (isShort && ahead === undefined)) return this.lookAt(pids);
    const room = () => new ScanBatch<Place>(batch.native, this.#procFd, sharedOutBytes(pids.length));
    const own = isShort ? batch : room();
    const note = (of: Records<Place>, at: number) => this.#noteRecord(of, at);
    if (ahead === undefined) await own.readWith(room(), pids, this.settings, note);
    else await own.readRestOf(ahead, room, this.settings, note);
  }

  /** Pids that the proc root lists. @throws when it cannot be listed */
  list(): Int32Array {
    const pids = this.#batch?.list(this.files.procRoot);
    if (pids !== undefined) return pids;
    const listing = this.files.list(this.files.procRoot);
    if (!listing.ok) throw new Error(`${listing.path}: ${listing.errno}: no processes can be read`);
    return Int32Array.from(listing.value.filter(isPid), Number);
  }

  /** Adds them to what was found, or replaces what was. */
  lookAt(pids: Int32Array): void {
    const batch = this.#batch;
    if (batch === undefined) for (const pid of pids) this.look(String(pid));
    else batch.read(pids, this.settings, (at) => this.#noteRecord(batch, at));
  }

  /** A process that the watch of arrivals has read. Undefined when it was gone, or is not to be read. */
  lookAtRecord(records: Records<Place>, at: number): ProcessFacts | undefined {
    this.#noteRecord(records, at);
    return this.found.get(records.words[(at >> 2) + RECORD.pid] ?? 0);
  }

  #noteRecord(batch: Records<Place>, at: number): void {
    this.#note(batch.words[(at >> 2) + RECORD.pid] ?? 0, this.#lookAtRecord(batch, at));
  }

  /** Reads stat alone again: usage, state, parent and name; the rest stays. Another process under the pid is looked at whole. */
  lookAtStat(pids: Int32Array): void {
    const batch = this.#batch;
    const others: number[] = [];
    const take = (pid: number, stat: ScannedStat | FailedReading) => {
      const before = this.found.get(pid);
      if ('ok' in stat) this.#note(pid, stat);
      else if (before?.starttimeTicks === stat.starttimeTicks) this.found.set(pid, { ...before, ...stat });
      else others.push(pid);
    };
    if (batch === undefined) for (const pid of pids) take(pid, statAlone(this.cursor, String(pid)));
    else
      batch.read(pids, 'stat', (at) => {
        const pid = batch.words[(at >> 2) + RECORD.pid] ?? 0;
        take(pid, this.#statOfRecord(batch, at, pid));
      });
    if (others.length > 0) this.lookAt(Int32Array.from(others));
  }

  #statOfRecord({ bytes, words, doubles }: Records, at: number, pid: number): ScannedStat | FailedReading {
    const word = at >> 2;
    const opened = words[word + RECORD.open] ?? 0;
    if (opened < 0) return refusal(opened, this.files.proc(String(pid)));
    const statLength = words[word + RECORD.stat] ?? 0;
    if (statLength < 0) return refusal(statLength, this.files.proc(`${pid}/stat`));
    return this.#stat(bytes, words, doubles, at, pid);
  }

  #lookAtRecord(batch: Records<Place>, at: number): FailedReading | undefined {
    const { words, doubles } = batch;
    const pid = words[(at >> 2) + RECORD.pid] ?? 0;
    const stat = this.#statOfRecord(batch, at, pid);
    if ('ok' in stat) return stat;
    const isComplete = this.settings.isComplete === true;
    const place = stat.isKernelThread ? undefined : this.#placeOf(batch, at, pid);
    if (place !== undefined && 'ok' in place) return place;
    const namespaces = place?.namespaces ?? this.#inodes(words, doubles, at, pid);
    if (isComplete) this.#noteForChildren(pid, stat, namespaces, this.#childInodes(words, doubles, at));
    if (place === undefined) {
      const isAsked = pid === KTHREADD_PID || isComplete;
      this.found.set(pid, factsOf(stat, undefined, isAsked ? namespaces : undefined, undefined));
    } else this.#keep(factsOf(stat, place.cgroup, namespaces, place.root));
    return undefined;
  }

  /** The very same of all that stand where another one does. */
  #placeOf(batch: Records<Place>, at: number, pid: number): Place | FailedReading {
    const { bytes, words, doubles } = batch;
    const like = words[(at >> 2) + RECORD.like] ?? -1;
    const seen = batch.places.get(like);
    if (seen !== undefined) return seen;
    const from = like < 0 ? at : like;
    const word = from >> 2;
    const length = words[word + RECORD.cgroup] ?? 0;
    const path = () => this.files.proc(`${pid}/cgroup`);
    if (length < 0) return refusal(length, path());
    const namespaces = this.#inodes(words, doubles, from, pid);
    const placement = this.#placements.of(
      bytes,
      words,
      from + (words[word + RECORD.cgroupAt] ?? 0),
      length,
      path,
    );
    const root = isUnknown(namespaces) ? namespaces : this.#root(bytes, words, from, pid);
    const place = { cgroup: factOf(placement), namespaces, root };
    // What could not be read, or understood, is said of each by its own path.
    if (isKnown(place.cgroup) && isKnown(namespaces) && isKnown(root)) batch.places.set(from, place);
    return place;
  }

  /** What the native parser did not read to the end the other one explains. */
  #stat(
    bytes: Buffer,
    words: Int32Array,
    doubles: Float64Array,
    at: number,
    pid: number,
  ): ScannedStat | FailedReading {
    const word = at >> 2;
    const fields = (at >> 3) + RECORD.fields;
    if (words[word + RECORD.last] !== LAST_FIELD) {
      const from = at + RECORD.bytes;
      const length = words[word + RECORD.stat] ?? 0;
      return statIn(bytes.subarray(from, from + length), length, () => this.files.proc(`${pid}/stat`));
    }
    const commAt = at + (words[word + RECORD.commAt] ?? 0);
    return {
      pid,
      comm: latin1In(bytes, commAt, commAt + (words[word + RECORD.commLength] ?? 0)),
      state: String.fromCharCode(words[word + RECORD.state] ?? 0),
      ppid: doubles[fields + 4] ?? 0,
      utimeTicks: doubles[fields + 14] ?? 0,
      stimeTicks: doubles[fields + 15] ?? 0,
      threads: doubles[fields + 20] ?? 0,
      starttimeTicks: doubles[fields + 22] ?? 0,
      rssPages: doubles[fields + 24] ?? 0,
      isKernelThread: ((doubles[fields + 9] ?? 0) & PF_KTHREAD) !== 0,
      isExiting: ((doubles[fields + 9] ?? 0) & PF_EXITING) !== 0,
    };
  }

  #root(bytes: Buffer, words: Int32Array, at: number, pid: number): Fact<string> {
    const length = words[(at >> 2) + RECORD.root] ?? 0;
    if (length === 1) return '/';
    if (length < 0) return factOf<string>(refusal(length, this.files.proc(`${pid}/root`)));
    const from = at + (words[(at >> 2) + RECORD.rootAt] ?? 0);
    return utf8In(bytes, from, from + length);
  }

  #inodes(words: Int32Array, doubles: Float64Array, at: number, pid: number): Fact<NamespaceInodes> {
    if (hasAllNamespaces(words, (at >> 2) + RECORD.namespaces)) {
      return allNamespaces(doubles, (at >> 3) + RECORD.inodes);
    }
    const inodes: Partial<Record<NamespaceType, number>> = {};
    for (let index = 0; index < NAMESPACE_TYPES.length; index++) {
      const result = words[(at >> 2) + RECORD.namespaces + index] ?? NOT_ASKED;
      const type = NAMESPACE_TYPES[index];
      if (result === NOT_ASKED || type === undefined) continue;
      if (result === 0) inodes[type] = doubles[(at >> 3) + RECORD.inodes + index] ?? 0;
      else {
        const refused = refusal(result, this.files.proc(`${pid}/ns/${type}`));
        if (refused.why !== 'absent')
          return { unknown: refused.why, path: refused.path, errno: refused.errno };
      }
    }
    return inodes;
  }

  /** Who is on its way out shows less and less of where it was: what an earlier look saw of that stays. */
  #keep(facts: ProcessFacts): void {
    const before = facts.isExiting === true ? this.found.get(facts.pid) : undefined;
    if (before === undefined || before.starttimeTicks !== facts.starttimeTicks) {
      this.found.set(facts.pid, facts);
      return;
    }
    const { cgroup, namespaces, root, nsPid } = before;
    this.found.set(facts.pid, { ...facts, cgroup, namespaces, root, nsPid });
  }

  /** In a pass that goes on for days, cgroups come and go: those that none of these is in are of no use any more. */
  forgetPlacements(processes: () => Iterable<ProcessFacts>): void {
    this.#placements.forget(() => {
      const texts = new Set<string>();
      for (const { cgroup } of processes()) if (isKnown(cgroup)) texts.add(cgroup.text);
      return texts;
    });
  }

  #childInodes(words: Int32Array, doubles: Float64Array, at: number): ForChildren {
    const inode = (index: number) =>
      words[(at >> 2) + RECORD.namespaces + index] === 0
        ? (doubles[(at >> 3) + RECORD.inodes + index] ?? 0)
        : undefined;
    return forChildren(inode(FOR_CHILDREN.pid), inode(FOR_CHILDREN.time));
  }

  #noteForChildren(
    pid: number,
    { state }: Pick<ScannedStat, 'state'>,
    namespaces: Fact<NamespaceInodes>,
    children: ForChildren,
  ): void {
    const other = isKnown(namespaces) && state !== 'Z' ? otherForChildren(namespaces, children) : undefined;
    if (other === 'unnamed') this.unnamed += 1;
    else if (other !== undefined) this.forChildren.set(pid, other);
  }

  look(pid: string): void {
    const { settings } = this;
    const read = readAlone(this.cursor, pid, { settings, placements: this.#placements });
    if (read === undefined) return;
    if ('ok' in read) {
      this.#note(Number(pid), read);
      return;
    }
    const { facts, children } = read;
    if (children !== undefined) this.#noteForChildren(facts.pid, facts, facts.namespaces, children);
    if (facts.isKernelThread) this.found.set(facts.pid, facts);
    else this.#keep(facts);
  }

  #note(pid: number, failed: FailedReading | undefined): void {
    if (failed === undefined) return;
    this.found.delete(pid);
    if (failed.why === 'absent' || failed.why === 'gone') this.vanished += 1;
    else this.refused.set(pid, failed);
  }
}

/** -1 when it cannot be: whoever lists it says why. */
function opened(procRoot: string): number {
  try {
    return openSync(procRoot, O_PATH);
  } catch (error) {
    failedReading(error, procRoot);
    return -1;
  }
}

const FIRST_DIGIT = 0x30;
const LAST_DIGIT = 0x39;

function isPid(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= FIRST_DIGIT && first <= LAST_DIGIT;
}
