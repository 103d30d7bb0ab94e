/** When a process started, on the wall clock. Pure. */
import type { HostFacts } from '../model/sample.ts';

/** Epoch milliseconds. */
export function startedAtMs(
  { bootTimeMs, clockTicksPerSecond }: Pick<HostFacts, 'bootTimeMs' | 'clockTicksPerSecond'>,
  starttimeTicks: number,
): number {
  return bootTimeMs + (starttimeTicks * 1000) / clockTicksPerSecond;
}
