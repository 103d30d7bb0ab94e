/**
 * A scan of the host's processes that begins before anybody asks for it (native/scan-ahead.c): V8 takes longer to take in what a
 * command does than the kernel to tell of every process, and a thread can do the one meanwhile. Where the native library or a
 * thread cannot be had nothing begins, and whoever asks scans as usual.
 */
import type { NativeArgument } from './koffi.ts';
import { nativeAddon } from './native-addon.ts';
import { nativeLibrary } from './native-library.ts';
import {
  LEAST_BYTES,
  type LinksWanted,
  maskOf,
  type NativeScan,
  nativeScan,
  nativeScanWhenNeeded,
  type ScanAhead,
  ScanBatch,
} from './scan-batch.ts';

/** Longer than it takes to load a command; what is older is not "now" any more for who asks. */
const OF_USE_FOR_MS = 1000;
/** What native/scan-ahead.c keeps, and the thread's stack. */
const THREAD_BYTES = 64 * 1024;
/** Where there are more, they are scanned when somebody asks. */
const MOST_PIDS = 16_384;
/** Some thousand processes. Of all this only what is written to takes memory. */
const OUT_BYTES = 1024 * 1024;

/** 32-bit words of what native/scan-ahead.c keeps; of numbers with 64 bits those that say all: counts, or negative errnos. */
const WORD = { thread: 0, count: 2, used: 4, all: 6 } as const;

interface Begun {
  isTaken: boolean;
  readonly procRoot: string;
  readonly mask: number;
  readonly atMs: number;
  readonly batch: ScanBatch;
  readonly next: BigInt64Array;
  readonly pids: Int32Array;
  readonly thread: Buffer;
  /** Of `thread`. */
  readonly words: Int32Array;
  readonly functions: Functions;
}

/** Of native/scan-ahead.c. */
interface Functions {
  readonly native: NativeScan;
  begin(...args: NativeArgument[]): number;
  /** These wait for the thread: nobody needs them where that has ended. */
  listed(memory: Buffer): number;
  end(memory: Buffer): number;
}

/** By Node's addon, or by koffi, which takes longer. Undefined where there is no native library. */
function scanAheadFunctions(): Functions | undefined {
  const addon = nativeAddon();
  const native = addon === undefined ? nativeScan() : nativeScanWhenNeeded();
  if (native === undefined) return undefined;
  if (addon !== undefined)
    return {
      native,
      begin: addon.porthole_scan_ahead,
      listed: addon.porthole_scan_ahead_listed,
      end: addon.porthole_scan_ahead_end,
    };
  const library = nativeLibrary();
  if (library === undefined) return undefined;
  return {
    native,
    begin: library(
      'long porthole_scan_ahead(void *memory, long size, const void *root, long types, void *next, void *pids, long pidsRoom, void *out, long room, long least)',
    ),
    listed: (memory) => library('long porthole_scan_ahead_listed(void *memory)')(memory),
    end: (memory) => library('long porthole_scan_ahead_end(void *memory)')(memory),
  };
}

/** Also keeps what the thread writes to until somebody has waited for its end. */
let begun: Begun | undefined;

/**
 * Begins one, if none is under way.
 * @param outBytes room for records: who asks reads the rest
 * @throws what loading the native library throws
 */
export function beginScan(procRoot: string, links: LinksWanted, outBytes = OUT_BYTES): void {
  if (begun !== undefined) return;
  const functions = scanAheadFunctions();
  if (functions === undefined) return;
  const mask = maskOf(links);
  const batch = new ScanBatch(functions.native, -1, outBytes);
  const next = new BigInt64Array(new ArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  const pids = new Int32Array(Buffer.allocUnsafeSlow(MOST_PIDS * Int32Array.BYTES_PER_ELEMENT).buffer);
  const thread = Buffer.allocUnsafeSlow(THREAD_BYTES);
  const { bytes } = batch;
  const root = Buffer.from(`${procRoot}\0`);
  const result = Number(
    functions.begin(
      thread,
      thread.length,
      root,
      mask,
      next,
      pids,
      MOST_PIDS,
      bytes,
      bytes.length,
      LEAST_BYTES,
    ),
  );
  if (result < 0) return;
  begun = {
    isTaken: false,
    procRoot,
    mask,
    atMs: Date.now(),
    batch,
    next,
    pids,
    thread,
    words: new Int32Array(thread.buffer, thread.byteOffset, WORD.all),
    functions,
  };
}

/** The kernel says so when it has gone. */
const hasEnded = ({ words }: Begun) => Atomics.load(words, WORD.thread) === 0;

function countOf(scan: Begun): number {
  if (hasEnded(scan)) return scan.words[WORD.count] ?? 0;
  return Number(scan.functions.listed(scan.thread));
}

/** For who asks for the same. Each is given away once, and ended by who has it. */
export function takeScan<Place>(
  procRoot: string,
  links: LinksWanted,
): ScanAhead<ScanBatch<Place>> | undefined {
  if (begun === undefined || begun.isTaken) return undefined;
  const { pids, next, batch } = begun;
  if (begun.procRoot !== procRoot || begun.mask !== maskOf(links)) return undefined;
  if (Math.abs(Date.now() - begun.atMs) > OF_USE_FOR_MS) return undefined;
  const count = countOf(begun);
  // What was not to be listed says why when it is listed again.
  if (count <= 0) return undefined;
  begun.isTaken = true;
  return { pids: pids.subarray(0, count), next, batch: batch as ScanBatch<Place>, end: endScan };
}

/** Also for who lets Node end as it usually does, which gives back what the thread may still write to. Returns as `ScanAhead.end`. */
export function endScan(): number {
  if (begun === undefined) return 0;
  const scan = begun;
  const used = hasEnded(scan) ? (scan.words[WORD.used] ?? 0) : Number(scan.functions.end(scan.thread));
  begun = undefined;
  return used;
}
