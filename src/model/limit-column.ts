/** Limits as columns: the limit that counts, and whether it is its own or an ancestor's (`↑`). Pure. */
import type { Count, Limit } from '../kernel/count.ts';
import { type Fact, isUnknown, mapFact } from '../kernel/reading.ts';
import { type Column, column, type Description, type TextOptions } from './column.ts';
import { absentMark, formatBytes, formatCount, inheritedMark, UNKNOWN_MARK } from './format.ts';

export interface EffectiveLimit {
  readonly value: Limit;
  /** An ancestor sets it, not the row's own cgroup. */
  readonly inherited: boolean;
}

export function limitColumn<Row>(
  kind: 'bytes' | 'count' | 'number',
  description: Description,
  limit: (row: Row) => Fact<EffectiveLimit>,
): Column<Row> {
  const format = FORMATS[kind];
  return {
    ...column<Row>(kind, description, (row) => mapFact(limit(row), (found) => found.value)),
    text: (row, options) => limitText(limit(row), format, options),
  };
}

const FORMATS = {
  bytes: formatBytes,
  count: formatCount,
  /** Cores: `1.5`. */
  number: (count: Count) => String(Math.round(Number(count) * 100) / 100),
};

/** When the ancestors could not be read, its own limit is still a fact; "no limit" then is not. */
export function effectiveLimit(own: Fact<Limit>, effective: Fact<Limit>): Fact<EffectiveLimit> {
  if (effective === undefined || isUnknown(effective)) {
    if (own === undefined) return effective;
    if (isUnknown(own)) return own;
    return own === 'max' && effective !== undefined ? effective : { value: own, inherited: false };
  }
  return { value: effective, inherited: effective !== own && effective !== 'max' };
}

function limitText(
  limit: Fact<EffectiveLimit>,
  format: (count: Count) => string,
  options: TextOptions,
): string {
  if (limit === undefined) return absentMark(options.ascii);
  if (isUnknown(limit)) return UNKNOWN_MARK;
  if (options.raw) return String(limit.value);
  if (limit.value === 'max') return absentMark(options.ascii);
  return format(limit.value) + (limit.inherited ? inheritedMark(options.ascii) : '');
}
