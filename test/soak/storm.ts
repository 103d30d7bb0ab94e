/**
 * A host where nothing stays: 200 short-lived processes a second, half of them in a container, while containers come and
 * go, and `porthole ps -w` looks on five times a second.
 */
import { type Load, startHost, startStorm, sweepLoad } from '../load/load.ts';
import { type Churned, churnHelper, churnRunc, seenCheck } from './churn.ts';
import { RuncContainers } from './runc.ts';
import type { Check, Soak, SoakContext } from './soak.ts';
import { WatchedPs } from './watched.ts';

const PER_SECOND = 200;
const TICK_SECONDS = 0.2;
/** A process that uses a fifth of a core must show as busy: rates of a host that sleeps would prove nothing. */
const BUSY_PERCENT = 20;
const LEAST_BUSY_RATIO = 0.05;

export const soak: Soak = { name: 'storm', seconds: 60, run };

async function run(context: SoakContext): Promise<Check[]> {
  sweepLoad();
  const runc = RuncContainers.prepare();
  if (typeof runc === 'string') context.say(`without runc containers: ${runc}`);
  const loads: Load[] = [];
  const ended = new AbortController();
  const watched = new WatchedPs(context.porthole, TICK_SECONDS);
  const churns: Promise<Churned>[] = [];
  try {
    loads.push(await startHost({ processes: 20, containers: 5, hasNet: true, busyPercent: BUSY_PERCENT }));
    const perSecond = PER_SECOND / 2;
    const seconds = context.seconds * 2;
    loads.push(await startStorm({ perSecond, seconds }));
    loads.push(await startStorm({ perSecond, seconds, isContained: true }));
    churns.push(churnHelper(ended.signal));
    if (typeof runc !== 'string') churns.push(churnRunc(runc, ended.signal));
    await watched.watch(context.seconds, Promise.race(churns));
  } finally {
    ended.abort();
    await Promise.allSettled(churns);
    await watched.end();
    for (const load of loads) await load.stop();
    if (typeof runc !== 'string') runc.dispose();
  }
  const churned = await Promise.all(churns);
  const { highestRatio } = watched.checker;
  return [
    ...watched.checks(context.seconds),
    {
      what: 'what is busy shows as busy',
      passed: highestRatio > LEAST_BUSY_RATIO,
      detail: highestRatio.toFixed(2),
    },
    ...(watched.isRunning ? watched.vitals.checks(context.seconds) : []),
    ...churned.map((each) => seenCheck(each, watched.checker)),
  ];
}
