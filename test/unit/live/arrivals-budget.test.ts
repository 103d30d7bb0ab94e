// How long the worker of the watch of arrivals may be busy.
import { expect, it } from 'vitest';
import { Budget } from '../../../src/live/arrivals-budget.ts';

/** In milliseconds: how long each turn is busy, and what rest follows from it. */
it.each<[string, readonly (readonly [busyMs: number, restMs: number])[]]>([
  [
    'little to do: no rest',
    [
      [10, 0],
      [20, 0],
      [19, 0],
    ],
  ],
  ['all of it at once', [[50, 150]]],
  [
    'bit by bit',
    [
      [30, 0],
      [30, 140],
    ],
  ],
  ['more than a window', [[250, 0]]],
  [
    'a new window after the rest',
    [
      [50, 150],
      [49, 0],
      [1, 150],
    ],
  ],
])('%s', (_name, turns) => {
  let now = 1000;
  const budget = new Budget(200, 50, () => now);
  for (const [busyMs, restMs] of turns) {
    budget.begin();
    now += busyMs;
    expect(budget.end()).toBe(restMs);
    now += restMs;
  }
});
