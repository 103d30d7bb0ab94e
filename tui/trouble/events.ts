/** What happened to a container: OOM kills, restarts, its end, a freeze. Pure. */
import { known } from '../../src/kernel/reading.ts';
import { formatDuration } from '../../src/model/format.ts';
import type { Container } from '../../src/model/host-model.ts';
import type { ContainerPast } from '../history/past.ts';
import type { Trouble } from './trouble.ts';

const RESTARTS_ACT = 3;

/** Kills that Porthole saw are news; those from before may be as old as the container. */
export function oomTroubles(
  { memory }: Container,
  past: ContainerPast | undefined,
  nowMs: number | undefined,
): Trouble[] {
  const before = past === undefined ? known(memory.oomKills) : past.oomKillsBefore;
  const since = past?.oomKillsSince ?? 0;
  const troubles: Trouble[] = [];
  if (since > 0)
    troubles.push({ level: 'act', about: 'oom', reason: `${kills(since)}${last(past?.lastOomMs, nowMs)}` });
  if (before !== undefined && before > 0) {
    troubles.push({
      level: 'watch',
      about: 'oom',
      reason: past === undefined ? kills(before) : `${kills(before)} before`,
    });
  }
  return troubles;
}

export function restartTrouble(
  past: ContainerPast | undefined,
  nowMs: number | undefined,
): Trouble | undefined {
  if (past === undefined || past.restarts === 0) return undefined;
  const level = past.restarts >= RESTARTS_ACT ? 'act' : 'watch';
  return {
    level,
    about: 'restart',
    reason: `${counted(past.restarts, 'restart')}${last(past.lastRestartMs, nowMs)}`,
  };
}

/** It came to its end with work or with an error left behind. */
export function endTrouble({ state, exitCode = 0, exitSignal }: Container): Trouble | undefined {
  if (state === 'exited-init') return { level: 'act', about: 'state', reason: 'its init has ended' };
  if (state !== 'exited') return undefined;
  if (exitSignal !== undefined)
    return { level: 'watch', about: 'state', reason: `ended by signal ${exitSignal}` };
  return exitCode === 0 ? undefined : { level: 'watch', about: 'state', reason: `exited with ${exitCode}` };
}

export function freezeTrouble(
  container: Container,
  past: ContainerPast | undefined,
  nowMs: number | undefined,
): Trouble | undefined {
  const { state, frozenBy } = container;
  if (state !== 'frozen' && state !== 'freezing') return undefined;
  const since = past?.frozenSinceMs;
  const long = since === undefined || nowMs === undefined ? '' : ` ${formatDuration(nowMs - since)}`;
  const by = frozenBy === undefined ? '' : ` by an ancestor ${frozenBy}`;
  return { level: 'watch', about: 'state', reason: `${state}${long}${by}` };
}

function kills(count: number): string {
  return counted(count, 'OOM kill');
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function last(atMs: number | undefined, nowMs: number | undefined): string {
  return atMs === undefined || nowMs === undefined ? '' : `, last ${formatDuration(nowMs - atMs)} ago`;
}
