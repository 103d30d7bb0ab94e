/** Waiting that a signal ends. */
import { setTimeout as sleep } from 'node:timers/promises';

const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** Resolves after `ms`, or as soon as `signal` is aborted. */
export async function asleep(ms: number, signal: AbortSignal): Promise<void> {
  const within = Math.min(LONGEST_SLEEP_MS, Math.max(0, ms));
  await sleep(within, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** @param dueMs as performance.now() counts */
export function asleepUntil(dueMs: number, signal: AbortSignal): Promise<void> {
  return asleep(dueMs - performance.now(), signal);
}
