/** Values a filter compares numbers with, in the units the column prints: `100M`, `50%`, `2h`, `2024-05-01`, `max`. Pure. */
import { type Count, parseCount } from '../kernel/count.ts';
import type { ColumnKind } from './column.ts';
import { FilterError } from './filter-error.ts';
import { parseDuration, parseSize } from './format.ts';

const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const INTEGER = /^-?\d+$/;

/** In the units of the column's values. @throws {FilterError} */
export function parseFilterNumber(
  column: { readonly id: string; readonly kind: ColumnKind },
  text: string,
  offset: number,
): Count {
  if (text === 'max' && (column.kind === 'bytes' || column.kind === 'count')) return Number.POSITIVE_INFINITY;
  try {
    return parseFor(column.kind, text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new FilterError(`${column.id}: ${problem}`, offset, { cause });
  }
}

function parseFor(kind: ColumnKind, text: string): Count {
  switch (kind) {
    case 'bytes':
      return INTEGER.test(text) ? parseCount(text, 'filter') : parseSize(text);
    case 'rate':
      return parseSize(text.replace(/\/s$/, ''));
    case 'percent':
      return decimal(text.replace(/%$/, ''), 'a percentage, as in 50%') / 100;
    case 'points':
      return decimal(text.replace(/%$/, ''), 'a percentage, as in 50%');
    case 'cpu-time':
      return parseDuration(text) * 1000;
    case 'age':
      return parseDuration(text);
    case 'time':
      return date(text);
    default:
      return INTEGER.test(text) ? parseCount(text, 'filter') : decimal(text, 'a number');
  }
}

function decimal(text: string, expected: string): number {
  if (!DECIMAL.test(text)) throw new RangeError(`${JSON.stringify(text)} is not ${expected}`);
  return Number(text);
}

function date(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new RangeError(`${JSON.stringify(text)} is not a date, as in 2024-05-01T12:00:00Z`);
  return ms;
}
