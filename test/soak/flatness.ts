/**
 * What counts as flat over a long run. Memory of a program with a garbage collector is a saw, so single looks say nothing. Its
 * feet, right after a collection, say what lives: those of the early and of the late time are judged, and a line through all
 * after the warm-up. They are known where somebody has the program collect, and else taken for the lowest looks of each part of
 * the run. The teeth say how much garbage lies about, and when a collection comes is chance: their means may differ more, but not
 * for ever. What is counted (descriptors, threads) must be the same whenever nothing comes and goes. Pure.
 */
import type { Check } from './soak.ts';
import type { Vital } from './vitals.ts';

/** The share of the run in which it warms up: of 20 minutes, 5. */
const WARM_UP = 0.25;
/** The rest in equal parts; the first two of them are early, the last two late. */
const PARTS = 10;
const FOOT = 0.25;
/** Of the feet: between early and late, and along the line. */
const MOST_GROWTH = 0.05;
/** Of the means. */
const MOST_GROWTH_WITH_GARBAGE = 0.1;

/** @param collected looks right after garbage was collected, where it was by order */
export function memoryChecks(seen: readonly Vital[], seconds: number, collected?: readonly Vital[]): Check[] {
  const parts = Array.from({ length: PARTS }, (_, n) => partOf(seen, seconds, n));
  return (['rssMib', 'ownMib'] as const).map((name) => {
    const values = parts.map((looks) => looks.map((look) => look[name]));
    const feet =
      collected === undefined
        ? values.map((each) => quantile(each, FOOT))
        : settled(collected, seconds).map((look) => look[name]);
    const [early, late] = [mean(feet.slice(0, 2)), mean(feet.slice(-2))];
    const climb = slope(feet.map((foot, n) => [n, foot])) * (feet.length - 1);
    const garbage = mean(values.slice(-2).flat()) / mean(values.slice(0, 2).flat()) - 1;
    return {
      what: `${name === 'rssMib' ? 'resident memory' : 'memory of its own'} stays flat`,
      passed:
        late - early < early * MOST_GROWTH &&
        climb < early * MOST_GROWTH &&
        garbage < MOST_GROWTH_WITH_GARBAGE,
      detail:
        `after collections ${early.toFixed(1)} MiB early, ${late.toFixed(1)} late (${percent(late / early - 1)}), ` +
        `${percent(climb / early)} along the line; below ${percent(MOST_GROWTH)} is flat. ` +
        `With garbage ${percent(garbage)}, most ${Math.max(...values.flat()).toFixed(1)} MiB. One by one: ` +
        feet.map((foot) => foot.toFixed(1)).join(', '),
    };
  });
}

/** @param quiet looks at moments when everything that came and went is gone */
export function countChecks(quiet: readonly Vital[], seconds: number): Check[] {
  return (['descriptors', 'threads'] as const).map((name) => {
    const counts = settled(quiet, seconds).map((look) => look[name]);
    return {
      what: `${name} are the same at every quiet moment`,
      passed: counts.length >= 2 && new Set(counts).size === 1,
      detail: counts.join(', '),
    };
  });
}

function settled(quiet: readonly Vital[], seconds: number): Vital[] {
  return quiet.filter(({ atSecond }) => atSecond >= seconds * WARM_UP);
}

function partOf(seen: readonly Vital[], seconds: number, part: number): Vital[] {
  const length = (seconds * (1 - WARM_UP)) / PARTS;
  const from = seconds * WARM_UP + part * length;
  const isLast = part === PARTS - 1;
  return seen.filter(({ atSecond }) => atSecond >= from && (isLast || atSecond < from + length));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.floor((sorted.length - 1) * share)];
  if (found === undefined) throw new Error('no looks at the process');
  return found;
}

function mean(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no looks at the process');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the straight line with the least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const x = mean(points.map(([at]) => at));
  const y = mean(points.map(([, value]) => value));
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
