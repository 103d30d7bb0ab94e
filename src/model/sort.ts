/**
 * The order of rows. Numbers, sizes and ages start with the biggest, text is A to Z; a leading `-` turns a field round:
 * `cpu`, `-cpu`, `runtime,-mem`. What is not known comes last either way, and equal rows keep to their keys. Pure.
 */
import { known } from '../kernel/reading.ts';
import { COLUMNS, type Column, findColumn } from './columns.ts';
import { unknownField } from './field-names.ts';
import type { Container } from './host-model.ts';

export interface SortTerm {
  readonly column: Column;
  /** Against the column's natural order. */
  readonly reversed: boolean;
}
export interface SortKey {
  readonly terms: readonly SortTerm[];
}

export class SortError extends Error {
  readonly code = 'SORT';
  constructor(message: string) {
    super(message);
    this.name = 'SortError';
  }
}

/** @throws {SortError} naming the columns there are */
export function parseSort(text: string): SortKey {
  const terms = text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map(parseTerm);
  if (terms.length === 0) throw new SortError(`nothing to sort by: ${unknownField('', COLUMNS)}`);
  return { terms };
}

function parseTerm(term: string): SortTerm {
  const reversed = term.startsWith('-');
  const id = reversed ? term.slice(1) : term;
  const column = findColumn(id);
  if (column === undefined) throw new SortError(`cannot sort: ${unknownField(id, COLUMNS)}`);
  return { column, reversed };
}

/** A sorted copy. */
export function sortContainers(list: readonly Container[], key: SortKey): Container[] {
  const rows = list.map((container) => ({
    container,
    values: key.terms.map((term) => comparable(term.column, container)),
  }));
  rows.sort((a, b) => {
    for (const [i, term] of key.terms.entries()) {
      const order = compareValues(a.values[i], b.values[i], term);
      if (order !== 0) return order;
    }
    return compareCodeUnits(a.container.key, b.container.key);
  });
  return rows.map((row) => row.container);
}

type Comparable = string | number | bigint | undefined;

/** `max` is above every number. An age runs against its date: the oldest is the biggest. */
function comparable(column: Column, container: Container): Comparable {
  const value = known(column.value(container));
  if (column.kind === 'text') return value === '' ? undefined : value;
  if (value === 'max') return Number.POSITIVE_INFINITY;
  if (typeof value === 'string' || Number.isNaN(value)) return undefined;
  return column.kind === 'age' && value !== undefined ? -Number(value) : value;
}

function compareValues(a: Comparable, b: Comparable, { reversed }: SortTerm): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const natural =
    typeof a === 'string' || typeof b === 'string' ? compareText(String(a), String(b)) : compareSize(b, a);
  return reversed ? -natural : natural;
}

const collator = new Intl.Collator('en', { numeric: true });

/** `web-2` before `web-10`. */
function compareText(a: string, b: string): number {
  return a === b ? 0 : collator.compare(a, b);
}

function compareSize(a: number | bigint, b: number | bigint): number {
  return Number(a > b) - Number(a < b);
}

function compareCodeUnits(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

export { type TreeRow, treeOrder } from './tree.ts';
