/** The worker thread: samples on a grid, builds the model here, and posts only what screens show. */
import { parentPort, workerData } from 'node:worker_threads';
import { buildModel } from '../model/build.ts';
import type { HostModel } from '../model/host-model.ts';
import type { Sample } from '../model/sample.ts';
import { KernelFiles } from '../sys/kernel-files.ts';
import type { Listing } from './feed.ts';
import { modelDelta } from './frame-delta.ts';
import { WishedList } from './lists/wished-list.ts';
import { EVERYTHING, repeatedTaker, type SampleTaker } from './take-sample.ts';
import type { SamplerMessage, SamplerRequest, SamplerSettings } from './worker-messages.ts';

/** What the last sample found. */
interface Latest {
  readonly sample: Sample;
  readonly model: HostModel;
}

class SamplerLoop {
  readonly #taker: SampleTaker;
  readonly #list = new WishedList();
  #latest: Latest | undefined;
  #told: HostModel | undefined;
  #intervalMs: number;
  #isPaused = false;
  #isBusy = false;
  /** Who wanted a sample while another, or a list, was being taken: the clock, or somebody who asked for it. */
  #turnedAway: 'due' | 'asked' | undefined;
  #timer: NodeJS.Timeout | undefined;
  #listSoon: NodeJS.Immediate | undefined;

  constructor(
    settings: SamplerSettings,
    readonly post: (message: SamplerMessage) => void,
  ) {
    this.#taker = repeatedTaker(new KernelFiles(settings.procRoot, settings.sysRoot));
    this.#intervalMs = settings.intervalMs;
  }

  handle(request: SamplerRequest): void {
    if (request.kind === 'close') {
      void this.#close();
      return;
    }
    if (request.kind === 'want') {
      this.#list.want(request.wish);
      this.#takeListSoon();
      return;
    }
    if (request.kind === 'interval') this.#intervalMs = request.intervalMs;
    if (request.kind === 'pause') this.#isPaused = request.paused;
    if (request.kind === 'refresh' || (request.kind === 'pause' && !request.paused))
      void this.tick(request.kind === 'refresh');
    else this.#schedule(this.#intervalMs);
  }

  /** A sample that is being taken comes to its end first: it is not waited for long. */
  async #close(): Promise<void> {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    await this.#taker.close();
    process.exit();
  }

  /** @param isAsked by somebody who wants to see everything anew */
  async tick(isAsked = false): Promise<void> {
    if (this.#isBusy) {
      this.#turnedAway = this.#turnedAway === 'asked' || isAsked ? 'asked' : 'due';
      return;
    }
    this.#isBusy = true;
    const started = performance.now();
    try {
      const cpuBefore = process.cpuUsage();
      const sample = await this.#taker.take({ ...EVERYTHING, anew: isAsked });
      const model = buildModel(sample, this.#latest?.sample);
      this.#latest = { sample, model };
      const listing = isAsked || this.#list.isDue(started) ? await this.#listed(this.#latest) : undefined;
      const cpu = process.cpuUsage(cpuBefore);
      const cost = { durationMs: performance.now() - started, cpuMs: (cpu.user + cpu.system) / 1000 };
      const delta = modelDelta(this.#told, model);
      this.post({ kind: 'frame', isFirst: this.#told === undefined, delta, cost, listing });
      this.#told = model;
    } catch (error) {
      this.post({ kind: 'trouble', message: error instanceof Error ? error.message : String(error) });
    }
    // It was its own turn that came again meanwhile, unless somebody asked.
    if (this.#turnedAway === 'due') this.#turnedAway = undefined;
    this.#schedule(Math.max(0, this.#intervalMs - (performance.now() - started)));
    this.#rest();
  }

  /** Whoever came while the thread was busy comes now. */
  #rest(): void {
    this.#isBusy = false;
    const turnedAway = this.#turnedAway;
    this.#turnedAway = undefined;
    if (turnedAway === 'asked' || (turnedAway === 'due' && !this.#isPaused))
      void this.tick(turnedAway === 'asked');
    else this.#takeListSoon();
  }

  #listed({ sample, model }: Latest): Promise<Listing | undefined> {
    const { files } = this.#taker;
    return this.#list.take({ files, sample, model, freshen: (pids) => this.#taker.freshen(pids) });
  }

  /** A new wish does not wait for the next sample. Of several in a row only the last is taken. */
  #takeListSoon(): void {
    if (!this.#list.isNew) return;
    clearImmediate(this.#listSoon);
    this.#listSoon = setImmediate(() => void this.#takeList());
  }

  async #takeList(): Promise<void> {
    // Otherwise whoever is busy sees to it.
    if (this.#isBusy || this.#latest === undefined) return;
    this.#isBusy = true;
    const listing = await this.#listed(this.#latest);
    if (listing !== undefined) this.post({ kind: 'listing', listing });
    this.#rest();
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isPaused) this.#timer = setTimeout(() => void this.tick(), delayMs);
  }
}

if (parentPort !== null) {
  const port = parentPort;
  const settings: SamplerSettings = workerData;
  const loop = new SamplerLoop(settings, (message) => port.postMessage(message));
  port.on('message', (request: SamplerRequest) => loop.handle(request));
  void loop.tick();
}
