/** The comparisons of a filter: one field of one container against one value. Pure. */
import { isUnknown, known } from '../kernel/reading.ts';
import { COLUMNS, type Column, findColumn } from './columns.ts';
import { unknownField } from './field-names.ts';
import { FilterError } from './filter-error.ts';
import { parseFilterNumber } from './filter-number.ts';
import type { FilterOperator } from './filter-scanner.ts';
import type { Container } from './host-model.ts';
import { compilePattern, PatternError } from './pattern.ts';

/** Undefined: not known. */
export type Match = (container: Container) => boolean | undefined;

export interface Comparison {
  readonly field: string;
  readonly fieldAt: number;
  readonly operator: FilterOperator;
  readonly value: string;
  readonly valueAt: number;
}

/** @throws {FilterError} */
export function compareField(comparison: Comparison, now: () => number): Match {
  const column = findColumn(comparison.field);
  if (column === undefined)
    throw new FilterError(unknownField(comparison.field, COLUMNS), comparison.fieldAt);
  const { operator } = comparison;
  if (operator === '~' || operator === '!~') return matchPattern(column, comparison, now);
  return column.kind === 'text' ? matchText(column, comparison) : matchNumber(column, comparison, now);
}

/** A text field that does not apply is the empty text: `image=""` finds containers without one. */
function matchText(column: Column, { operator, value, fieldAt }: Comparison): Match {
  const wanted = operator === '=' || operator === '==';
  if (!wanted && operator !== '!=') {
    throw new FilterError(`${column.id} is text: compare it with = != ~ or !~`, fieldAt);
  }
  const equals = column.id === 'id' ? isIdOrPrefix(value) : (text: string) => text === value;
  return (container) => {
    const fact = column.value(container);
    return isUnknown(fact) ? undefined : equals(String(fact ?? '')) === wanted;
  };
}

/** As a TARGET: the whole id or 4 or more characters of its start. */
function isIdOrPrefix(value: string): (id: string) => boolean {
  return (id) => id === value || (value.length >= 4 && id.startsWith(value));
}

/** A number that does not apply or is not measured yet is neither more nor less than any other: unknown. */
function matchNumber(column: Column, { operator, value, valueAt }: Comparison, now: () => number): Match {
  const bound = parseFilterNumber(column, value, valueAt);
  const holds = holdsFor(operator);
  return (container) => {
    const fact = known(column.value(container));
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
function matchPattern(column: Column, { operator, value, valueAt }: Comparison, now: () => number): Match {
  const matches = compiled(value, valueAt);
  const wanted = operator === '~';
  return (container) => {
    const fact = column.value(container);
    if (isUnknown(fact) || (fact === undefined && column.kind !== 'text')) return undefined;
    const text =
      column.kind === 'text'
        ? String(fact ?? '')
        : column.text(container, { raw: true, nowMs: now(), ascii: true });
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

/** Anywhere in name, image or command, in upper or lower case; at the start of the id. */
export function matchWord(word: string): Match {
  const wanted = word.toLowerCase();
  return (c) => {
    if (c.id?.toLowerCase().startsWith(wanted)) return true;
    const facts = [c.name, c.image, c.command];
    if (facts.some((fact) => known(fact)?.toLowerCase().includes(wanted))) return true;
    return facts.some(isUnknown) ? undefined : false;
  };
}
