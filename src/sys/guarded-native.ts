/** Guarded reads by the native helper (native/guarded.c): a process that shares our memory and is killed when it hangs. */
import type { Reading } from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { readingOfErrno } from './failure.ts';
import type { Answer, BegunRead, GuardedLane, GuardedRequest } from './guarded-lane.ts';
import { type NativeFunction, SyscallError } from './koffi.ts';
import { nativeLibrary } from './native-library.ts';

/** Words of `struct guard` and `struct request`. */
const GUARD = { next: 1, count: 2, outRoom: 4, outUsed: 5, words: 6 } as const;
const REQUEST = { pathAt: 0, wanted: 1, most: 2, outAt: 3, result: 4, words: 5 } as const;
/** In place of where an attribute's name is. */
const WANTED = { content: -1, status: -2 } as const;
const NOT_DONE = -1000;
const TIMED_OUT = -110;

const STACK_BYTES = 32 * 1024;
const OUT_BYTES = 256 * 1024;
const NSEC_PER_MS = 1_000_000;
/** Helpers that could not even be killed. With more of them, nothing is read. */
const MOST_LEFT = 8;

interface NativeGuard {
  readonly begin: NativeFunction;
  readonly end: NativeFunction;
  readonly hasEnded: NativeFunction;
}

/** Undefined where the native library cannot be had. */
export function nativeLane(): GuardedLane | undefined {
  const library = nativeLibrary();
  return library === undefined
    ? undefined
    : new NativeLane({
        begin: library(
          'long porthole_guarded_begin(void *guard, void *requests, const void *names, void *out, void *stack, long stackBytes)',
        ),
        end: library('long porthole_guarded_end(void *guard, void *requests, long pid, long patience)'),
        hasEnded: library('long porthole_guarded_ended(long pid)'),
      });
}

/** What the helper reads and writes, all of it outside of the heap: there it stays where it is while JavaScript goes on. */
class HelperMemory {
  readonly out: Buffer;
  readonly stack = Buffer.allocUnsafeSlow(STACK_BYTES);
  readonly guard = wordsOf(GUARD.words);

  constructor(outBytes: number) {
    this.out = Buffer.allocUnsafeSlow(outBytes);
  }
}

function wordsOf(count: number): Int32Array {
  return new Int32Array(new ArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
}

interface Packed {
  readonly words: Int32Array;
  readonly names: Buffer;
}

class NativeLane implements GuardedLane {
  /** Of no helper that is under way. */
  #memory: HelperMemory | undefined;
  /** By pid of the helper that may still write there. */
  readonly #left = new Map<number, readonly unknown[]>();

  constructor(readonly native: NativeGuard) {}

  read(requests: readonly GuardedRequest[], from: number, patienceMs: number, answer: Answer): number {
    const wanted = packed(requests);
    const largest = requests.reduce((most, { capBytes }) => Math.max(most, capBytes), 0);
    for (let next = from; next < requests.length; ) {
      if (!this.#hasRoom()) return next;
      const memory = this.#memoryFor(largest);
      const pid = this.#begin(memory, wanted, next, requests.length);
      const before = next;
      next = this.#end(memory, wanted, pid, patienceMs, requests, next, answer);
      // Somebody killed the helper, or it hung.
      if (next === before || wanted.words[next * REQUEST.words + REQUEST.result] === TIMED_OUT) return next;
    }
    return requests.length;
  }

  begin(request: GuardedRequest): BegunRead | undefined {
    if (!this.#hasRoom()) return undefined;
    const requests = [request];
    const wanted = packed(requests);
    const memory = this.#memoryFor(request.capBytes);
    const pid = this.#begin(memory, wanted, 0, requests.length);
    return {
      end: (patienceMs) => {
        let read: Reading<Uint8Array> | undefined;
        this.#end(memory, wanted, pid, patienceMs, requests, 0, (_, reading) => {
          read = reading;
        });
        return read;
      },
    };
  }

  /** Returns the helper's pid. */
  #begin({ guard, out, stack }: HelperMemory, { words, names }: Packed, from: number, count: number): number {
    guard[GUARD.next] = from;
    guard[GUARD.count] = count;
    guard[GUARD.outRoom] = out.length;
    guard[GUARD.outUsed] = 0;
    const pid = this.native.begin(guard, words, names, out, stack, stack.length);
    if (pid < 0) throw new SyscallError('clone', errnoName(-pid));
    return pid;
  }

  /** Answers what was read from request `from` on; returns the index of the first that was not. */
  #end(
    memory: HelperMemory,
    { words, names }: Packed,
    pid: number,
    patienceMs: number,
    requests: readonly GuardedRequest[],
    from: number,
    answer: Answer,
  ): number {
    const { guard, out } = memory;
    const left = this.native.end(guard, words, pid, Math.round(patienceMs * NSEC_PER_MS));
    // Its memory stays with it.
    if (left > 0) this.#left.set(left, [memory, words, names]);
    let next = from;
    for (; next < requests.length; next++) {
      const at = next * REQUEST.words;
      const done = words[at + REQUEST.result] ?? NOT_DONE;
      if (done === NOT_DONE || done === TIMED_OUT) break;
      const path = requests[next]?.path ?? '';
      const outAt = words[at + REQUEST.outAt] ?? 0;
      if (done < 0) answer(next, readingOfErrno(errnoName(-done), path));
      else answer(next, { ok: true, value: Uint8Array.prototype.slice.call(out, outAt, outAt + done) });
    }
    if (left === 0) this.#memory = memory;
    return next;
  }

  /** The caller's until it gives it back. */
  #memoryFor(largestBytes: number): HelperMemory {
    const spare = this.#memory;
    this.#memory = undefined;
    if (spare !== undefined && spare.out.length >= largestBytes) return spare;
    return new HelperMemory(Math.max(OUT_BYTES, largestBytes));
  }

  close(): void {
    this.#hasRoom();
  }

  #hasRoom(): boolean {
    for (const pid of this.#left.keys()) if (this.native.hasEnded(pid) !== 0) this.#left.delete(pid);
    return this.#left.size < MOST_LEFT;
  }
}

function packed(requests: readonly GuardedRequest[]): Packed {
  const words = wordsOf(requests.length * REQUEST.words);
  let length = 0;
  let text = '';
  /** Where it is. */
  const add = (name: string): number => {
    const at = length;
    length += Buffer.byteLength(name) + 1;
    text += `${name}\0`;
    return at;
  };
  requests.forEach(({ path, capBytes, wanted = 'content' }, index) => {
    const at = index * REQUEST.words;
    words[at + REQUEST.pathAt] = add(path);
    words[at + REQUEST.wanted] = typeof wanted === 'string' ? WANTED[wanted] : add(wanted.attribute);
    words[at + REQUEST.most] = capBytes;
    words[at + REQUEST.result] = NOT_DONE;
  });
  return { words, names: Buffer.from(text) };
}
