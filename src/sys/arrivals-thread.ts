/**
 * The native thread of the watch of arrivals (native/arrivals.c): it listens to the process connector, looks at whoever
 * executes something, and keeps what it saw until it is drained.
 */

import type { Reading } from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { readingOfErrno } from './failure.ts';
import type { NativeFunction } from './koffi.ts';
import { nativeLibrary } from './native-library.ts';
import { Records } from './scan-batch.ts';

/** Kinds of notes among the records of processes, where those have 0 or an errno; kept in step with native/arrivals.h. */
export const NOTE = { executed: 1, ended: 2, argv: 3, innerPids: 4, lost: 5 } as const;
/** Layout of a note: in 32-bit words, but `atMs` in doubles. Text begins after `bytes`. */
export const NOTED = { size: 0, pid: 1, kind: 2, value: 3, atMs: 2, bytes: 24 } as const;

/** What some hundred processes take. */
const ROOM_BYTES = 256 * 1024;
/** For what has been told and not been heard yet, which is little unless all processors are busy. */
const PATIENCE_NSEC = 50_000_000;
const TIMED_OUT = -110;

export interface ThreadSettings {
  /** A subscribed socket of the process connector. */
  readonly socket: number;
  readonly procRoot: string;
  /** Our namespaces, as far as they are known: whoever is in others has its argv read. */
  readonly own: Partial<Readonly<Record<NamespaceType, number>>>;
  /** Programs whose argv is read, and whose children are looked at, wherever they are. */
  readonly helpers: { readonly names: readonly string[]; readonly starts: readonly string[] };
}

export interface Drained<Place> {
  readonly records: Records<Place>;
  /** Of `records`, in bytes. */
  readonly length: number;
  /** It had no time to say everything that had happened by now. */
  readonly isBehind: boolean;
}

interface NativeThread {
  readonly start: NativeFunction;
  readonly drain: NativeFunction;
  readonly stop: NativeFunction;
}

const PATH = 'the thread that watches arrivals';

/** Unsupported with ENOEXEC where the native library cannot be had. */
export function arrivalsThread<Place>(settings: ThreadSettings): Reading<ArrivalsThread<Place>> {
  const native = nativeThread();
  if (!native.ok) return native;
  const { socket, procRoot, own, helpers } = settings;
  const root = Buffer.from(`${procRoot}\0`);
  const names = [...helpers.names, ...helpers.starts.map((start) => `*${start}`)];
  const inodes = Float64Array.from(NAMESPACE_TYPES, (type) => own[type] ?? 0);
  const { start } = native.value;
  const watch = Number(start(socket, root, inodes, Buffer.from(`${names.join('\0')}\0\0`)));
  if (watch < 0) return readingOfErrno(errnoName(-watch), PATH);
  return { ok: true, value: new ArrivalsThread(native.value, watch) };
}

/** Can there be such a thread? */
export function nativeThread(): Reading<NativeThread> {
  const library = nativeLibrary();
  if (library === undefined) return { ok: false, why: 'unsupported', path: PATH, errno: 'ENOEXEC' };
  return {
    ok: true,
    value: {
      start: library(
        'long porthole_arrivals_start(long socket, const void *root, const void *own, const void *helpers)',
      ),
      drain: library(
        'long porthole_arrivals_drain(long watch, void *out, long room, long patience, void *behind)',
      ),
      stop: library('long porthole_arrivals_stop(long watch)'),
    },
  };
}

export class ArrivalsThread<Place> {
  #records = new Records<Place>(ROOM_BYTES);
  readonly #behind = new Int32Array(1);
  #isStopped = false;

  /** @param watch address of `struct watch` */
  constructor(
    readonly native: NativeThread,
    readonly watch: number,
  ) {}

  /** What was noted since the last time; valid until the next one. Nothing after the end. */
  drain(): Drained<Place> {
    if (this.#isStopped) return { records: this.#records, length: 0, isBehind: false };
    for (let patience = PATIENCE_NSEC; ; patience = 0) {
      const records = this.#records;
      const room = records.bytes.length;
      const length = Number(this.native.drain(this.watch, records.bytes, room, patience, this.#behind));
      if (length === TIMED_OUT) return { records, length: 0, isBehind: true };
      if (length <= room) {
        // Of a storm there is more once.
        if (room > ROOM_BYTES) this.#records = new Records(ROOM_BYTES);
        records.places.clear();
        return { records, length, isBehind: this.#behind[0] !== 0 };
      }
      this.#records = new Records(2 * length);
    }
  }

  /** Once. False when it did not end in time; then it ends by itself, later. */
  stop(): boolean {
    if (this.#isStopped) throw new Error('it was stopped before');
    this.#isStopped = true;
    return Number(this.native.stop(this.watch)) === 1;
  }
}
