/** Guarded reads by the native helper (native/guarded.c): a process that shares our memory and is killed when it hangs. */
import { errnoName } from '../kernel/tables/errno.ts';
import { readingOfErrno } from './failure.ts';
import type { Answer, GuardedLane, GuardedRequest } from './guarded-lane.ts';
import { type NativeFunction, SyscallError } from './koffi.ts';
import { nativeLibrary } from './native-library.ts';

/** Words of `struct guard` and `struct request`. */
const GUARD = { next: 1, count: 2, outRoom: 4, outUsed: 5, words: 6 } as const;
const REQUEST = { pathAt: 0, most: 1, outAt: 2, result: 3, words: 4 } as const;
const NOT_DONE = -1000;
const TIMED_OUT = -110;

const STACK_BYTES = 32 * 1024;
const OUT_BYTES = 256 * 1024;
const NSEC_PER_MS = 1_000_000;
/** Helpers that could not even be killed. With more of them, nothing is read. */
const MOST_LEFT = 8;

interface NativeGuard {
  readonly read: NativeFunction;
  readonly hasEnded: NativeFunction;
}

/** Undefined where the native library cannot be had. */
export function nativeLane(): GuardedLane | undefined {
  const library = nativeLibrary();
  return library === undefined
    ? undefined
    : new NativeLane({
        read: library(
          'long porthole_guarded(void *guard, void *requests, const void *names, void *out, void *stack, long stackBytes, long patience)',
        ),
        hasEnded: library('long porthole_guarded_ended(long pid)'),
      });
}

/** What the helper reads and writes. */
class HelperMemory {
  readonly out: Buffer;
  readonly stack = Buffer.allocUnsafeSlow(STACK_BYTES);
  readonly guard = new Int32Array(GUARD.words);

  constructor(outBytes: number) {
    this.out = Buffer.allocUnsafeSlow(outBytes);
  }
}

class NativeLane implements GuardedLane {
  #memory = new HelperMemory(OUT_BYTES);
  /** By pid of the helper that may still write there. */
  readonly #left = new Map<number, readonly unknown[]>();

  constructor(readonly native: NativeGuard) {}

  read(requests: readonly GuardedRequest[], from: number, patienceMs: number, answer: Answer): number {
    const { words, names } = packed(requests);
    const largest = requests.reduce((most, { capBytes }) => Math.max(most, capBytes), 0);
    if (largest > this.#memory.out.length) this.#memory = new HelperMemory(largest);
    for (let next = from; next < requests.length; ) {
      if (!this.#hasRoom()) return next;
      const { guard, out, stack } = this.#memory;
      guard[GUARD.next] = next;
      guard[GUARD.count] = requests.length;
      guard[GUARD.outRoom] = out.length;
      guard[GUARD.outUsed] = 0;
      const patience = Math.round(patienceMs * NSEC_PER_MS);
      const result = this.native.read(guard, words, names, out, stack, stack.length, patience);
      if (result < 0) throw new SyscallError('clone', errnoName(-result));
      const before = next;
      for (; next < requests.length; next++) {
        const at = next * REQUEST.words;
        const done = words[at + REQUEST.result] ?? NOT_DONE;
        if (done === NOT_DONE) break;
        if (done === TIMED_OUT) {
          if (result > 0) this.#leave(result, [this.#memory, words, names]);
          return next;
        }
        const path = requests[next]?.path ?? '';
        const outAt = words[at + REQUEST.outAt] ?? 0;
        if (done < 0) answer(next, readingOfErrno(errnoName(-done), path));
        else answer(next, { ok: true, value: Uint8Array.prototype.slice.call(out, outAt, outAt + done) });
      }
      // Somebody killed the helper.
      if (next === before) return next;
    }
    return requests.length;
  }

  close(): void {
    this.#hasRoom();
  }

  /** Its memory stays with it. */
  #leave(pid: number, memory: readonly unknown[]): void {
    this.#left.set(pid, memory);
    this.#memory = new HelperMemory(OUT_BYTES);
  }

  #hasRoom(): boolean {
    for (const pid of this.#left.keys()) if (this.native.hasEnded(pid) !== 0) this.#left.delete(pid);
    return this.#left.size < MOST_LEFT;
  }
}

function packed(requests: readonly GuardedRequest[]): { words: Int32Array; names: Buffer } {
  const words = new Int32Array(requests.length * REQUEST.words);
  let at = 0;
  let text = '';
  requests.forEach(({ path, capBytes }, index) => {
    words[index * REQUEST.words + REQUEST.pathAt] = at;
    words[index * REQUEST.words + REQUEST.most] = capBytes;
    words[index * REQUEST.words + REQUEST.result] = NOT_DONE;
    at += Buffer.byteLength(path) + 1;
    text += `${path}\0`;
  });
  return { words, names: Buffer.from(text) };
}
