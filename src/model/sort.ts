/**
 * The order of rows of any list with columns. Numbers, sizes and ages start with the biggest, text is A to Z; a leading
 * `-` turns a field round: `cpu`, `-cpu`, `runtime,-mem`. What is not known comes last either way, and equal rows keep to
 * their keys. Pure.
 */
import { known } from '../kernel/reading.ts';
import type { Column, ColumnKind } from './column.ts';
import type { ColumnSet } from './column-set.ts';
import { CONTAINER_COLUMNS } from './columns.ts';
import { unknownField } from './field-names.ts';
import type { Container } from './host-model.ts';
import { SortError } from './sort-error.ts';
import { compareText } from './text-order.ts';

export interface SortTerm<Row> {
  readonly column: Column<Row>;
  /** Against the column's natural order. */
  readonly reversed: boolean;
}
export interface SortKey<Row> {
  readonly terms: readonly SortTerm<Row>[];
  /** For rows that are equal in all terms. */
  tieBreak(row: Row): string | number;
}

/** Of containers. @throws {SortError} naming the columns there are */
export function parseSort(text: string): SortKey<Container> {
  return parseRowSort(CONTAINER_COLUMNS, text);
}

/** @throws {SortError} naming the columns there are */
export function parseRowSort<Row>(set: ColumnSet<Row>, text: string): SortKey<Row> {
  const terms = text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => parseTerm(set, term));
  if (terms.length === 0) throw new SortError(`nothing to sort by: ${unknownField('', set.columns)}`);
  return { terms, tieBreak: (row) => set.key(row) };
}

function parseTerm<Row>(set: ColumnSet<Row>, term: string): SortTerm<Row> {
  const reversed = term.startsWith('-');
  const id = reversed ? term.slice(1) : term;
  const column = set.find(id);
  if (column === undefined) throw new SortError(`cannot sort: ${unknownField(id, set.columns)}`);
  return { column, reversed };
}

/** A sorted copy. */
export function sortContainers(list: readonly Container[], key: SortKey<Container>): Container[] {
  return sortRows(list, key);
}

/** A sorted copy. */
export function sortRows<Row>(list: readonly Row[], key: SortKey<Row>): Row[] {
  return inOrder(
    list.map((row, index) => keyedRow(row, index, key)),
    key,
  ).map(({ row }) => row);
}

interface Keyed<Row> {
  readonly row: Row;
  /** Where it stands in the list as it came. */
  readonly index: number;
  readonly values: readonly Comparable[];
  readonly tieBreak: string | number;
}

function keyedRow<Row>(row: Row, index: number, key: SortKey<Row>): Keyed<Row> {
  const values = key.terms.map(({ column }) => comparable(column, row));
  return { row, index, values, tieBreak: key.tieBreak(row) };
}

function inOrder<Row>(keyed: readonly Keyed<Row>[], { terms }: SortKey<Row>): Keyed<Row>[] {
  const isReversed = terms.map(({ reversed }) => reversed);
  return [...keyed].sort((a, b) => {
    // By index: thousands of comparisons a second make no iterators.
    for (let i = 0; i < isReversed.length; i += 1) {
      const order = compareValues(a.values[i], b.values[i], isReversed[i] === true);
      if (order !== 0) return order;
    }
    return compareKeys(a.tieBreak, b.tieBreak);
  });
}

/** For a list that comes again and again: rows whose values stand where they stood before are in the order of before. */
export class RepeatedSort<Row> {
  readonly #set: ColumnSet<Row>;
  #by = '';
  #list: readonly Row[] | undefined;
  #keyed: readonly Keyed<Row>[] = [];
  #order: readonly number[] = [];
  #sorted: readonly Row[] = [];

  constructor(set: ColumnSet<Row>) {
    this.#set = set;
  }

  /** What `sortRows` gives; the very same array for the very same list. @throws {SortError} naming the columns there are */
  sort(list: readonly Row[], by: string): readonly Row[] {
    const isAgain = by === this.#by;
    if (isAgain && list === this.#list) return this.#sorted;
    const key = parseRowSort(this.#set, by);
    const before = isAgain && list.length === this.#keyed.length ? this.#keyed : undefined;
    let isSameOrder = before !== undefined;
    const keyed = list.map((row, index) => {
      const known = before?.[index];
      if (known !== undefined && known.row === row) return known;
      const found = keyedRow(row, index, key);
      isSameOrder &&= known !== undefined && isSameKey(found, known);
      return found;
    });
    if (!isSameOrder) this.#order = inOrder(keyed, key).map(({ index }) => index);
    this.#sorted = this.#order.flatMap((index) => keyed[index]?.row ?? []);
    this.#by = by;
    this.#list = list;
    this.#keyed = keyed;
    return this.#sorted;
  }
}

function isSameKey<Row>(a: Keyed<Row>, b: Keyed<Row>): boolean {
  return a.tieBreak === b.tieBreak && a.values.every((value, i) => Object.is(value, b.values[i]));
}

type Comparable = string | number | bigint | undefined;

/** An age runs against its date: the oldest is the biggest. What only names a thing is no size. */
const SMALLEST_FIRST: ReadonlySet<ColumnKind> = new Set<ColumnKind>(['age', 'identifier']);

/** `max` is above every number. */
function comparable<Row>(column: Column<Row>, row: Row): Comparable {
  const value = known(column.value(row));
  if (column.kind === 'text') return value === '' ? undefined : value;
  if (value === 'max') return Number.POSITIVE_INFINITY;
  if (typeof value === 'string' || Number.isNaN(value)) return undefined;
  return SMALLEST_FIRST.has(column.kind) && value !== undefined ? -Number(value) : value;
}

function compareValues(a: Comparable, b: Comparable, reversed: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const natural =
    typeof a === 'string' || typeof b === 'string' ? compareText(String(a), String(b)) : compareSize(b, a);
  return reversed ? -natural : natural;
}

function compareSize(a: number | bigint, b: number | bigint): number {
  return Number(a > b) - Number(a < b);
}

/** Texts by code units, not as a person would: any fixed order will do. */
function compareKeys(a: string | number, b: string | number): number {
  return Number(a > b) - Number(a < b);
}

export { type TreeRow, treeOrder } from './tree.ts';
