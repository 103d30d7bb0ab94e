/** The worker thread: samples on a grid, builds the model here, and posts only what screens show. */
import { parentPort, workerData } from 'node:worker_threads';
import { buildModel } from '../model/build.ts';
import type { Sample } from '../model/sample.ts';
import { KernelFiles } from '../sys/kernel-files.ts';
import { repeatedTaker, type SampleTaker } from './take-sample.ts';
import type { SamplerMessage, SamplerRequest, SamplerSettings } from './worker-messages.ts';

class SamplerLoop {
  readonly #taker: SampleTaker;
  #previous: Sample | undefined;
  #intervalMs: number;
  #isPaused = false;
  #isSampling = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    settings: SamplerSettings,
    readonly post: (message: SamplerMessage) => void,
  ) {
    this.#taker = repeatedTaker(new KernelFiles(settings.procRoot, settings.sysRoot));
    this.#intervalMs = settings.intervalMs;
  }

  handle(request: SamplerRequest): void {
    if (request.kind === 'want') return;
    if (request.kind === 'interval') this.#intervalMs = request.intervalMs;
    if (request.kind === 'pause') this.#isPaused = request.paused;
    if (request.kind === 'refresh' || (request.kind === 'pause' && !request.paused)) void this.tick();
    else this.#schedule(this.#intervalMs);
  }

  async tick(): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    const started = performance.now();
    try {
      const cpuBefore = process.cpuUsage();
      const sample = await this.#taker.take();
      const model = buildModel(sample, this.#previous);
      this.#previous = sample;
      const cpu = process.cpuUsage(cpuBefore);
      const cost = { durationMs: performance.now() - started, cpuMs: (cpu.user + cpu.system) / 1000 };
      // The screen shows containers: sending every process of the host would cost more than reading them.
      this.post({
        kind: 'frame',
        frame: { model: { ...model, processes: new Map(), containerOfPid: new Map() }, cost },
      });
    } catch (error) {
      this.post({ kind: 'trouble', message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#isSampling = false;
    }
    this.#schedule(Math.max(0, this.#intervalMs - (performance.now() - started)));
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
