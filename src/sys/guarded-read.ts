/**
 * Reads that may hang: cmdline and environ wait for the target's mmap lock and for its pages, which a disk that is gone, a
 * FUSE mount or the target itself (userfaultfd) can hold back for ever. Such a read costs one field and never the whole
 * sample: it is given up after a while, and not tried again for a longer one.
 */
import type { Reading } from '../kernel/reading.ts';
import type { Answer, BegunRead, GuardedLane, GuardedRequest } from './guarded-lane.ts';
import { nativeLane } from './guarded-native.ts';
import { ThreadLane } from './guarded-thread.ts';
import { SyscallError } from './koffi.ts';

/** How long a field is worth waiting for. A page on a slow disk takes some milliseconds. */
const PATIENCE_MS = 50;
/** For those that hung before, and when one has hung in the same call. */
const LITTLE_PATIENCE_MS = 10;
/** All waiting of one call together: what is left then is answered as if it hung, but tried again in the next call. */
const TOTAL_PATIENCE_MS = 150;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;

interface Hang {
  readonly untilMs: number;
  readonly pauseMs: number;
}

export class GuardedReader {
  #lane: GuardedLane;
  /** By path and start time. */
  readonly #hangs = new Map<string, Hang>();

  constructor(lane: GuardedLane = nativeLane() ?? new ThreadLane()) {
    this.#lane = lane;
  }

  /** One reading for each, in the order given. A read given up is `unsupported` with ETIMEDOUT. */
  many(requests: readonly GuardedRequest[]): Reading<Uint8Array>[] {
    const nowMs = performance.now();
    const readings = requests.map(({ path }): Reading<Uint8Array> => givenUp(path));
    const due: number[] = [];
    const again: number[] = [];
    requests.forEach((request, index) => {
      const hang = this.#hangs.get(keyOf(request));
      if (hang === undefined) due.push(index);
      else if (hang.untilMs <= nowMs) again.push(index);
    });
    // Those that hung before come last: nobody else shall wait for them.
    const waitedMs = this.#readAll(requests, due, readings, PATIENCE_MS, 0);
    this.#readAll(requests, again, readings, LITTLE_PATIENCE_MS, waitedMs);
    this.#forget(nowMs);
    return readings;
  }

  /** One reading, made while the caller goes on. What is returned gives it, must be called, and may be again. */
  begin(request: GuardedRequest): () => Reading<Uint8Array> {
    const begun = this.#hangs.has(keyOf(request)) ? undefined : this.#begun(request);
    let reading: Reading<Uint8Array> | undefined;
    return () => {
      reading ??= begun === undefined ? this.many([request])[0] : begun.end(PATIENCE_MS);
      if (reading !== undefined) return reading;
      this.#remember(keyOf(request));
      reading = givenUp(request.path);
      return reading;
    };
  }

  close(): void {
    this.#lane.close();
  }

  #begun(request: GuardedRequest): BegunRead | undefined {
    try {
      return this.#lane.begin?.(request);
    } catch (error) {
      // `many` knows what to do without helpers.
      if (error instanceof SyscallError) return undefined;
      throw error;
    }
  }

  /** Returns how long the call has waited by then. */
  #readAll(
    requests: readonly GuardedRequest[],
    order: readonly number[],
    readings: Reading<Uint8Array>[],
    firstPatienceMs: number,
    alreadyWaitedMs: number,
  ): number {
    const asked = order.flatMap((index) => requests[index] ?? []);
    const answer: Answer = (at, reading) => {
      readings[order[at] ?? -1] = reading;
      const request = asked[at];
      if (this.#hangs.size > 0 && request !== undefined) this.#hangs.delete(keyOf(request));
    };
    let patienceMs = firstPatienceMs;
    let waitedMs = alreadyWaitedMs;
    for (let next = 0; next < asked.length && waitedMs < TOTAL_PATIENCE_MS; next++) {
      next = this.#read(asked, next, patienceMs, answer);
      const stuck = asked[next];
      if (stuck === undefined) break;
      waitedMs += patienceMs;
      patienceMs = LITTLE_PATIENCE_MS;
      this.#remember(keyOf(stuck));
    }
    return waitedMs;
  }

  #read(requests: readonly GuardedRequest[], from: number, patienceMs: number, answer: Answer): number {
    try {
      return this.#lane.read(requests, from, patienceMs, answer);
    } catch (error) {
      // A sandbox that lets us make threads but no processes.
      if (!(error instanceof SyscallError) || this.#lane instanceof ThreadLane) throw error;
      this.#lane = new ThreadLane();
      return this.#lane.read(requests, from, patienceMs, answer);
    }
  }

  #remember(key: string): void {
    const before = this.#hangs.get(key)?.pauseMs;
    const pauseMs = before === undefined ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * before);
    this.#hangs.set(key, { untilMs: performance.now() + pauseMs, pauseMs });
  }

  /** Those nobody asks for any more have ended, or left the screen. */
  #forget(nowMs: number): void {
    for (const [key, { untilMs }] of this.#hangs) {
      if (untilMs + LONGEST_PAUSE_MS < nowMs) this.#hangs.delete(key);
    }
  }
}

function keyOf({ path, starttimeTicks, wanted = 'content' }: GuardedRequest): string {
  return `${path} ${starttimeTicks} ${typeof wanted === 'string' ? wanted : wanted.attribute}`;
}

function givenUp(path: string): Reading<Uint8Array> {
  return { ok: false, why: 'unsupported', path, errno: 'ETIMEDOUT' };
}
