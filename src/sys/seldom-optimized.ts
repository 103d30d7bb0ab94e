/**
 * What V8 is told where most of what runs runs once, or once a second: to optimize it would cost more than that ever gives
 * back. What loops for long still is optimized.
 */

/** From 12 on (Node 22) it counts how often a function runs; before, how much of it. One does not know the other's words. */
const FIRST_THAT_COUNTS_CALLS = 12;

/** Some ten times what is usual. @param v8 as `process.versions.v8` has it */
export function seldomOptimized(v8: string): readonly string[] {
  return Number.parseInt(v8, 10) < FIRST_THAT_COUNTS_CALLS
    ? ['--interrupt-budget=600000']
    : ['--invocation-count-for-turbofan=27000', '--invocation-count-for-osr=4500'];
}
