/** Taking models for commands: one, two a given time apart (for rates), or one after the other until interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { settleDown } from '../live/small-heaps.ts';
import type { EarlierProcesses } from '../live/take-processes.ts';
import { repeatedTaker, SampleTaker, type SampleWants } from '../live/take-sample.ts';
import { buildModel } from '../model/build.ts';
import type { HostModel } from '../model/host-model.ts';
import type { Sample } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

export interface ObserveOptions {
  readonly watch?: number;
  readonly interval?: number;
}

export interface Observation {
  readonly model: HostModel;
  /** With `watch` only. */
  readonly cost?: ObserverCost;
  /** The processes one sample earlier, for rates of their own. */
  readonly before: EarlierProcesses | undefined;
}

/** What looking costs this process itself. */
export interface ObserverCost {
  /** To take the sample and build the model of it. */
  readonly durationMs: number;
  /** User and system time of all threads since the document before, printing included. */
  readonly cpuMs: number;
}

/** One model, or with `watch` an endless series; from the second on they carry rates. */
export async function* observe(
  files: KernelFiles,
  options: ObserveOptions,
  wants?: SampleWants,
): AsyncGenerator<HostModel> {
  for await (const { model } of observations(files, options, wants)) yield model;
}

export async function* observations(
  files: KernelFiles,
  options: ObserveOptions,
  wants?: SampleWants,
): AsyncGenerator<Observation> {
  const taker = options.watch === undefined ? new SampleTaker(files) : repeatedTaker(files);
  let started = performance.now();
  let used: NodeJS.CpuUsage | undefined;
  let rounds = 0;
  const take = () => {
    if (options.watch !== undefined && used !== undefined) settleDown(rounds);
    rounds += 1;
    started = performance.now();
    return taker.take(wants);
  };
  try {
    for await (const { now, before } of series(options, take)) {
      const observation = observed(now, before);
      const durationMs = performance.now() - started;
      const { user, system } = process.cpuUsage(used);
      const isSeries = options.watch !== undefined && used !== undefined;
      used = process.cpuUsage();
      yield isSeries ? { ...observation, cost: { durationMs, cpuMs: (user + system) / 1000 } } : observation;
    }
  } finally {
    await taker.close();
  }
}

/** What `take` gives, with what it gave before: once, with `interval` after having taken one before it, or with `watch` on and on. */
export async function* series<T>(
  { watch, interval }: ObserveOptions,
  take: () => Promise<T>,
): AsyncGenerator<{ readonly now: T; readonly before: T | undefined }> {
  let previous = await take();
  if (interval !== undefined) {
    await sleep(interval * 1000);
    const second = await take();
    yield { now: second, before: previous };
    previous = second;
  } else yield { now: previous, before: undefined };
  if (watch === undefined) return;
  let due = performance.now();
  for (;;) {
    // On a grid, so that the work between does not add up; a missed tick is skipped, not made up for.
    due = Math.max(due + watch * 1000, performance.now());
    await sleep(due - performance.now());
    const now = await take();
    yield { now, before: previous };
    previous = now;
  }
}

function observed(sample: Sample, previous?: Sample): Observation {
  const before = previous && {
    processes: previous.processes,
    spanUsec: sample.clockUsec - previous.clockUsec,
  };
  return { model: buildModel(sample, previous), before };
}

export async function observeOnce(files: KernelFiles, options: ObserveOptions = {}): Promise<HostModel> {
  for await (const model of observe(files, options)) return model;
  throw new Error('no sample was taken');
}
