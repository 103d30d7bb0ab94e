/**
 * What needs a person's eye in a container, most urgent first, in words short enough for a column of the list. Marks and
 * thresholds are listed in docs/dashboard.md. Pure.
 */
import type { Container } from '../src/model/host-model.ts';
import type { ContainerPast } from './history.ts';
import { endTrouble, freezeTrouble, oomTroubles, restartTrouble } from './trouble/events.ts';
import { pressureTroubles } from './trouble/pressure.ts';
import { memoryTrouble, pidsTrouble, throttleTrouble } from './trouble/shares.ts';
import type { Trouble, TroubleLevel } from './trouble/trouble.ts';

export type { Trouble, TroubleLevel };

/**
 * @param past what was seen of it since Porthole watches; without it kills and restarts cannot be dated
 * @param nowMs when it was as `container` says; without it nothing is said of how long ago something was
 */
export function troublesOf(container: Container, past?: ContainerPast, nowMs?: number): Trouble[] {
  const byUrgency = [
    endTrouble(container),
    ...oomTroubles(container, past, nowMs),
    memoryTrouble(container),
    restartTrouble(past, nowMs),
    pidsTrouble(container),
    throttleTrouble(container),
    ...pressureTroubles(container, past),
    freezeTrouble(container, past, nowMs),
  ].filter((trouble) => trouble !== undefined);
  return [
    ...byUrgency.filter(({ level }) => level === 'act'),
    ...byUrgency.filter(({ level }) => level === 'watch'),
  ];
}

export function worstLevel(troubles: readonly Trouble[]): TroubleLevel | undefined {
  return troubles[0]?.level;
}
