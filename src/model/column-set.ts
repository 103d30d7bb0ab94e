/**
 * Everything one list can show, sort by and filter on. A list is one file of data: columns.ts for containers,
 * process-columns.ts for processes; columns, filter and sort work on any of them. Pure.
 */
import type { Column } from './column.ts';

export interface ColumnSet<Row> {
  readonly columns: readonly Column<Row>[];
  /** Shown without --columns. */
  readonly usual: readonly Column<Row>[];
  /** Where a filter looks for a word alone. */
  readonly word: WordPlaces<Column<Row>>;
  /** What one sample cannot fill. */
  readonly rates: readonly Column<Row>[];
  /** The column a tree is drawn in. */
  readonly treeIn: Column<Row>;
  /** What -q prints, and what rows that are equal otherwise are ordered by. */
  key(row: Row): string | number;
  /** In upper or lower case. */
  find(id: string): Column<Row> | undefined;
}

interface WordPlaces<Place> {
  readonly within: readonly Place[];
  readonly startOf: readonly Place[];
}

interface Description<Row> {
  readonly columns: readonly Column<Row>[];
  readonly usual: readonly string[];
  readonly word: WordPlaces<string>;
  readonly rates: readonly string[];
  readonly treeIn: string;
  key(row: Row): string | number;
}

/** @throws {Error} on an id that no column has: a mistake in the list's own file */
export function columnSet<Row>(from: Description<Row>): ColumnSet<Row> {
  const byId = new Map(from.columns.map((each) => [each.id, each]));
  const one = (id: string) => {
    const column = byId.get(id);
    if (column === undefined) throw new Error(`there is no column ${id}`);
    return column;
  };
  return {
    columns: from.columns,
    usual: from.usual.map(one),
    word: { within: from.word.within.map(one), startOf: from.word.startOf.map(one) },
    rates: from.rates.map(one),
    treeIn: one(from.treeIn),
    key: from.key,
    find: (id) => byId.get(id.toLowerCase()),
  };
}

/** A rate that stands in a filter, a sort order or a list of columns, as a word of its own: `cpu`, not `cpu-time`. */
export function rateIn<Row>({ rates }: ColumnSet<Row>, text: string): Column<Row> | undefined {
  return rates.find(({ id }) => new RegExp(`(?<!\\w-?)${id}(?![\\w-])`, 'i').test(text));
}
