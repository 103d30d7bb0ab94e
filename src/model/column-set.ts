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
  key(row: Row): string | number;
}

/** @throws {Error} on an id that no column has: a mistake in the list's own file */
export function columnSet<Row>({ columns, usual, word, key }: Description<Row>): ColumnSet<Row> {
  const byId = new Map(columns.map((each) => [each.id, each]));
  const find = (id: string) => byId.get(id.toLowerCase());
  const all = (ids: readonly string[]) =>
    ids.map((id) => {
      const column = byId.get(id);
      if (column === undefined) throw new Error(`there is no column ${id}`);
      return column;
    });
  const places = { within: all(word.within), startOf: all(word.startOf) };
  return { columns, usual: all(usual), word: places, key, find };
}
