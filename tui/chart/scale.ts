/** The top of a chart's scale: a round number that stays the same while the values move a little, or a limit. Pure. */

export interface Rounding {
  /** 10: 1, 2, 3 or 5 with zeros. 2: a power of two, for bytes. */
  readonly base: 10 | 2;
  /** No scale ends lower, so that what is next to nothing looks like it. */
  readonly least: number;
}

/** Below this share of a limit the scale follows the values: against the limit they would be a flat line. */
const LIMIT_IN_SIGHT = 0.1;

/** The smallest round number that holds every value. */
export function niceMax(values: readonly number[], { base, least }: Rounding): number {
  const peak = peakOf(values, least);
  if (peak <= 0) return 1;
  if (base === 2) return 2 ** Math.ceil(Math.log2(peak));
  const power = 10 ** Math.floor(Math.log10(peak));
  const step = [1, 2, 3, 5].find((each) => each * power >= peak);
  return (step ?? 10) * power;
}

/** The limit where the values come near it but not beyond it, else a round number above them. */
export function maxWithin(limit: number | undefined, values: readonly number[], rounding: Rounding): number {
  const peak = peakOf(values, 0);
  const isNear = limit !== undefined && peak <= limit && peak >= limit * LIMIT_IN_SIGHT;
  return isNear ? limit : niceMax(values, rounding);
}

/** Of several series together: what stands for them in a scale, without putting them into one. */
export function peaksOf(...series: readonly (readonly number[])[]): number[] {
  return series.map((values) => peakOf(values, Number.NEGATIVE_INFINITY));
}

function peakOf(values: readonly number[], least: number): number {
  let max = least;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (value > max && Number.isFinite(value)) max = value;
  }
  return max;
}
