/** From the data of one view to its rows: filtered, sorted, as a tree or flat, folded. Pure; the same code for every list. */
import { isUnknown } from '../../src/kernel/reading.ts';
import type { TextOptions } from '../../src/model/column.ts';
import type { ColumnSet } from '../../src/model/column-set.ts';
import { parseRowFilter } from '../../src/model/filter.ts';
import { UNKNOWN_MARK } from '../../src/model/format.ts';
import { parseRowSort, sortRows } from '../../src/model/sort.ts';
import { type Branch, type Family, forest } from '../../src/model/tree.ts';
import { type Block, fact } from '../blocks.ts';
import type { Tone } from '../screen-line.ts';
import type { TroubleLevel } from '../trouble.ts';
import type { Ordering } from '../view-settings.ts';
import type { ColumnChoice, Listed, ListLine, Looking, TableView, ViewColumn, Wishes } from './view.ts';

/** A column that needs more than its row: what went before, or what is wrong with it. */
export interface ExtraColumn<Row> extends ColumnChoice {
  text(row: Row, looking: Looking): string;
  /** Highest first; rows that are equal keep to the view's order. */
  rank?(row: Row, looking: Looking): number;
}

export interface TableDefinition<Row extends object> {
  readonly id: string;
  readonly title: string;
  readonly short?: string;
  readonly needs?: TableView['needs'];
  readonly noun: TableView['noun'];
  readonly set: ColumnSet<Row>;
  readonly extras?: readonly ExtraColumn<Row>[];
  readonly layout: readonly ViewColumn[];
  readonly sortBy: Ordering;
  readonly opens: TableView['opens'];
  readonly filterExamples: TableView['filterExamples'];
  /** Rows that have a place below others. */
  readonly family?: { readonly of: Family<Row>; readonly isFirst: boolean };
  rows(looking: Looking): readonly Row[];
  /** Where the key of the columns is not the row's alone. */
  key?(row: Row): string;
  name(row: Row): string;
  /** Columns that a search looks at besides the name. */
  readonly searched?: readonly string[];
  container(row: Row): string | undefined;
  isHidden?(row: Row, wishes: Wishes): boolean;
  level?(row: Row, looking: Looking): TroubleLevel | undefined;
  tone?(row: Row, column: string, looking: Looking): Tone | undefined;
  facts?(row: Row, looking: Looking, options: TextOptions): Block[];
}

/** @throws {Error} when the layout names a column that does not exist, or one cannot be sorted by: a mistake in the view's own file */
export function tableView<Row extends object>(of: TableDefinition<Row>): TableView {
  const extras = new Map((of.extras ?? []).map((each) => [each.id, each]));
  // An extra column stands in for one of the set that says less.
  const columns: ColumnChoice[] = [...of.set.columns.filter(({ id }) => !extras.has(id)), ...extras.values()];
  const known = new Set(columns.map(({ id }) => id));
  const missing = of.layout.find(({ column }) => !known.has(column));
  if (missing !== undefined)
    throw new Error(`view ${of.id} names a column ${missing.column} that is not there`);
  const unsorted = of.extras?.find(({ id, rank }) => rank === undefined && of.set.find(id) === undefined);
  const made: Known<Row> = { extras, byName: new WeakMap(), forests: new WeakMap() };
  if (unsorted !== undefined) throw new Error(`view ${of.id} cannot be sorted by its column ${unsorted.id}`);
  return {
    kind: 'table',
    id: of.id,
    title: of.title,
    ...(of.short !== undefined && { short: of.short }),
    ...(of.needs !== undefined && { needs: of.needs }),
    noun: of.noun,
    layout: of.layout,
    columns,
    sortBy: of.sortBy,
    tree: of.family?.isFirst,
    treeIn: of.set.treeIn.id,
    opens: of.opens,
    filterExamples: of.filterExamples,
    checkFilter: (expression) => void parseRowFilter(of.set, expression),
    list: (looking, wishes) => listed(of, made, looking, wishes),
  };
}

interface Known<Row> {
  readonly extras: ReadonlyMap<string, ExtraColumn<Row>>;
  /** Rows that are the very same as before need not be sorted by name again. */
  readonly byName: WeakMap<readonly Row[], readonly Row[]>;
  /** Nor made a tree of, where they are in the same order. */
  readonly forests: WeakMap<
    readonly Row[],
    { readonly ascii: boolean; readonly branches: readonly Branch<Row>[] }
  >;
}

function listed<Row extends object>(
  of: TableDefinition<Row>,
  { extras, byName, forests }: Known<Row>,
  looking: Looking,
  wishes: Wishes,
): Listed {
  const all = of.rows(looking);
  const isHidden = all.some((row) => of.isHidden?.(row, wishes) === true);
  const shown = isHidden ? all.filter((row) => of.isHidden?.(row, wishes) !== true) : all;
  const matching =
    wishes.filter === '' ? shown : shown.filter(parseRowFilter(of.set, wishes.filter, () => looking.nowMs));
  const isTree = wishes.tree && of.family !== undefined;
  const named = (rows: readonly Row[]) => {
    const sorted = byName.get(rows) ?? sortRows(rows, parseRowSort(of.set, of.set.treeIn.id));
    byName.set(rows, sorted);
    return sorted;
  };
  const sorted = ordered(of, { extra: extras.get(wishes.ordering.column), named }, matching, looking, wishes);
  const grown = (family: Family<Row>) => {
    const ascii = !looking.unicode;
    const before = forests.get(sorted);
    if (before?.ascii === ascii) return before.branches;
    const branches = forest(sorted, family, ascii);
    forests.set(sorted, { ascii, branches });
    return branches;
  };
  const branches: readonly Branch<Row>[] =
    isTree && of.family !== undefined
      ? grown(of.family.of)
      : sorted.map((row) => ({ row, depth: 0, prefix: '', lastChild: false }));
  return {
    lines: unfolded(branches, (row) => keyOf(of, row), isTree ? wishes.folded : NOTHING).map(
      (place) => new TableLine(of, extras, looking, place),
    ),
    hiddenByKind: all.length - shown.length,
    hiddenByFilter: shown.length - matching.length,
  };
}

function keyOf<Row extends object>(of: TableDefinition<Row>, row: Row): string {
  return of.key?.(row) ?? String(of.set.key(row));
}

const NOTHING: ReadonlySet<string> = new Set();

interface Order<Row> {
  readonly extra: ExtraColumn<Row> | undefined;
  /** Sorted by name. */
  readonly named: (rows: readonly Row[]) => readonly Row[];
}

function ordered<Row extends object>(
  of: TableDefinition<Row>,
  { extra, named }: Order<Row>,
  rows: readonly Row[],
  looking: Looking,
  { ordering, tree }: Wishes,
): readonly Row[] {
  const { column, reversed } = ordering;
  // Without a column, as they came.
  if (column === '') return rows;
  // One without a rank of its own sorts as the column that it stands in for.
  if (extra?.rank === undefined)
    return sortRows(rows, parseRowSort(of.set, `${reversed ? '-' : ''}${column}`));
  const byName = named(rows);
  const rank = (row: Row) => extra.rank?.(row, looking) ?? 0;
  const ranks = tree && of.family !== undefined ? highestBelow(byName, of.family.of, rank) : undefined;
  const rankOf = (row: Row) => ranks?.get(row) ?? rank(row);
  const keyed = byName.map((row) => ({ row, rank: rankOf(row) }));
  // Nothing is wrong anywhere, most of the time: the very same rows in the very same order.
  if (keyed.every((each) => each.rank === keyed[0]?.rank)) return byName;
  return keyed.sort((a, b) => (reversed ? a.rank - b.rank : b.rank - a.rank)).map(({ row }) => row);
}

/** In a tree a row stands as high as the highest below it: what is wrong inside a container is not hidden at the bottom. */
function highestBelow<Row extends object>(
  rows: readonly Row[],
  family: Family<Row>,
  rank: (row: Row) => number,
): Map<Row, number> | undefined {
  if (rows.every((row) => family.parent(row) === undefined)) return undefined;
  const byKey = new Map(rows.map((row) => [family.key(row), row]));
  const ranks = new Map(rows.map((row) => [row, rank(row)]));
  for (const row of rows) {
    let above = parentOf(row);
    if (above === undefined) continue;
    const own = rank(row);
    const seen = new Set([row]);
    for (; above !== undefined && !seen.has(above); above = parentOf(above)) {
      seen.add(above);
      if ((ranks.get(above) ?? 0) < own) ranks.set(above, own);
    }
  }
  return ranks;

  function parentOf(row: Row): Row | undefined {
    const key = family.parent(row);
    return key === undefined ? undefined : byKey.get(key);
  }
}

interface FoldedPlace<Row> {
  readonly branch: Branch<Row>;
  readonly foldedRows: number;
  readonly hasChildren: boolean;
}

/** Without what lies below a folded row; that row says how many there are. */
function unfolded<Row>(
  branches: readonly Branch<Row>[],
  keyOf: (row: Row) => string,
  folded: ReadonlySet<string>,
): FoldedPlace<Row>[] {
  const places: FoldedPlace<Row>[] = [];
  for (let i = 0; i < branches.length; i += 1) {
    const branch = branches[i];
    if (branch === undefined) break;
    const hasChildren = (branches[i + 1]?.depth ?? 0) > branch.depth;
    let foldedRows = 0;
    if (hasChildren && folded.has(keyOf(branch.row))) {
      while ((branches[i + foldedRows + 1]?.depth ?? -1) > branch.depth) foldedRows += 1;
    }
    places.push({ branch, foldedRows, hasChildren });
    i += foldedRows;
  }
  return places;
}

class TableLine<Row extends object> implements ListLine {
  readonly key: string;
  readonly prefix: string;
  readonly foldedRows: number;
  readonly hasChildren: boolean;
  readonly #of: TableDefinition<Row>;
  readonly #extras: ReadonlyMap<string, ExtraColumn<Row>>;
  readonly #looking: Looking;
  readonly #row: Row;

  constructor(
    of: TableDefinition<Row>,
    extras: ReadonlyMap<string, ExtraColumn<Row>>,
    looking: Looking,
    place: FoldedPlace<Row>,
  ) {
    this.#of = of;
    this.#extras = extras;
    this.#looking = looking;
    this.#row = place.branch.row;
    this.key = keyOf(of, place.branch.row);
    this.prefix = place.branch.prefix;
    this.foldedRows = place.foldedRows;
    this.hasChildren = place.hasChildren;
  }

  get name(): string {
    return this.#of.name(this.#row);
  }

  get searched(): string {
    const options = { raw: true, nowMs: 0, ascii: false };
    return [this.name, ...(this.#of.searched ?? []).map((id) => this.text(id, options))].join(' ');
  }

  get container(): string | undefined {
    return this.#of.container(this.#row);
  }

  get level(): TroubleLevel | undefined {
    return this.#of.level?.(this.#row, this.#looking);
  }

  text(id: string, options: TextOptions): string {
    const extra = this.#extras.get(id);
    if (extra !== undefined) return extra.text(this.#row, this.#looking);
    return this.#of.set.find(id)?.text(this.#row, options) ?? '';
  }

  tone(id: string, text: string): Tone {
    const own = this.#of.tone?.(this.#row, id, this.#looking);
    return own ?? (text === UNKNOWN_MARK ? 'faint' : 'plain');
  }

  facts(options: TextOptions): Block[] {
    const own = this.#of.facts?.(this.#row, this.#looking, options) ?? [];
    return [...own, ...this.#of.set.columns.map(({ id }) => this.#fact(id, options))];
  }

  /** What could not be read says which file and why. */
  #fact(id: string, options: TextOptions): Block {
    const column = this.#of.set.find(id);
    if (column === undefined) return fact(id, '');
    const value = column.value(this.#row);
    if (isUnknown(value)) return fact(id, `${value.unknown}: ${value.errno} ${value.path}`, 'watch');
    return fact(id, this.text(id, options));
  }
}
