/** Differences of the kernel's counters, and rates made of them. Pure. */
import type { Count } from '../kernel/count.ts';

export const USEC_PER_SECOND = 1_000_000;

/** Difference per second; undefined without a span, negative differences (a counter that stepped back) count as none. */
export function perSecond(now: Count, before: Count, spanUsec: number): number | undefined {
  if (spanUsec <= 0) return undefined;
  const difference = minus(now, before);
  return difference < 0 ? undefined : (difference * USEC_PER_SECOND) / spanUsec;
}

/** Subtracted before it is rounded: of two counters beyond 2^53 the difference still fits. */
export function minus(a: Count, b: Count): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : Number(BigInt(a) - BigInt(b));
}

/** Share of the enforcement periods in which a CPU quota stopped it, 0..1. */
export function throttledShare(
  now: { readonly nrPeriods: Count; readonly nrThrottled: Count },
  before: { readonly nrPeriods: Count; readonly nrThrottled: Count },
): number | undefined {
  const periods = minus(now.nrPeriods, before.nrPeriods);
  const throttled = minus(now.nrThrottled, before.nrThrottled);
  if (periods < 0 || throttled < 0) return undefined;
  return periods === 0 ? 0 : Math.min(1, throttled / periods);
}
