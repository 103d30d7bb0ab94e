/**
 * Twenty minutes of `porthole ps -w 1 --json` on a host of 200 containers and 2,000 processes, on which others come and go:
 * most of each minute a storm of processes and of short containers, then quiet until the next. Memory, descriptors and
 * threads must be flat.
 */
import { type Load, startHost, startStorm, sweepLoad } from '../load/load.ts';
import { asleepUntil } from './asleep.ts';
import { type Churned, churnHelper, churnRunc, seenCheck } from './churn.ts';
import { countChecks, memoryChecks } from './flatness.ts';
import { RuncContainers } from './runc.ts';
import type { Check, Soak, SoakContext } from './soak.ts';
import type { Vital } from './vitals.ts';
import { WatchedPs } from './watched.ts';

const HOST = { processes: 2000, containers: 200, hasNet: true };
const STORM_PER_SECOND = 100;
const LOOK_SECONDS = 10;
/** A multiple of the time between looks, so that one falls on the end of each quiet time. */
const CYCLE_LOOKS = 6;
const BUSY_SHARE = 0.6;
/** The look at the end of a quiet time comes before the next storm. */
const PAUSE_SHARE = 0.05;
/** At least so many cycles, of which the first three warm it up. */
const LEAST_CYCLES = 12;

export const soak: Soak = { name: 'flat', seconds: 20 * 60, run };

async function run(context: SoakContext): Promise<Check[]> {
  const { seconds, porthole, say } = context;
  const lookSeconds = Math.min(LOOK_SECONDS, seconds / LEAST_CYCLES / CYCLE_LOOKS);
  const cycleSeconds = lookSeconds * CYCLE_LOOKS;
  sweepLoad();
  const runc = RuncContainers.prepare();
  if (typeof runc === 'string') say(`without runc containers: ${runc}`);
  const ended = new AbortController();
  const host = await startHost(HOST);
  const watched = new WatchedPs(porthole, 1);
  const churned: Churned[] = [];
  const cycles = churnInCycles(runc, seconds, cycleSeconds, ended.signal, churned);
  try {
    await watched.watch(seconds, cycles, lookSeconds);
  } finally {
    ended.abort();
    await Promise.allSettled([cycles]);
    await watched.end();
    await host.stop();
    if (typeof runc !== 'string') runc.dispose();
  }
  await cycles;
  const { seen } = watched.vitals;
  const quiet = seen.flatMap((look, n) =>
    n > 0 && n % CYCLE_LOOKS === 0 ? [lesser(look, seen[n - 1])] : [],
  );
  return [
    ...watched.checks(seconds),
    ...(watched.isRunning ? [...memoryChecks(seen, seconds), ...countChecks(quiet, seconds)] : []),
    ...['unshare', 'runc']
      .map((what) => ({ what, ids: churned.filter((each) => each.what === what).flatMap(({ ids }) => ids) }))
      .filter(({ ids }) => ids.length > 0)
      .map((each) => seenCheck(each, watched.checker)),
  ];
}

/** A look can fall into a tick, which opens files for a moment; the last two looks of a cycle are both at a quiet time. */
function lesser(look: Vital, before: Vital = look): Vital {
  return {
    ...look,
    descriptors: Math.min(look.descriptors, before.descriptors),
    threads: Math.min(look.threads, before.threads),
  };
}

/** Never resolves before `signal`; what came and went is added to `churned`. */
async function churnInCycles(
  runc: RuncContainers | string,
  seconds: number,
  cycleSeconds: number,
  signal: AbortSignal,
  churned: Churned[],
): Promise<void> {
  const started = performance.now();
  for (let cycle = 0; cycle * cycleSeconds < seconds && !signal.aborted; cycle += 1) {
    await asleepUntil(started + (cycle + PAUSE_SHARE) * cycleSeconds * 1000, signal);
    if (signal.aborted) break;
    churned.push(...(await oneBusyTime(runc, cycleSeconds * BUSY_SHARE, signal)));
    await asleepUntil(started + (cycle + 1) * cycleSeconds * 1000, signal);
  }
  await asleepUntil(Number.POSITIVE_INFINITY, signal);
}

async function oneBusyTime(
  runc: RuncContainers | string,
  seconds: number,
  signal: AbortSignal,
): Promise<Churned[]> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, seconds * 1000);
  const storms: Load[] = [];
  try {
    const storm = { perSecond: STORM_PER_SECOND, seconds: Math.ceil(seconds) };
    storms.push(await startStorm(storm));
    storms.push(await startStorm({ ...storm, isContained: true }));
    const churns = [
      churnHelper(over.signal),
      ...(typeof runc === 'string' ? [] : [churnRunc(runc, over.signal)]),
    ];
    return await Promise.all(churns);
  } finally {
    clearTimeout(timer);
    stop();
    signal.removeEventListener('abort', stop);
    for (const storm of storms) await storm.stop();
  }
}
