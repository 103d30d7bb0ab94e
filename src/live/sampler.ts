/**
 * The sampler as screens see it: a worker thread that scans on a fixed grid, so that a slow scan never makes a key press
 * wait. If the worker dies it is started again once per interval, and the screen is told.
 */
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { Frame, Listing, ListWish, ModelFeed } from './feed.ts';
import { modelAfter } from './frame-delta.ts';
import { settleDown } from './small-heaps.ts';
import { isMessage, type SamplerRequest, type SamplerSettings } from './worker-messages.ts';

/**
 * Most of what a sample makes is gone with the next one: a small young generation keeps the heap near what lives, which is
 * 15 MB with 200 containers and 2,000 processes. Of the old one only what cannot be right is refused.
 */
const LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 1024 };

/** A thread in the middle of a sample ends by itself soon after it; one that is stuck is ended. */
const CLOSE_PATIENCE_MS = 300;

/** So many frames after a worker's start all its threads run; threads of actions come and go later. */
const FRAMES_TO_START = 5;
const SETTLED_FOR_FRAMES = 10;

/**
 * @param settings where to read and how often; the interval can be changed later
 * @param workerUrl the built `sampler-worker.js`
 */
export function startSampler(
  settings: SamplerSettings,
  workerUrl: URL = new URL('./sampler-worker.js', import.meta.url),
): ModelFeed {
  return new WorkerFeed(settings, workerUrl);
}

class WorkerFeed implements ModelFeed {
  readonly #frames = new Set<(frame: Frame) => void>();
  readonly #troubles = new Set<(message: string) => void>();
  #settings: SamplerSettings;
  #worker: Worker | undefined;
  #last: Frame | undefined;
  #restart: NodeJS.Timeout | undefined;
  #closed = false;
  #isPaused = false;
  /** Frames of this worker before the last one. */
  #sinceStart = 0;
  #wish: ListWish | undefined;
  #listing: Listing | undefined;

  constructor(
    settings: SamplerSettings,
    readonly workerUrl: URL,
  ) {
    this.#settings = settings;
    this.#start();
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.#frames.add(listener);
    if (this.#last !== undefined) listener(this.#last);
    return () => this.#frames.delete(listener);
  }

  onTrouble(listener: (message: string) => void): () => void {
    this.#troubles.add(listener);
    return () => this.#troubles.delete(listener);
  }

  want(wish: ListWish | undefined): void {
    this.#wish = wish;
    if (wish === undefined) this.#listing = undefined;
    this.#send({ kind: 'want', wish });
  }

  refreshNow(): void {
    this.#send({ kind: 'refresh' });
  }

  setIntervalMs(intervalMs: number): void {
    this.#settings = { ...this.#settings, intervalMs };
    this.#send({ kind: 'interval', intervalMs });
  }

  setPaused(paused: boolean): void {
    this.#isPaused = paused;
    this.#send({ kind: 'pause', paused });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage({ kind: 'close' } satisfies SamplerRequest);
    const late = setTimeout(() => void worker.terminate(), CLOSE_PATIENCE_MS);
    await ended;
    clearTimeout(late);
  }

  #send(request: SamplerRequest): void {
    this.#worker?.postMessage(request);
  }

  #start(): void {
    const worker = new Worker(this.workerUrl, {
      workerData: this.#settings,
      resourceLimits: LIMITS,
      // Node's warnings belong into the status line, not across the screen.
      stderr: true,
    });
    worker.stderr.on('data', (text: Buffer) =>
      this.#tell(`sampler: ${text.toString().trim().split('\n')[0] ?? ''}`),
    );
    this.#worker = worker;
    if (this.#isPaused) this.#send({ kind: 'pause', paused: true });
    if (this.#wish !== undefined) this.#send({ kind: 'want', wish: this.#wish });
    worker.on('message', (message: unknown) => {
      if (!isMessage(message)) return;
      if (message.kind === 'trouble') this.#tell(message.message);
      else if (message.kind === 'listing') this.#show(this.#last, message.listing);
      else {
        this.#settle(message.isFirst);
        const { isFirst, delta, cost, listing } = message;
        this.#show({ model: modelAfter(isFirst ? undefined : this.#last?.model, delta), cost }, listing);
      }
    });
    worker.on('error', (error) => this.#tell(`sampler: ${error.message}`));
    worker.on('exit', () => {
      if (this.#closed) return;
      this.#worker = undefined;
      this.#restart = setTimeout(() => this.#start(), this.#settings.intervalMs);
    });
  }

  /** V8 has to be told again after each start of a thread. */
  #settle(isFirst: boolean): void {
    this.#sinceStart = isFirst ? 0 : this.#sinceStart + 1;
    if (this.#sinceStart < FRAMES_TO_START || this.#sinceStart % SETTLED_FOR_FRAMES === 0)
      settleDown(this.#sinceStart);
  }

  /** The listing stays until there is a newer one for what is wished for by now. */
  #show(frame: Frame | undefined, listing: Listing | undefined): void {
    if (listing?.kind === this.#wish?.kind && listing?.container === this.#wish?.container)
      this.#listing = listing;
    if (frame === undefined) return;
    const { model, cost } = frame;
    this.#last = { model, cost, ...(this.#listing !== undefined && { listing: this.#listing }) };
    for (const listener of this.#frames) listener(this.#last);
  }

  #tell(message: string): void {
    for (const listener of this.#troubles) listener(message);
  }
}
