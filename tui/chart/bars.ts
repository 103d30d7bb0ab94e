/** Charts of one row: values over time as a sparkline, and a share as a bar. Pure. */

const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** The higher the more ink. */
const ASCII_LEVELS = ['_', '.', '-', '~', '=', '+', '*', '#'] as const;

export interface SparklineOptions {
  /** The top of the scale: the same for all sparklines that stand together. */
  readonly max: number;
  readonly unicode: boolean;
}

/**
 * Exactly `width` columns, the newest value at the right. Of values that share a column the highest is shown, so that a peak is
 * not averaged away; NaN is a blank.
 */
export function sparkline(
  values: readonly number[],
  width: number,
  { max, unicode }: SparklineOptions,
): string {
  const columns = Math.max(0, Math.floor(width));
  const perColumn = Math.max(1, Math.ceil(values.length / Math.max(1, columns)));
  const levels = unicode ? LEVELS : ASCII_LEVELS;
  let text = '';
  for (let column = 0; column < columns; column += 1) {
    const end = values.length - (columns - 1 - column) * perColumn;
    text += levelOf(highest(values, end - perColumn, end), max, levels);
  }
  return text;
}

function highest(values: readonly number[], from: number, end: number): number {
  let found = Number.NaN;
  for (let i = Math.max(0, from); i < end; i += 1) {
    const value = values[i] ?? Number.NaN;
    if (!(value <= found) && !Number.isNaN(value)) found = value;
  }
  return found;
}

function levelOf(value: number, max: number, levels: readonly string[]): string {
  if (Number.isNaN(value)) return ' ';
  const share = value <= 0 ? 0 : value / max;
  const level = share > 0 ? Math.min(levels.length - 1, Math.floor(share * levels.length)) : 0;
  return levels[level] ?? ' ';
}

/** A share as a bar of exactly `width` columns: empty only when it is 0, full only from 1 on. Blank when it is not known. */
export function meter(ratio: number, width: number, unicode: boolean): string {
  const columns = Math.max(0, Math.floor(width));
  if (Number.isNaN(ratio)) return ' '.repeat(columns);
  const [least, most] = [ratio > 0 ? 1 : 0, ratio >= 1 ? columns : columns - 1];
  const filled = Math.max(0, Math.min(columns, most, Math.max(least, Math.round(ratio * columns))));
  const [full, empty] = unicode ? ['▇', '░'] : ['#', '.'];
  return full.repeat(filled) + empty.repeat(columns - filled);
}
