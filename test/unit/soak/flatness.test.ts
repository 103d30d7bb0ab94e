import { describe, expect, it } from 'vitest';
import { countChecks, memoryChecks } from '../../soak/flatness.ts';
import type { Vital } from '../../soak/vitals.ts';

const SECONDS = 600;

/** A look every two seconds at what `mib` says of the memory then. */
function looks(mib: (second: number) => number, count = () => 13): Vital[] {
  return Array.from({ length: SECONDS / 2 + 1 }, (_, n) => ({
    atSecond: n * 2,
    descriptors: count(),
    threads: 13,
    rssMib: mib(n * 2),
    ownMib: mib(n * 2) / 2,
  }));
}

const passed = (mib: (second: number) => number) =>
  memoryChecks(looks(mib), SECONDS).map((check) => check.passed);

/** Teeth of 12 MiB, of no even length. */
const saw = (second: number) => (second % 14) * 0.6 + (second % 26) * 0.15;

describe('memory over a long run', () => {
  it('is flat when it is a saw on the same ground, after warming up', () => {
    expect(passed((second) => 90 + saw(second) - Math.max(0, 150 - second) / 5)).toEqual([true, true]);
  });

  it('is flat when one tooth is higher than the others', () => {
    expect(passed((second) => 90 + saw(second) + (second > 560 && second < 580 ? 20 : 0))).toEqual([
      true,
      true,
    ]);
  });

  it('is not flat when what lives grows by a hundredth a minute', () => {
    expect(passed((second) => 90 * (1 + (0.01 * second) / 60) + saw(second))).toEqual([false, false]);
  });

  it('is not flat when it takes a step up', () => {
    expect(passed((second) => 90 + saw(second) + (second > 300 ? 8 : 0))).toEqual([false, false]);
  });

  it('is not flat when only its garbage grows', () => {
    expect(passed((second) => 90 + saw(second) * (1 + (4 * second) / SECONDS))).toEqual([false, false]);
  });

  it.each<[string, boolean, (second: number) => number]>([
    ['the same each time', true, () => 90],
    ['a little more and less', true, (second) => 90 + (second % 120 === 0 ? 1.5 : -1.5)],
    ['a step up', false, (second) => 90 + (second > 300 ? 8 : 0)],
    ['a hundredth more each minute', false, (second) => 90 * (1 + (0.01 * second) / 60)],
    ['more while it warms up', true, (second) => 90 + Math.min(0, second - 150)],
  ])('collected by order, what lives is %s: flat is %s', (_, isFlat, mib) => {
    const collected = looks(mib).filter(({ atSecond }) => atSecond > 0 && atSecond % 60 === 0);
    const seen = looks((second) => 100 + saw(second));
    expect(memoryChecks(seen, SECONDS, collected).map((check) => check.passed)).toEqual([isFlat, isFlat]);
  });

  it('collected by order, growing garbage is not flat either', () => {
    const collected = looks(() => 90).filter(({ atSecond }) => atSecond > 0 && atSecond % 60 === 0);
    const seen = looks((second) => 90 + saw(second) * (1 + (4 * second) / SECONDS));
    expect(memoryChecks(seen, SECONDS, collected).map((check) => check.passed)).toEqual([false, false]);
  });

  it('says the figures', () => {
    const [rss] = memoryChecks(
      looks((second) => (second < 300 ? 100 : 110)),
      SECONDS,
    );
    expect(rss?.detail).toContain('100.0 MiB early, 110.0 late (10.0 %)');
    expect(rss?.detail).toContain('most 110.0 MiB');
  });

  it('cannot be judged without looks', () => {
    expect(() => memoryChecks([], SECONDS)).toThrow('no looks');
  });
});

describe('what is counted', () => {
  it('must be the same at every quiet moment after warming up', () => {
    const counts = [9, 9, 13, 13, 13];
    const quiet = counts.map((descriptors, n) => ({
      atSecond: (n + 1) * 100,
      descriptors,
      threads: 13,
      rssMib: 1,
      ownMib: 1,
    }));
    expect(countChecks(quiet, SECONDS).map((check) => check.passed)).toEqual([false, true]);
    expect(countChecks(quiet.slice(2), SECONDS).map((check) => check.passed)).toEqual([true, true]);
  });

  it('says nothing of a single moment', () => {
    expect(countChecks(looks(() => 1).slice(-1), SECONDS).map((check) => check.passed)).toEqual([
      false,
      false,
    ]);
  });
});
