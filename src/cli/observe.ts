/** Taking models for commands: one, two a given time apart (for rates), or one after the other until interrupted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SampleTaker, type SampleWants } from '../live/take-sample.ts';
import { buildModel } from '../model/build.ts';
import type { HostModel } from '../model/host-model.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

export interface ObserveOptions {
  readonly watch?: number;
  readonly interval?: number;
}

/** One model, or with `watch` an endless series; from the second on they carry rates. */
export async function* observe(
  files: KernelFiles,
  { watch, interval }: ObserveOptions,
  wants?: SampleWants,
): AsyncGenerator<HostModel> {
  const taker = new SampleTaker(files);
  let previous = await taker.take(wants);
  if (interval !== undefined) {
    await sleep(interval * 1000);
    const second = await taker.take(wants);
    yield buildModel(second, previous);
    previous = second;
  } else yield buildModel(previous);
  if (watch === undefined) return;
  let due = performance.now();
  for (;;) {
    // On a grid, so that the work between does not add up; a missed tick is skipped, not made up for.
    due = Math.max(due + watch * 1000, performance.now());
    await sleep(due - performance.now());
    const sample = await taker.take(wants);
    yield buildModel(sample, previous);
    previous = sample;
  }
}

export async function observeOnce(files: KernelFiles, options: ObserveOptions = {}): Promise<HostModel> {
  for await (const model of observe(files, options)) return model;
  throw new Error('no sample was taken');
}
