/**
 * What executed and what ended between two ticks, by the kernel's own word (its process connector): containers that live
 * for less than a tick are seen, and the scan need not look for what has not changed.
 */
import {
  MessageChannel,
  type MessagePort,
  type ResourceLimits,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import { mapReading, type Reading } from '../kernel/reading.ts';
import type { EndedProcess } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { Pipe } from '../sys/pipe.ts';
import { openProcessConnector, type ProcessConnector } from '../sys/process-connector.ts';
import { type ArrivalsMessage, type ArrivalsSettings, REQUEST, STATE, WORD } from './arrivals-shared.ts';

export interface ArrivalsWatch {
  /** Since the last call. */
  drain(): ArrivalsNews;
  close(): Promise<void>;
}

export interface ArrivalsNews {
  /** Processes that executed something: look again at those alive, they may have changed namespaces, cgroup, comm. */
  readonly executed: ReadonlySet<number>;
  /** Those that had ended by now, as they were right after they executed. */
  readonly ended: readonly EndedProcess[];
  /** Pids that ended, of whatever kind. */
  readonly exited: ReadonlySet<number>;
  /** Events were lost since the last call: look at everything. */
  readonly overflowed: boolean;
}

/** What it reads of a process is told and forgotten; a storm of them fills the socket first. */
const LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 3, maxOldGenerationSizeMb: 256 };
/** The worker answers in less than one, unless all processors are busy. */
const PATIENCE_MS = 50;

/**
 * Begins at once. Of what ends before the worker thread is there (some 100 ms) nothing is told.
 * @param workerUrl the built `arrivals-worker.js`
 */
export function startArrivals(
  files: KernelFiles,
  workerUrl: URL = new URL('./arrivals-worker.js', import.meta.url),
): Reading<ArrivalsWatch> {
  return mapReading(open(files), (connector) => new WatchingWorker(connector, workerUrl));
}

/** Would there be anything to watch? */
export function arrivalsAreTold(files: KernelFiles): Reading<void> {
  return mapReading(open(files), (connector) => connector.close());
}

/** Its pids are those of the initial namespace, which another mount of /proc need not show. */
function open(files: KernelFiles): Reading<ProcessConnector> {
  if (files.ownProc) return openProcessConnector();
  return { ok: false, why: 'unsupported', path: files.procRoot, errno: 'EXDEV' };
}

class WatchingWorker implements ArrivalsWatch {
  readonly #pipe = Pipe.open();
  readonly #state = new Int32Array(new SharedArrayBuffer(WORD.count * Int32Array.BYTES_PER_ELEMENT));
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #asked = 0;
  #isClosed = false;
  readonly #quit = () => this.#pipe.write(REQUEST.quit);

  constructor(
    readonly connector: ProcessConnector,
    workerUrl: URL,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: ArrivalsSettings = {
      socket: connector.fd,
      wakeUp: this.#pipe.readFd,
      port: port2,
      shared: this.#state.buffer,
    };
    this.#worker = new Worker(workerUrl, {
      workerData,
      transferList: [port2],
      stderr: true,
      resourceLimits: LIMITS,
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        Atomics.store(this.#state, WORD.state, STATE.starting);
        resolve();
      });
    });
    // Whoever drains learns it: without a worker every answer says that events were lost.
    this.#worker.on('error', () => Atomics.store(this.#state, WORD.state, STATE.starting));
    this.#worker.unref();
    this.#port.unref();
    // Node waits for its threads when it ends, and this one waits for the kernel.
    process.once('exit', this.#quit);
  }

  drain(): ArrivalsNews {
    const isComplete = this.#request();
    const executed = new Set<number>();
    const exited = new Set<number>();
    const ended: EndedProcess[] = [];
    let overflowed = !isComplete;
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return { executed, exited, ended, overflowed };
      const message: ArrivalsMessage = received.message;
      for (const pid of message.executed) executed.add(pid);
      for (const pid of message.exited) exited.add(pid);
      for (const each of message.ended) ended.push(each);
      overflowed ||= message.overflowed;
    }
  }

  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      process.removeListener('exit', this.#quit);
      this.#worker.ref();
      this.#quit();
      await this.#ended;
      this.#port.close();
      this.#pipe.close();
      this.connector.close();
    }
    await this.#ended;
  }

  /** False when the worker has not said everything in time. */
  #request(): boolean {
    if (this.#isClosed || Atomics.load(this.#state, WORD.state) !== STATE.ready) return false;
    if (this.#pipe.write(REQUEST.drain)) this.#asked += 1;
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const answered = Atomics.load(this.#state, WORD.answered);
      if (answered >= this.#asked) return true;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return false;
      Atomics.wait(this.#state, WORD.answered, answered, leftMs);
    }
  }
}
