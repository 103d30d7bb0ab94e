/**
 * The native scan (native/scan.c): a host's processes in a few calls instead of seventeen for each. Where it cannot be
 * had (another processor, a kernel or policy that runs nothing from a memfd) `ProcessCursor` makes the same reads.
 */
import { closeSync, openSync } from 'node:fs';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { type FunctionFinder, inBackground, type NativeArgument, type NativeFunction } from './koffi.ts';
import { nativeLibrary } from './native-library.ts';

/** The functions of native/scan.c; see there. */
export interface NativeScan {
  /** Returns how many bytes of records there are. */
  readonly scan: NativeFunction;
  /** The number of pids listed, or a negative errno. */
  pids(directoryFd: number, pids: Int32Array, room: number, buffer: Uint8Array, size: number): number;
}

let native: NativeScan | undefined;

/** Undefined where the native library cannot be had. */
export function nativeScan(): NativeScan | undefined {
  native ??= functionsOf(nativeLibrary());
  return native;
}

/** For who has begun ahead by the addon: it needs koffi only where the thread could not read all. From now on for all. */
export function nativeScanWhenNeeded(): NativeScan | undefined {
  native ??= functionsOf(libraryWhenNeeded);
  return native;
}

const libraryWhenNeeded: FunctionFinder = (prototype) => {
  const library = nativeLibrary();
  if (library === undefined) throw new Error('koffi cannot load the library that Node has loaded');
  return library(prototype);
};

/** Each is found when it is called: that takes 30 us, and who has begun ahead needs none of them. */
function functionsOf(library: FunctionFinder | undefined): NativeScan | undefined {
  if (library === undefined) return undefined;
  let scan: NativeFunction | undefined;
  let pids: NativeFunction | undefined;
  return {
    get scan() {
      scan ??= library(
        'long porthole_scan(long proc, const void *pids, void *next, long count, long types, void *out, long room, long least)',
      );
      return scan;
    },
    pids(...args) {
      pids ??= library('long porthole_pids(long directory, void *pids, long room, void *buffer, long size)');
      return Number(pids(...args));
    },
  };
}

/** Layout of a record: in 32-bit words, but `inodes` and `fields` in doubles; kept in step with scan.c. */
export const RECORD = {
  size: 0,
  pid: 1,
  open: 2,
  stat: 3,
  cgroup: 4,
  root: 5,
  cgroupAt: 6,
  rootAt: 7,
  namespaces: 8,
  commAt: 18,
  commLength: 19,
  state: 20,
  last: 21,
  like: 22,
  executed: 23,
  inodes: 12,
  fields: 22,
  bytes: 376,
} as const;
/** `last` of a stat that was read to the end; the numbers are those of proc_pid_stat(5). */
export const LAST_FIELD = 24;
/** Among the types asked for: neither cgroup nor root, and no type. */
const STAT_ONLY = 0x10000;
/** After the types' own links come those for children: their index among a record's namespaces. */
export const FOR_CHILDREN = { pid: 8, time: 9 } as const;
const FOR_CHILDREN_TOO = (1 << FOR_CHILDREN.pid) | (1 << FOR_CHILDREN.time);
const OF_KERNEL_THREADS_TOO = 1 << 10;
const NO_KERNEL_THREADS = 1 << 11;

/** Which namespace links are read, and of whom. */
export interface LinksWanted {
  readonly types: readonly NamespaceType[];
  /** Those of kernel threads too, and those for children. */
  readonly isComplete?: boolean;
  /** None of them is in a container. The first of them stays: it shows the initial namespaces. */
  readonly withoutKernelThreads?: boolean;
}

/** In place of a length or errno: not asked for. */
export const NOT_ASKED = -1000;

/** More than hosts have; where there are more, they are listed by Node. */
const MOST_PIDS = 65_536;
/** Some hundred processes: a sampler keeps it, and a call costs less than one of them. */
const OUT_BYTES = 256 * 1024;
/** For each of two threads: some thousand processes, so that neither often waits for the other. */
const MOST_SHARED_OUT_BYTES = 64 * OUT_BYTES;
/** Few records are larger. */
const SHARED_OUT_BYTES_EACH = 2048;
/** A record, a link, and 64 KiB each for stat and cgroup. */
export const LEAST_BYTES = RECORD.bytes + 4096 + 2 * 65_536;

/** Room for each of two threads that read so many processes; V8 collects garbage when it is given much more than that. */
export function sharedOutBytes(pids: number): number {
  return Math.min(MOST_SHARED_OUT_BYTES, OUT_BYTES + pids * SHARED_OUT_BYTES_EACH);
}

/** Room for records, and views of it. */
export class Records<Place = unknown> {
  /** What was made of a record's cgroup, root and namespaces, by its offset, for the records that are like it. */
  readonly places = new Map<number, Place>();
  readonly bytes: Buffer;
  readonly words: Int32Array;
  readonly doubles: Float64Array;

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.words = new Int32Array(this.bytes.buffer);
    this.doubles = new Float64Array(this.bytes.buffer);
  }
}

/** What a scan has read, and is reading, that began before anybody asked; see scan-ahead.ts. */
export interface ScanAhead<Batch> {
  /** All that the proc root listed. */
  readonly pids: Int32Array;
  /** Which of them is read next, by whoever takes it first. */
  readonly next: BigInt64Array;
  /** Where its records are. */
  readonly batch: Batch;
  /** Waits for its end. Returns how many bytes of records there are. */
  end(): number;
}

type Visit<Batch> = (batch: Batch, at: number) => void;

const nextPid = (): BigInt64Array => new BigInt64Array(1);

/** Their views are valid until the next call. */
export class ScanBatch<Place = unknown> extends Records<Place> {
  constructor(
    readonly native: NativeScan,
    readonly procFd: number,
    bytes = OUT_BYTES,
  ) {
    super(bytes);
  }

  /** Pids below the proc root; undefined when there are more than fit. @throws what opening it throws */
  list(procRoot: string): Int32Array | undefined {
    const directory = openSync(procRoot, 'r');
    try {
      // Not filled with zeros: most of it is never touched.
      const pids = new Int32Array(Buffer.allocUnsafeSlow(MOST_PIDS * Int32Array.BYTES_PER_ELEMENT).buffer);
      const count = this.native.pids(directory, pids, MOST_PIDS, this.bytes, OUT_BYTES);
      return count < 0 ? undefined : pids.subarray(0, count);
    } finally {
      closeSync(directory);
    }
  }

  /**
   * Reads all `pids`.
   * @param links which namespaces, besides stat, cgroup and root; `stat` is that file alone
   * @param visit called with the offset of each record in `bytes`
   */
  read(pids: Int32Array, links: LinksWanted | 'stat', visit: (at: number) => void): void {
    const next = nextPid();
    while (Number(next[0]) < pids.length) {
      const used = Number(this.native.scan(...this.#words(pids, next, links)));
      this.places.clear();
      for (let at = 0; at < used; at = this.#after(at, used)) visit(at);
    }
  }

  /**
   * As `read`, with a second thread that fills `other` meanwhile: each takes the next pid that is left. `visit` gets the
   * records of both in the order of their pids, where these ascend as a proc root lists them.
   */
  async readWith(
    other: this,
    pids: Int32Array,
    links: LinksWanted,
    visit: Visit<this>,
    next = nextPid(),
  ): Promise<void> {
    while (Number(next[0]) < pids.length) {
      const theirs = inBackground(other.native.scan, ...other.#words(pids, next, links));
      const used = Number(this.native.scan(...this.#words(pids, next, links)));
      this.#visitBoth(used, other, Number(await theirs), visit);
    }
  }

  /**
   * As `readWith`, with what a scan that began before has read of the same (scan-ahead.ts), which ends with this.
   * @param other makes what the second thread fills, where that scan had no room for all
   */
  async readRestOf(
    ahead: ScanAhead<this>,
    other: () => this,
    links: LinksWanted,
    visit: Visit<this>,
  ): Promise<void> {
    const { batch, pids, next } = ahead;
    const isLeft = () => Number(next[0]) < pids.length;
    const used = isLeft() ? Number(this.native.scan(...this.#words(pids, next, links))) : 0;
    this.#visitBoth(used, batch, ahead.end(), visit);
    if (isLeft()) await this.readWith(other(), pids, links, visit, next);
  }

  #visitBoth(used: number, other: this, usedByOther: number, visit: Visit<this>): void {
    this.places.clear();
    other.places.clear();
    for (let at = 0, otherAt = 0; at < used || otherAt < usedByOther; ) {
      if (otherAt >= usedByOther || (at < used && this.#pid(at) < other.#pid(otherAt))) {
        visit(this, at);
        at = this.#after(at, used);
      } else {
        visit(other, otherAt);
        otherAt = other.#after(otherAt, usedByOther);
      }
    }
  }

  #pid(at: number): number {
    return this.words[(at >> 2) + RECORD.pid] ?? 0;
  }

  #after(at: number, used: number): number {
    return at + (this.words[at >> 2] ?? used);
  }

  #words(pids: Int32Array, next: BigInt64Array, links: LinksWanted | 'stat'): NativeArgument[] {
    const mask = links === 'stat' ? STAT_ONLY : maskOf(links);
    const room = this.bytes.length;
    return [this.procFd, pids, next, pids.length, mask, this.bytes, room, LEAST_BYTES];
  }
}

/** As native/scan.c takes it. */
export function maskOf({ types, isComplete, withoutKernelThreads }: LinksWanted): number {
  const complete = isComplete === true ? FOR_CHILDREN_TOO | OF_KERNEL_THREADS_TOO : 0;
  return NAMESPACE_TYPES.reduce(
    (bits, type, index) => (types.includes(type) ? bits | (1 << index) : bits),
    withoutKernelThreads === true ? complete | NO_KERNEL_THREADS : complete,
  );
}
