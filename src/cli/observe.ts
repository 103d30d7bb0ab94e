/** Taking models for commands: one, two a given time apart (for rates), or one after the other until interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SampleTaker, type SampleWants } from '../live/take-sample.ts';
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
  /** The processes one sample earlier, for rates of their own. */
  readonly before: Earlier | undefined;
}

export interface Earlier {
  readonly processes: Sample['processes'];
  readonly spanUsec: number;
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
  { watch, interval }: ObserveOptions,
  wants?: SampleWants,
): AsyncGenerator<Observation> {
  const taker = new SampleTaker(files, { repeats: watch !== undefined });
  let previous = await taker.take(wants);
  if (interval !== undefined) {
    await sleep(interval * 1000);
    const second = await taker.take(wants);
    yield observed(second, previous);
    previous = second;
  } else yield observed(previous);
  if (watch === undefined) return;
  let due = performance.now();
  for (;;) {
    // On a grid, so that the work between does not add up; a missed tick is skipped, not made up for.
    due = Math.max(due + watch * 1000, performance.now());
    await sleep(due - performance.now());
    const sample = await taker.take(wants);
    yield observed(sample, previous);
    previous = sample;
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
