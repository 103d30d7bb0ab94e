/** The top of a chart's scale: a round number that stays the same while the values move a little. Pure. */

/** 1, 2 or 5 with zeros, or of bytes a power of two: the smallest that holds every value, and is no less than `least`. */
export function niceMax(values: readonly number[], base: 10 | 2, least: number): number {
  const peak = values.reduce((max, value) => (Number.isFinite(value) && value > max ? value : max), least);
  if (peak <= 0) return 1;
  if (base === 2) return 2 ** Math.ceil(Math.log2(peak));
  const power = 10 ** Math.floor(Math.log10(peak));
  const step = [1, 2, 5].find((each) => each * power >= peak);
  return (step ?? 10) * power;
}
