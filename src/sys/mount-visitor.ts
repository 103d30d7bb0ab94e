/**
 * A way into mount namespaces that no process is in: a thread of ours joins one, and its /proc links (mountinfo, root) show
 * what a process in there would see. One thread for all of them, ended afterwards. Needs CAP_SYS_ADMIN and CAP_SYS_CHROOT.
 */
import { Worker } from 'node:worker_threads';
import type { Reading } from '../kernel/reading.ts';
import { readingOfErrno } from './failure.ts';
import { STATE, TEXT_BYTES, type VisitorShared, WORDS } from './mount-visitor-shared.ts';

/** Starting a thread takes some 30 ms; this is for a host that is out of breath. */
const PATIENCE_MS = 10_000;

export class MountVisitor {
  readonly #shared = new SharedArrayBuffer(WORDS.count * Int32Array.BYTES_PER_ELEMENT + TEXT_BYTES);
  readonly #words = new Int32Array(this.#shared, 0, WORDS.count);
  #worker: Worker | undefined;
  /** `PID/task/TID`, or why there is no thread. */
  #thread: Reading<string> | undefined;

  /** @param workerUrl the built `mount-visitor-worker.mjs` */
  constructor(readonly workerUrl: URL = new URL('./mount-visitor-worker.mjs', import.meta.url)) {}

  /** Joins the namespace behind `fd`, and gives the directory below /proc that shows it, until the next visit. */
  visit(fd: number, path: string): Reading<string> {
    this.#thread ??= this.#start(path);
    if (!this.#thread.ok) return this.#thread;
    this.#words[WORDS.fd] = fd;
    const before = this.#words[WORDS.answers] ?? 0;
    Atomics.store(this.#words, WORDS.state, STATE.asked);
    Atomics.notify(this.#words, WORDS.state);
    const answer = this.#answer(before, path);
    return answer.ok ? this.#thread : answer;
  }

  close(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#thread = undefined;
  }

  #start(path: string): Reading<string> {
    const workerData: VisitorShared = { shared: this.#shared };
    this.#worker = new Worker(this.workerUrl, { workerData });
    this.#worker.unref();
    return this.#answer(0, path);
  }

  /** Blocks until the thread has answered once more than `before`. */
  #answer(before: number, path: string): Reading<string> {
    if (Atomics.wait(this.#words, WORDS.answers, before, PATIENCE_MS) === 'timed-out')
      return { ok: false, why: 'unsupported', path, errno: 'ETIMEDOUT' };
    const bytes = Buffer.from(this.#shared, WORDS.count * Int32Array.BYTES_PER_ELEMENT);
    const said = bytes.toString('latin1', 0, this.#words[WORDS.length] ?? 0);
    return this.#words[WORDS.result] === STATE.failed
      ? readingOfErrno(said, path)
      : { ok: true, value: said };
  }
}
