/**
 * One fresh process of the bench: the scan or the whole sample, first cold and then warmed up, or ticks of the sampler on a
 * grid, printed as one JSON document: `in-process.mjs scan|sample TIMES`, `in-process.mjs ticks TIMES SPACING_MS`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { processes } from '../../collectors/processes.ts';
import { NAMESPACE_TYPES } from '../../src/kernel/tables/namespaces.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import { isEngineHelper } from '../../src/model/launchers.ts';
import type { Sample } from '../../src/model/sample.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { fileCalls } from '../../src/sys/koffi.ts';
import { nativeScan } from '../../src/sys/scan-batch.ts';

const [what, times = '1', spacingMs = '0'] = process.argv.slice(2);

/** As the sampler asks for it. */
function scan(files: KernelFiles): number {
  const ownPidNamespace = Number(/\d+/.exec(linkText(files))?.[0]);
  const input = { types: NAMESPACE_TYPES, ownPidNamespace, wantsArgv: isEngineHelper };
  return processes.collect(files, input).processes.size;
}

function linkText(files: KernelFiles): string {
  const link = files.link('/proc/self/ns/pid');
  if (!link.ok) throw new Error(`${link.path}: ${link.errno}`);
  return link.value;
}

function timedScans(times: number): object {
  const msEach: number[] = [];
  const cpuMsEach: number[] = [];
  let seen = 0;
  const files = new KernelFiles();
  // Loading koffi is start-up, as loading libc is for the C program.
  nativeScan();
  fileCalls();
  for (let i = 0; i < times; i += 1) {
    const used = process.cpuUsage();
    const started = performance.now();
    seen = scan(files);
    msEach.push(performance.now() - started);
    const { user, system } = process.cpuUsage(used);
    cpuMsEach.push((user + system) / 1000);
  }
  return { msEach, cpuMsEach, processes: seen };
}

async function timedSamples(times: number): Promise<object> {
  const sampleMs: number[] = [];
  const modelMs: number[] = [];
  const taker = new SampleTaker(new KernelFiles());
  let previous: Sample | undefined;
  let containers = 0;
  for (let i = 0; i < times; i += 1) {
    const started = performance.now();
    const sample: Sample = await taker.take();
    const taken = performance.now();
    containers = buildModel(sample, previous).containers.length;
    modelMs.push(performance.now() - taken);
    sampleMs.push(taken - started);
    previous = sample;
  }
  return { sampleMs, modelMs, containers };
}

/** Processor time is from one tick to the next: the compiler and the garbage collector go on after a tick has ended. */
async function timedTicks(times: number, spacingMs: number): Promise<object> {
  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  const taker = new SampleTaker(new KernelFiles(), { repeats: true });
  let previous: Sample | undefined;
  let containers = 0;
  for (let i = 0; i < times; i += 1) {
    const used = process.cpuUsage();
    const started = performance.now();
    const sample: Sample = await taker.take();
    containers = buildModel(sample, previous).containers.length;
    previous = sample;
    wallMs.push(performance.now() - started);
    await sleep(Math.max(0, started + spacingMs - performance.now()));
    const { user, system } = process.cpuUsage(used);
    cpuMs.push((user + system) / 1000);
  }
  taker.close();
  return { wallMs, cpuMs, containers };
}

async function answer(): Promise<object> {
  if (what === 'sample') return timedSamples(Number(times));
  if (what === 'ticks') return timedTicks(Number(times), Number(spacingMs));
  return timedScans(Number(times));
}

process.stdout.write(`${JSON.stringify(await answer())}\n`);
