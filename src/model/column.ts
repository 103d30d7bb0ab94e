/**
 * What a column is, whatever the rows are, and how each kind of value becomes text. Text is not yet harmless here. Pure.
 */
import type { Count } from '../kernel/count.ts';
import { isHexId } from '../kernel/hex-id.ts';
import { type Fact, isUnknown } from '../kernel/reading.ts';
import {
  absentMark,
  formatBytes,
  formatCount,
  formatCpuTime,
  formatDuration,
  formatPercent,
  formatRate,
  UNKNOWN_MARK,
} from './format.ts';

/**
 * What kind of answer a column gives, which decides how it compares and what a filter may be written with.
 * An `identifier` is a number that names something, as a pid does: the smallest comes first. `percent` values are ratios
 * (1.0 is 100 %), `points` are percent already; `age` and `time` values are epoch milliseconds, `age` prints how long ago
 * that is.
 */
export type ColumnKind =
  | 'text'
  | 'number'
  | 'identifier'
  | 'count'
  | 'bytes'
  | 'rate'
  | 'percent'
  | 'points'
  | 'cpu-time'
  | 'age'
  | 'time';
export type ColumnValue = string | number | bigint | 'max';

export interface TextOptions {
  /** Exact values as in JSON instead of ones for people. */
  readonly raw: boolean;
  readonly nowMs: number;
  /** For terminals without UTF-8. */
  readonly ascii: boolean;
}

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Preferred, for screens with fixed columns. */
  readonly width: number;
  readonly description: string;
  readonly kind: ColumnKind;
  /** A filter may give the first 4 or more characters instead of all. */
  readonly abbreviable?: true;
  value(row: Row): Fact<ColumnValue>;
  text(row: Row, options: TextOptions): string;
}

type ValueOf<Row> = (row: Row) => Fact<ColumnValue>;
export type Description = readonly [id: string, title: string, width: number, description: string];

/** Does the column hold numbers (or dates), so that it compares by size? */
export function isNumeric(of: { readonly kind: ColumnKind }): boolean {
  return of.kind !== 'text';
}

export function column<Row>(
  kind: ColumnKind,
  [id, title, width, description]: Description,
  value: ValueOf<Row>,
): Column<Row> {
  const align = kind === 'text' || kind === 'time' ? 'left' : 'right';
  const text = (row: Row, options: TextOptions) => factText(kind, value(row), options);
  return { id, title, align, width, description, kind, value, text };
}

export function textColumn<Row>(description: Description, value: ValueOf<Row>): Column<Row> {
  return column('text', description, value);
}

export function idColumn<Row>(
  description: Description,
  value: (row: Row) => string | undefined,
): Column<Row> {
  const text = (row: Row, options: TextOptions) => {
    const id = value(row);
    if (id === undefined) return absentMark(options.ascii);
    return isHexId(id) && !options.raw ? id.slice(0, 12) : id;
  };
  return { ...textColumn(description, value), abbreviable: true, text };
}

function factText(kind: ColumnKind, fact: Fact<ColumnValue>, options: TextOptions): string {
  if (isUnknown(fact)) return UNKNOWN_MARK;
  if (fact === undefined || fact === '') return absentMark(options.ascii);
  if (typeof fact === 'string') return fact;
  if (kind === 'time' || (kind === 'age' && options.raw)) return new Date(Number(fact)).toISOString();
  return options.raw ? String(fact) : numberText(kind, fact, options.nowMs);
}

function numberText(kind: ColumnKind, value: Count, nowMs: number): string {
  switch (kind) {
    case 'bytes':
      return formatBytes(value);
    case 'rate':
      return formatRate(Number(value));
    case 'percent':
      return formatPercent(Number(value));
    case 'points':
      return formatPercent(Number(value) / 100);
    case 'count':
      return formatCount(value);
    case 'cpu-time':
      return formatCpuTime(value);
    case 'age':
      return formatDuration(nowMs - Number(value));
    default:
      return String(value);
  }
}
