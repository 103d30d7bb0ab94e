/**
 * What a column is, and how each kind of value becomes text. Text is not yet harmless here. Pure.
 */
import type { Count } from '../kernel/count.ts';
import { type Fact, isUnknown, mapFact } from '../kernel/reading.ts';
import { type EffectiveLimit, limitText } from './column-limits.ts';
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
import type { Container } from './host-model.ts';

/**
 * What kind of answer a column gives, which decides how it compares and what a filter may be written with.
 * `percent` values are ratios (1.0 is 100 %), `points` are percent already; `age` and `time` values are epoch milliseconds,
 * `age` prints how long ago that is.
 */
export type ColumnKind =
  | 'text'
  | 'number'
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

export interface Column {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Preferred, for screens with fixed columns. */
  readonly width: number;
  readonly description: string;
  readonly kind: ColumnKind;
  value(container: Container): Fact<ColumnValue>;
  text(container: Container, options: TextOptions): string;
}

type ValueOf = Column['value'];
type LimitOf = (container: Container) => Fact<EffectiveLimit>;
type Description = readonly [id: string, title: string, width: number, description: string];

/** Does the column hold numbers (or dates), so that it compares by size? */
export function isNumeric(of: Column): boolean {
  return of.kind !== 'text';
}

export function column(
  kind: ColumnKind,
  [id, title, width, description]: Description,
  value: ValueOf,
): Column {
  const align = kind === 'text' || kind === 'time' ? 'left' : 'right';
  const text = (c: Container, options: TextOptions) => factText(kind, value(c), options);
  return { id, title, align, width, description, kind, value, text };
}

export function textColumn(description: Description, value: ValueOf): Column {
  return column('text', description, value);
}

const LONG_ID = /^[0-9a-f]{64}$/;

export function idColumn(description: Description, value: (c: Container) => string | undefined): Column {
  const text = (c: Container, options: TextOptions) => {
    const id = value(c);
    if (id === undefined) return absentMark(options.ascii);
    return LONG_ID.test(id) && !options.raw ? id.slice(0, 12) : id;
  };
  return { ...textColumn(description, value), text };
}

export function limitColumn(description: Description, limit: LimitOf): Column {
  const kind = description[0] === 'limit' ? 'bytes' : 'count';
  const format = kind === 'bytes' ? formatBytes : formatCount;
  return {
    ...column(kind, description, (c) => mapFact(limit(c), (found) => found.value)),
    text: (c, options) => limitText(limit(c), format, options),
  };
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
