/**
 * One fresh process of the bench: the scan or the whole sample, first cold and then warmed up, or ticks of the sampler on a
 * grid, or attaches beside others that enter a container, printed as one JSON document: `in-process.mjs scan|sample TIMES`,
 * `in-process.mjs ticks TIMES SPACING_MS`, `in-process.mjs attaches TIMES PID RUNC-EXEC...`; or a container that is frozen and
 * thawed: `in-process.mjs freezes TIMES PID`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { processes } from '../../collectors/processes.ts';
import { prepareAttach } from '../../src/actions/attach/attach.ts';
import type { AttachOptions } from '../../src/actions/attach/options.ts';
import { membersOf } from '../../src/actions/cgroup/members.ts';
import { freeze, thaw } from '../../src/actions/freeze/freeze.ts';
import { prepareFreeze } from '../../src/actions/freeze/prepare.ts';
import { NAMESPACE_TYPES } from '../../src/kernel/tables/namespaces.ts';
import { findTarget } from '../../src/live/find-target.ts';
import { SampleTaker } from '../../src/live/take-sample.ts';
import { buildModel } from '../../src/model/build.ts';
import { isEngineHelper } from '../../src/model/launchers.ts';
import type { Sample } from '../../src/model/sample.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';
import { fileCalls } from '../../src/sys/koffi.ts';
import { nativeScan } from '../../src/sys/scan-batch.ts';

const [what, times = '1', spacingMs = '0', ...others] = process.argv.slice(2);

const WARM_UP = 10;

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

/**
 * In turns, so that what else the machine does hits each of them; each twice, and both times are told. The first also pays for
 * what the one before it left behind: Node starts nsenter and runc as it starts any child, by fork, after which each page that
 * this process writes to is a fault, and runc is so large that little stays in the caches.
 */
async function timedAttaches(times: number, pid: string, runc: readonly string[]): Promise<object> {
  const files = new KernelFiles();
  const { container, host } = await findTarget(files, pid);
  const attached = async (options: AttachOptions) => {
    const prepared = prepareAttach(files, host.hierarchies, container, options);
    try {
      return await (await prepared.start(['ignore', 'ignore', 'ignore'])).ended;
    } finally {
      prepared.close();
    }
  };
  const command = ['true'];
  const tasks: Readonly<Record<string, () => Promise<unknown>>> = {
    attach: () => attached({ command }),
    withoutCgroup: () => attached({ command, withoutCgroup: true }),
    nsenter: () => ended(['nsenter', '-a', '-t', pid, ...command]),
    runc: () => ended(runc),
    alone: () => ended(command),
  };
  const first = new Map(Object.keys(tasks).map((name): [string, number[]] => [name, []]));
  const second = new Map(Object.keys(tasks).map((name): [string, number[]] => [name, []]));
  for (let round = -WARM_UP; round < times; round += 1) {
    for (const [name, task] of Object.entries(tasks)) {
      for (const msEach of [first, second]) {
        const ms = await timed(name, task);
        if (round >= 0) msEach.get(name)?.push(ms);
      }
    }
  }
  return {
    ...Object.fromEntries(second),
    attachFirst: first.get('attach'),
    nsenterFirst: first.get('nsenter'),
  };
}

async function timed(name: string, task: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const status = await task();
  if (status !== 0) throw new Error(`${name} ended with ${status}`);
  return performance.now() - started;
}

async function ended([command = '', ...words]: readonly string[]): Promise<unknown> {
  const [status] = await once(spawn(command, words, { stdio: 'ignore' }), 'exit');
  return status;
}

/** One container, frozen and thawed again and again; the first times, before anything is compiled, are left out. */
async function timedFreezes(times: number, pid: number): Promise<object> {
  const files = new KernelFiles();
  const { container, host } = await findTarget(files, String(pid));
  const prepared = prepareFreeze(files, host.hierarchies, 'freeze', container);
  const freezeMs: number[] = [];
  const thawMs: number[] = [];
  for (let i = -WARM_UP; i < times; i += 1) {
    const started = performance.now();
    await freeze(files, prepared, { timeoutMs: 10_000 });
    const frozen = performance.now();
    await thaw(prepared);
    if (i < 0) continue;
    freezeMs.push(frozen - started);
    thawMs.push(performance.now() - frozen);
  }
  const processes = [membersOf(prepared.freezers[0].cgroup).length];
  prepared.close();
  return { freezeMs, thawMs, processes };
}

async function answer(): Promise<object> {
  if (what === 'attaches') return timedAttaches(Number(times), spacingMs, others);
  if (what === 'freezes') return timedFreezes(Number(times), Number(spacingMs));
  if (what === 'sample') return timedSamples(Number(times));
  if (what === 'ticks') return timedTicks(Number(times), Number(spacingMs));
  return timedScans(Number(times));
}

process.stdout.write(`${JSON.stringify(await answer())}\n`);
