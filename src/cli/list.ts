/** What list commands have in common: which rows are shown, in which order, and how. */
import { type ColumnSet, rateIn } from '../model/column-set.ts';
import { parseRowSort, sortRows } from '../model/sort.ts';
import { columnsOf, type ListOptions } from './options.ts';
import { prefersAscii, printError, printLine, printTable } from './print.ts';

export interface List<Row> {
  /** Those --filter keeps, in the order of --sort, else as they came. */
  pick(rows: readonly Row[]): Row[];
  /** As keys or as a table, with a blank line before every one but the first. */
  print(rows: readonly ListedRow<Row>[], takenAtMs: number): Promise<void>;
}

export interface ListedRow<Row> {
  readonly row: Row;
  /** Lines of a tree. */
  readonly prefix?: string;
}

/** @throws {UsageError | FilterError | SortError} on wrong words, before anything is read */
export async function listOf<Row>(set: ColumnSet<Row>, options: ListOptions): Promise<List<Row>> {
  const columns = columnsOf(set, options.columns);
  const keep = options.filter === undefined ? () => true : await filterOf(set, options.filter);
  const sort = options.sort === undefined ? undefined : parseRowSort(set, options.sort);
  let isFirst = true;
  return {
    pick(rows) {
      const kept = rows.filter(keep);
      return sort === undefined ? kept : sortRows(kept, sort);
    },
    async print(rows, takenAtMs) {
      if (isFirst) await hintAtRates(set, options);
      else await printLine('');
      isFirst = false;
      if (options.quiet === true) {
        for (const { row } of rows) await printLine(String(set.key(row)));
        return;
      }
      const text = { raw: options.raw === true, nowMs: takenAtMs, ascii: prefersAscii(process.env) };
      await printTable({
        columns,
        headers: options.headers,
        rows: rows.map(({ row, prefix = '' }) =>
          columns.map((column) => `${column === set.treeIn ? prefix : ''}${column.text(row, text)}`),
        ),
      });
    },
  };
}

/** Loaded only when somebody filters: the regular expression engine is the largest part of a list. */
async function filterOf<Row>(set: ColumnSet<Row>, expression: string): Promise<(row: Row) => boolean> {
  const { parseRowFilter } = await import('../model/filter.ts');
  return parseRowFilter(set, expression);
}

/** A filter on what is not measured keeps nothing, and its table must not look like an answer. */
async function hintAtRates<Row>(set: ColumnSet<Row>, options: ListOptions): Promise<void> {
  if (options.watch !== undefined || options.interval !== undefined || options.quiet === true) return;
  const rate = rateIn(set, [options.filter, options.sort, options.columns].join(' '));
  if (rate !== undefined)
    await printError(`${rate.id} is a rate and needs two samples: add --interval 1, or -w`);
}
