import { expect, it } from 'vitest';
import { maxWithin, niceMax } from '../../../../tui/chart/scale.ts';

const { NaN: NONE, POSITIVE_INFINITY: ENDLESS } = Number;

it.each<[readonly number[], 10 | 2, number, number]>([
  [[0.3, 1.4], 10, 1, 2],
  [[2.1], 10, 1, 3],
  [[], 10, 1, 1],
  [[NONE, ENDLESS, 42], 10, 1, 50],
  [[60], 10, 1, 100],
  [[99, 100], 10, 1, 100],
  [[3 * 2 ** 20], 2, 1024, 2 ** 22],
  [[0], 2, 1024, 1024],
  [[0], 10, 0, 1],
])('the scale for %j in base %i from %d ends at %d', (values, base, least, expected) => {
  expect(niceMax(values, { base, least })).toBe(expected);
});

it.each<[string, number | undefined, readonly number[], number]>([
  ['the limit when the values come near it', 300, [NONE, 60], 300],
  ['a round number when they stay far below it', 300, [20], 20],
  ['a round number when they are beyond it', 300, [301], 500],
  ['a round number without a limit', undefined, [301], 500],
])('ends at %s', (_name, limit, values, expected) => {
  expect(maxWithin(limit, values, { base: 10, least: 1 })).toBe(expected);
});
