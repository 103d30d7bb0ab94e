/** Pressure stall information: work that waits for CPU, memory or disk, in percent of the last ten seconds. Pure. */
import { known } from '../../src/kernel/reading.ts';
import type { Container } from '../../src/model/host-model.ts';
import type { ContainerPast, PressureResource } from '../history/past.ts';
import type { Trouble } from './trouble.ts';

/** Some of its work waits: most urgent resource first. */
const SOME: readonly (readonly [PressureResource, number])[] = [
  ['memory', 10],
  ['io', 20],
  ['cpu', 40],
];
/** All of its work waits: it thrashes. */
const FULL_MEMORY = 10;

export function pressureTroubles({ pressure }: Container, past: ContainerPast | undefined): Trouble[] {
  const all = known(pressure);
  if (all === undefined) return [];
  const full = all.memory?.fullAvg10 ?? 0;
  const stalled: Trouble[] =
    full < FULL_MEMORY
      ? []
      : [{ level: 'act', about: 'pressure', reason: `stalled on memory ${full.toFixed(1)}% of the time` }];
  const waiting = SOME.flatMap(([resource, threshold]): Trouble[] => {
    const some = all[resource]?.someAvg10 ?? 0;
    if (some < threshold) return [];
    const rising = past?.psiRising[resource] === true ? ' and rising' : '';
    return [
      { level: 'watch', about: 'pressure', reason: `${resource} pressure ${some.toFixed(1)}%${rising}` },
    ];
  });
  return [...stalled, ...waiting];
}
