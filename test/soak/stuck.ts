/**
 * `porthole ps -w` on a host where again and again a process gets stuck with its mmap lock held: documents keep coming, and
 * what waits for it is left behind only until it is free.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweepLoad } from '../load/load.ts';
import { startStuck } from '../load/stuck.ts';
import { asleep } from './asleep.ts';
import { countChecks } from './flatness.ts';
import type { Check, Soak, SoakContext } from './soak.ts';
import { WatchedPs } from './watched.ts';

const TICK_SECONDS = 0.5;
/** Short, because every tool that reads its argv hangs with it. */
const STUCK_SECONDS = 5;
const CYCLE_SECONDS = 9;
const LONGEST_GAP_MS = (STUCK_SECONDS * 1000) / 2;
/** Before the next one gets stuck, after all that waited for the last one is over. */
const QUIET_AT_SECOND = CYCLE_SECONDS - 1;

export const soak: Soak = { name: 'stuck', seconds: 90, run };

async function run({ porthole, seconds }: SoakContext): Promise<Check[]> {
  sweepLoad();
  const directory = mkdtempSync(join(tmpdir(), 'porthole-soak-'));
  const watched = new WatchedPs(porthole, TICK_SECONDS);
  const over = new AbortController();
  const stucks = getStuck(directory, over.signal);
  try {
    await watched.watch(seconds, stucks);
  } finally {
    over.abort();
    await Promise.allSettled([stucks]);
    await watched.end();
    rmSync(directory, { recursive: true, force: true });
  }
  const times = await stucks;
  const quiet = watched.vitals.seen.filter(
    ({ atSecond }) => atSecond > 0 && atSecond % CYCLE_SECONDS === QUIET_AT_SECOND,
  );
  return [
    ...watched.checks(seconds),
    {
      what: 'no document waits for a stuck process',
      passed: times > 0 && watched.longestGapMs < LONGEST_GAP_MS,
      detail: `${times} of them for ${STUCK_SECONDS} s each, at most ${watched.longestGapMs.toFixed(0)} ms between documents`,
    },
    ...(watched.isRunning ? countChecks(quiet, seconds) : []),
  ];
}

/** Until `signal`. @returns how many there were */
async function getStuck(directory: string, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  for (let cycle = 0; ; cycle += 1) {
    await asleep(started + cycle * CYCLE_SECONDS * 1000 - performance.now(), signal);
    if (signal.aborted) return cycle;
    const stuck = await startStuck(directory);
    await asleep(STUCK_SECONDS * 1000, signal);
    await stuck.end();
  }
}
