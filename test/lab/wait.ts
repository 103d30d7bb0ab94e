// Waiting for a condition with a deadline: the only way a lab test synchronises, since a fixed sleep is either flaky or slow.

const firstPauseMs = 2;
const longestPauseMs = 50;

/** Polls until `condition` gives something truthy and returns it; throws with `what` when the deadline passes. */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  what: string | (() => string),
  deadlineMs = 10_000,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const deadline = performance.now() + deadlineMs;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    const value = await condition();
    if (isThere(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`waited ${deadlineMs} ms in vain for ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** The same for exit handlers, where nothing asynchronous runs any more: true when the condition came true in time. */
export function waitForSync(condition: () => boolean, deadlineMs: number): boolean {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + deadlineMs;
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    if (condition()) return true;
    if (performance.now() > deadline) return false;
    Atomics.wait(cell, 0, 0, pause);
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | null | false | 0 | ''> {
  return Boolean(value);
}
