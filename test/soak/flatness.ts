/**
 * What counts as flat over a long run. Memory of a program with a garbage collector is a saw, so single looks say nothing:
 * means of two windows and a line through all looks after the warm-up are judged. What is counted (descriptors, threads)
 * must be the same whenever nothing comes and goes. Pure.
 */
import type { Check } from './soak.ts';
import type { Vital } from './vitals.ts';

/** Shares of the run: of 20 minutes, 5 to 8 and 17 to 20. */
const EARLY = { from: 0.25, to: 0.4 };
const LATE = { from: 0.85, to: 1 };
/** Between the means of the windows, and along the line from the start of the early window to the end. */
const MOST_GROWTH = 0.05;

export function memoryChecks(seen: readonly Vital[], seconds: number): Check[] {
  const settled = seen.filter(({ atSecond }) => atSecond >= seconds * EARLY.from);
  return (['rssMib', 'ownMib'] as const).map((name) => {
    const early = mean(within(seen, seconds, EARLY).map((look) => look[name]));
    const late = mean(within(seen, seconds, LATE).map((look) => look[name]));
    const perSecond = slope(settled.map((look) => [look.atSecond, look[name]]));
    const climb = perSecond * seconds * (LATE.to - EARLY.from);
    return {
      what: `${name === 'rssMib' ? 'resident memory' : 'memory of its own'} stays flat`,
      passed: late - early < early * MOST_GROWTH && climb < early * MOST_GROWTH,
      detail:
        `${early.toFixed(1)} MiB early, ${late.toFixed(1)} late (${percent(late / early - 1)}), ` +
        `${percent(climb / early)} along the line, most ${Math.max(...settled.map((look) => look[name])).toFixed(1)} MiB; ` +
        `below ${percent(MOST_GROWTH)} is flat`,
    };
  });
}

/** @param quiet looks at moments when everything that came and went is gone */
export function countChecks(quiet: readonly Vital[], seconds: number): Check[] {
  const settled = quiet.filter(({ atSecond }) => atSecond >= seconds * EARLY.from);
  return (['descriptors', 'threads'] as const).map((name) => {
    const counts = settled.map((look) => look[name]);
    return {
      what: `${name} are the same at every quiet moment`,
      passed: counts.length >= 2 && new Set(counts).size === 1,
      detail: counts.join(', '),
    };
  });
}

function within(seen: readonly Vital[], seconds: number, { from, to }: typeof EARLY): Vital[] {
  return seen.filter(({ atSecond }) => atSecond >= seconds * from && atSecond <= seconds * to);
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
