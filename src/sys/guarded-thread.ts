/**
 * Guarded reads by a thread, where the native library cannot be had. A thread that hangs is left behind and a new one made.
 * Node waits for its threads when it ends, so this process then has to leave without waiting.
 */
import { isMainThread, Worker } from 'node:worker_threads';
import { errnoName } from '../kernel/tables/errno.ts';
import { readingOfErrno } from './failure.ts';
import type { Answer, GuardedLane, GuardedRequest } from './guarded-lane.ts';
import { HEADER, type ReadRequests, STATE, viewsOf } from './guarded-read-shared.ts';
import { libcFunction } from './koffi.ts';

const CONTENT_BYTES = 256 * 1024;
/** A thread that has just been made is not there yet, and nobody can tell one that hangs from one that has no processor. */
const LEAST_PATIENCE_MS = 200;
const START_PATIENCE_MS = 2000;
/** With more of them left behind, nothing is read. */
const MOST_LEFT = 8;

export class ThreadLane implements GuardedLane {
  #worker: Worker | undefined;
  #left = 0;

  /** @param workerUrl the built `guarded-read-worker.mjs` */
  constructor(readonly workerUrl: URL = new URL('./guarded-read-worker.mjs', import.meta.url)) {}

  read(requests: readonly GuardedRequest[], from: number, patienceMs: number, answer: Answer): number {
    const paths = requests.map(({ path }) => path);
    const capsBytes = requests.map(({ capBytes }) => capBytes);
    const wanted = requests.map((each) => each.wanted ?? 'content');
    const contentBytes = Math.max(CONTENT_BYTES, ...capsBytes);
    for (let next = from; next < requests.length; ) {
      if (this.#left >= MOST_LEFT) return next;
      const shared = new SharedArrayBuffer(4 * (HEADER.words + paths.length) + contentBytes);
      const { header, results, content } = viewsOf(shared, paths.length);
      const request: ReadRequests = { paths, wanted, capsBytes, from: next, shared };
      header[HEADER.next] = next - 1;
      this.#worker ??= this.#start();
      this.#worker.postMessage(request);
      const hangs = !this.#ends(header, next, Math.max(patienceMs, LEAST_PATIENCE_MS));
      const upTo = Math.max(next, Atomics.load(header, HEADER.next));
      for (let at = 0; next < upTo; next++) {
        const result = results[next] ?? 0;
        const bytes = content.subarray(at, at + Math.max(0, result));
        at += bytes.length;
        answer(
          next,
          result < 0
            ? readingOfErrno(errnoName(-result), paths[next] ?? '')
            : { ok: true, value: Uint8Array.from(bytes) },
        );
      }
      if (!hangs) continue;
      this.#leave();
      return next;
    }
    return requests.length;
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** False when it has been at the same file for that long. A thread that has just been made may take longer to begin. */
  #ends(header: Int32Array, from: number, patienceMs: number): boolean {
    for (let waitedMs = 0; ; waitedMs += patienceMs) {
      const at = Atomics.load(header, HEADER.next);
      if (Atomics.wait(header, HEADER.state, STATE.pending, patienceMs) !== 'timed-out') return true;
      const isBeginning = at < from && waitedMs < START_PATIENCE_MS;
      if (!isBeginning && Atomics.load(header, HEADER.next) === at) return false;
    }
  }

  /** Not terminated: to wait for that would keep this process alive. */
  #leave(): void {
    if (this.#left === 0 && isMainThread) process.once('exit', (code) => leave(code));
    this.#left += 1;
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.once('exit', () => {
      this.#left -= 1;
    });
  }

  #start(): Worker {
    const worker = new Worker(this.workerUrl);
    // It must not keep the process alive, not even while it hangs.
    worker.unref();
    return worker;
  }
}

/** Ends this process without waiting for its threads. */
export function leave(code: number): void {
  libcFunction('void _exit(int status)')(code);
}
