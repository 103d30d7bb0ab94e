/** The comparisons of a filter: one field of one row against one value. Pure. */
import { isUnknown, known } from '../kernel/reading.ts';
import type { Column } from './column.ts';
import type { ColumnSet } from './column-set.ts';
import { unknownField } from './field-names.ts';
import { FilterError } from './filter-error.ts';
import { parseFilterNumber } from './filter-number.ts';
import type { FilterOperator } from './filter-scanner.ts';
import { compilePattern, PatternError } from './pattern.ts';

/** Undefined: not known. */
export type Match<Row> = (row: Row) => boolean | undefined;

export interface Comparison {
  readonly field: string;
  readonly fieldAt: number;
  readonly operator: FilterOperator;
  readonly value: string;
  readonly valueAt: number;
}

/** @throws {FilterError} */
export function compareField<Row>(
  set: ColumnSet<Row>,
  comparison: Comparison,
  now: () => number,
): Match<Row> {
  const column = set.find(comparison.field);
  if (column === undefined)
    throw new FilterError(unknownField(comparison.field, set.columns), comparison.fieldAt);
  const { operator } = comparison;
  if (operator === '~' || operator === '!~') return matchPattern(column, comparison, now);
  return column.kind === 'text' ? matchText(column, comparison) : matchNumber(column, comparison, now);
}

/** A text field that does not apply is the empty text: `image=""` finds containers without one. */
function matchText<Row>(column: Column<Row>, { operator, value, fieldAt }: Comparison): Match<Row> {
  const wanted = operator === '=' || operator === '==';
  if (!wanted && operator !== '!=') {
    throw new FilterError(`${column.id} is text: compare it with = != ~ or !~`, fieldAt);
  }
  const equals = column.abbreviable === true ? isIdOrPrefix(value) : (text: string) => text === value;
  return (row) => {
    const fact = column.value(row);
    return isUnknown(fact) ? undefined : equals(String(fact ?? '')) === wanted;
  };
}

/** As a TARGET: the whole id or 4 or more characters of its start. */
function isIdOrPrefix(value: string): (id: string) => boolean {
  return (id) => id === value || (value.length >= 4 && id.startsWith(value));
}

/** A number that does not apply or is not measured yet is neither more nor less than any other: unknown. */
function matchNumber<Row>(
  column: Column<Row>,
  { operator, value, valueAt }: Comparison,
  now: () => number,
): Match<Row> {
  const bound = parseFilterNumber(column, value, valueAt);
  const holds = holdsFor(operator);
  return (row) => {
    const fact = known(column.value(row));
    if (fact === undefined) return undefined;
    const found = fact === 'max' ? Number.POSITIVE_INFINITY : fact;
    if (typeof found === 'string') return undefined;
    return holds(column.kind === 'age' ? now() - Number(found) : found, bound);
  };
}

function holdsFor(operator: FilterOperator): (a: number | bigint, b: number | bigint) => boolean {
  switch (operator) {
    case '>':
      return (a, b) => a > b;
    case '>=':
      return (a, b) => a >= b;
    case '<':
      return (a, b) => a < b;
    case '<=':
      return (a, b) => a <= b;
    case '!=':
      return (a, b) => !(a >= b && a <= b);
    default:
      return (a, b) => a >= b && a <= b;
  }
}

/** Patterns see numbers as `--raw` prints them. */
function matchPattern<Row>(
  column: Column<Row>,
  { operator, value, valueAt }: Comparison,
  now: () => number,
): Match<Row> {
  const matches = compiled(value, valueAt);
  const wanted = operator === '~';
  return (row) => {
    const fact = column.value(row);
    if (isUnknown(fact) || (fact === undefined && column.kind !== 'text')) return undefined;
    const text =
      column.kind === 'text'
        ? String(fact ?? '')
        : column.text(row, { raw: true, nowMs: now(), ascii: true });
    return matches(text) === wanted;
  };
}

function compiled(pattern: string, valueAt: number): (text: string) => boolean {
  try {
    return compilePattern(pattern);
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause;
    throw new FilterError(`not a regular expression: ${cause.message}`, valueAt, { cause });
  }
}

/** Anywhere in some columns, in upper or lower case, and at the start of others. */
export function matchWord<Row>({ word: { within, startOf } }: ColumnSet<Row>, word: string): Match<Row> {
  const wanted = word.toLowerCase();
  const holds = [
    ...startOf.map((column) => holdsText(column, (text) => text.startsWith(wanted))),
    ...within.map((column) => holdsText(column, (text) => text.includes(wanted))),
  ];
  return (row) => {
    const answers = holds.map((match) => match(row));
    return answers.includes(true) || (answers.includes(undefined) ? undefined : false);
  };
}

function holdsText<Row>(column: Column<Row>, test: (lowerCase: string) => boolean): Match<Row> {
  return (row) => {
    const fact = column.value(row);
    return isUnknown(fact) ? undefined : test(String(fact ?? '').toLowerCase());
  };
}
