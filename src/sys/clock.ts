/** Clocks that Node does not tell. */
import { libcFunction } from './koffi.ts';

/** The same numbers on every architecture. */
const CLOCK_REALTIME = 0;
const CLOCK_BOOTTIME = 7;
const NSEC_PER_MS = 1e6;
const MSEC_PER_SEC = 1000n;
/** Between two looks at a clock; more when we had to wait for a processor in between. */
const USUAL_MS = 0.05;
const MOST_TRIES = 5;

/** What the kernel counts starttime from, suspended time and our time namespace included; milliseconds. */
export function sinceBootMs(): number {
  return clockMs(CLOCK_BOOTTIME);
}

/** When that was zero, on the wall clock: the same at every call, to the millisecond, until somebody sets the clock. */
export function bootedAtMs(): number {
  let best = { spanMs: Number.POSITIVE_INFINITY, atMs: 0 };
  for (let tries = 0; tries < MOST_TRIES && best.spanMs > USUAL_MS; tries++) {
    const before = sinceBootMs();
    const now = clockMs(CLOCK_REALTIME);
    const spanMs = sinceBootMs() - before;
    if (spanMs < best.spanMs) best = { spanMs, atMs: now - (before + spanMs / 2) };
  }
  return Math.round(best.atMs);
}

function clockMs(clock: number): number {
  const clockGettime = libcFunction('int clock_gettime(int clock, void *time)');
  const time = new BigInt64Array(2);
  clockGettime(clock, time);
  return Number((time[0] ?? 0n) * MSEC_PER_SEC) + Number(time[1] ?? 0n) / NSEC_PER_MS;
}
