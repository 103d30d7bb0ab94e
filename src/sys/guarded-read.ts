/**
 * Reads that may hang: cmdline and environ wait for the target's mmap lock, and a process in uninterruptible sleep can
 * hold it for as long as its disk is gone. Such a read happens in a thread of its own and is given up after a while, so
 * that it costs one field and never the whole sample. The thread is left behind then, and a new one made when needed.
 */
import { Worker } from 'node:worker_threads';
import type { Reading } from '../kernel/reading.ts';
import { failedReading } from './failure.ts';
import { HEADER_WORDS, type ReadRequest, STATE } from './guarded-read-shared.ts';

export class GuardedReader {
  #worker: Worker | undefined;

  /** @param workerUrl the built `guarded-read-worker.js` */
  constructor(readonly workerUrl: URL = new URL('./guarded-read-worker.js', import.meta.url)) {}

  /** Blocks the calling thread, at most `patienceMs`. A read given up is `unsupported` with ETIMEDOUT. */
  bytes(path: string, capBytes: number, patienceMs: number): Reading<Uint8Array> {
    const shared = new SharedArrayBuffer(HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT + capBytes);
    const header = new Int32Array(shared, 0, HEADER_WORDS);
    this.#worker ??= this.#start();
    const request: ReadRequest = { path, shared };
    this.#worker.postMessage(request);
    if (Atomics.wait(header, 0, STATE.pending, patienceMs) === 'timed-out') {
      this.close();
      return { ok: false, why: 'unsupported', path, errno: 'ETIMEDOUT' };
    }
    const length = header[1] ?? 0;
    const content = Buffer.from(shared, HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT, length);
    if (header[0] === STATE.done) return { ok: true, value: Uint8Array.from(content) };
    return failedReading(Object.assign(new Error(path), { code: content.toString('latin1') }), path);
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = new Worker(this.workerUrl);
    // It must not keep the process alive, not even while it hangs.
    worker.unref();
    return worker;
  }
}
