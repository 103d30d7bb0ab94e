/**
 * The native scan (native/scan.c): a host's processes in a few calls instead of seventeen for each. Where it cannot be
 * had (another processor, a kernel or policy that runs nothing from a memfd) `ProcessCursor` makes the same reads.
 */
import { closeSync, openSync } from 'node:fs';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { nativeLibrary } from './native-library.ts';

/** The functions of native/scan.c; see there. */
export interface NativeScan {
  /** Returns the index of the first pid that was not read. */
  scan(
    procFd: number,
    pids: Int32Array,
    from: number,
    count: number,
    types: number,
    out: Uint8Array,
    room: number,
    least: number,
    used: BigInt64Array,
  ): number;
  /** The number of pids listed, or a negative errno. */
  pids(directoryFd: number, pids: Int32Array, room: number, buffer: Uint8Array, size: number): number;
}

let native: NativeScan | undefined;

/** Undefined where the native library cannot be had. */
export function nativeScan(): NativeScan | undefined {
  const library = nativeLibrary();
  if (library === undefined) return undefined;
  native ??= {
    scan: library(
      'long porthole_scan(long proc, const void *pids, long from, long count, long types, void *out, long room, long least, void *used)',
    ),
    pids: library('long porthole_pids(long directory, void *pids, long room, void *buffer, long size)'),
  };
  return native;
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
  inodes: 11,
  fields: 21,
  bytes: 368,
} as const;
/** `last` of a stat that was read to the end; the numbers are those of proc_pid_stat(5). */
export const LAST_FIELD = 24;
/** Among the types asked for: neither cgroup nor root, and no type. */
const STAT_ONLY = 0x10000;
/** After the types' own links come those for children: their index among a record's namespaces. */
export const FOR_CHILDREN = { pid: 8, time: 9 } as const;
const FOR_CHILDREN_TOO = (1 << FOR_CHILDREN.pid) | (1 << FOR_CHILDREN.time);
const OF_KERNEL_THREADS_TOO = 1 << 10;

/** Which namespace links are read. */
export interface LinksWanted {
  readonly types: readonly NamespaceType[];
  /** Those of kernel threads too, and those for children. */
  readonly isComplete?: boolean;
}

/** In place of a length or errno: not asked for. */
export const NOT_ASKED = -1000;

/** More than hosts have; where there are more, they are listed by Node. */
const MOST_PIDS = 65_536;
const OUT_BYTES = 1024 * 1024;
/** A record, a link, and 64 KiB each for stat and cgroup. */
const LEAST_BYTES = RECORD.bytes + 4096 + 2 * 65_536;

/** Reads all `pids`, and calls back with each filled buffer; its views are valid during the call only. */
export class ScanBatch {
  readonly bytes = Buffer.allocUnsafeSlow(OUT_BYTES);
  readonly words = new Int32Array(this.bytes.buffer);
  readonly doubles = new Float64Array(this.bytes.buffer);
  readonly #used = new BigInt64Array(1);

  constructor(
    readonly native: NativeScan,
    readonly procFd: number,
  ) {}

  /** Pids below the proc root; undefined when there are more than fit. @throws what opening it throws */
  list(procRoot: string): Int32Array | undefined {
    const directory = openSync(procRoot, 'r');
    try {
      const pids = new Int32Array(MOST_PIDS);
      const count = Number(this.native.pids(directory, pids, MOST_PIDS, this.bytes, OUT_BYTES));
      return count < 0 ? undefined : pids.subarray(0, count);
    } finally {
      closeSync(directory);
    }
  }

  /**
   * @param links which namespaces, besides stat, cgroup and root; `stat` is that file alone
   * @param visit called with the offset of each record in `bytes`
   */
  read(pids: Int32Array, links: LinksWanted | 'stat', visit: (at: number) => void): void {
    const mask = links === 'stat' ? STAT_ONLY : maskOf(links);
    for (let from = 0; from < pids.length; ) {
      from = Number(
        this.native.scan(
          this.procFd,
          pids,
          from,
          pids.length,
          mask,
          this.bytes,
          OUT_BYTES,
          LEAST_BYTES,
          this.#used,
        ),
      );
      const used = Number(this.#used[0]);
      for (let at = 0; at < used; at += this.words[at >> 2] ?? used) visit(at);
    }
  }
}

function maskOf({ types, isComplete }: LinksWanted): number {
  return NAMESPACE_TYPES.reduce(
    (bits, type, index) => (types.includes(type) ? bits | (1 << index) : bits),
    isComplete === true ? FOR_CHILDREN_TOO | OF_KERNEL_THREADS_TOO : 0,
  );
}
