/**
 * From the rows of one view to its list: filtered, sorted, as a tree or flat, folded. Each step keeps what it made of the same
 * rows and wishes: from one sample to the next most rows, and nearly always their order, are the same. Pure to look at.
 */
import { parseRowFilter } from '../../src/model/filter.ts';
import { RepeatedSort } from '../../src/model/sort.ts';
import { type Branch, type Family, forest } from '../../src/model/tree.ts';
import { isSame, Last } from '../last.ts';
import { type ExtraColumn, type FoldedPlace, keyOf, type TableDefinition } from './table-definition.ts';
import { TableLine } from './table-line.ts';
import type { Listed, ListLine, Looking, Wishes } from './view.ts';

const NOTHING: ReadonlySet<string> = new Set();

export class Lister<Row extends object> {
  readonly #of: TableDefinition<Row>;
  readonly #extras: ReadonlyMap<string, ExtraColumn<Row>>;
  readonly #shown = new Last<readonly Row[]>();
  #matching: readonly Row[] = [];
  readonly #byColumn: RepeatedSort<Row>;
  readonly #byName: RepeatedSort<Row>;
  readonly #ranked = new Last<readonly Row[]>();
  #grown: Grown<Row> | undefined;
  readonly #lines = new Last<readonly ListLine[]>();
  readonly #lineOf = new WeakMap<Branch<Row>, TableLine<Row>>();
  readonly #listed = new Last<Listed>();

  constructor(of: TableDefinition<Row>, extras: ReadonlyMap<string, ExtraColumn<Row>>) {
    this.#of = of;
    this.#extras = extras;
    this.#byColumn = new RepeatedSort(of.set);
    this.#byName = new RepeatedSort(of.set);
  }

  list(looking: Looking, wishes: Wishes): Listed {
    const all = this.#of.rows(looking);
    const { allKinds, hiddenRuntimes } = wishes;
    const shown = this.#shown.get([all, allKinds, hiddenRuntimes], () => this.#notHidden(all, wishes));
    const matching = this.#filtered(shown, wishes.filter, looking);
    const isTree = wishes.tree && this.#of.family !== undefined;
    const branches = this.#branches(this.#sorted(matching, looking, wishes), isTree, !looking.unicode);
    const folded = isTree ? wishes.folded : NOTHING;
    const lines = this.#lines.get([branches, folded], () => this.#linesOf(branches, folded));
    const hiddenByKind = all.length - shown.length;
    const hiddenByFilter = shown.length - matching.length;
    return this.#listed.get([lines, hiddenByKind, hiddenByFilter], () => ({
      lines,
      hiddenByKind,
      hiddenByFilter,
    }));
  }

  #notHidden(all: readonly Row[], wishes: Wishes): readonly Row[] {
    const of = this.#of;
    const shown = all.filter((row) => of.isHidden?.(row, wishes) !== true);
    return shown.length === all.length ? all : shown;
  }

  /** What matches can follow from the time: it is found out every time, and is the same array while the rows are the same. */
  #filtered(shown: readonly Row[], filter: string, looking: Looking): readonly Row[] {
    if (filter === '') return shown;
    const matching = shown.filter(parseRowFilter(this.#of.set, filter, () => looking.nowMs));
    if (!isSame(matching, this.#matching)) this.#matching = matching;
    return this.#matching;
  }

  #sorted(rows: readonly Row[], looking: Looking, { ordering, tree }: Wishes): readonly Row[] {
    const { column, reversed } = ordering;
    // Without a column, as they came.
    if (column === '') return rows;
    const extra = this.#extras.get(column);
    // One without a rank of its own sorts as the column that it stands in for.
    if (extra?.rank === undefined) return this.#byColumn.sort(rows, `${reversed ? '-' : ''}${column}`);
    const byName = this.#byName.sort(rows, this.#of.set.treeIn.id);
    const rankedBy = extra.rankedBy === undefined ? looking : extra.rankedBy(looking);
    return this.#ranked.get([byName, rankedBy, extra, reversed, tree], () => {
      const rank = (row: Row) => extra.rank?.(row, looking) ?? 0;
      return this.#byRank(byName, rank, tree, reversed);
    });
  }

  #byRank(
    byName: readonly Row[],
    rank: (row: Row) => number,
    tree: boolean,
    reversed: boolean,
  ): readonly Row[] {
    const { family } = this.#of;
    const ranks = tree && family !== undefined ? highestBelow(byName, family.of, rank) : undefined;
    const rankOf = (row: Row) => ranks?.get(row) ?? rank(row);
    const keyed = byName.map((row) => ({ row, rank: rankOf(row) }));
    // Nothing is wrong anywhere, most of the time: the very same rows in the very same order.
    if (keyed.every((each) => each.rank === keyed[0]?.rank)) return byName;
    return keyed.sort((a, b) => (reversed ? a.rank - b.rank : b.rank - a.rank)).map(({ row }) => row);
  }

  #branches(rows: readonly Row[], isTree: boolean, ascii: boolean): readonly Branch<Row>[] {
    const before = this.#grown;
    const isAlike = before?.isTree === isTree && before.ascii === ascii;
    if (isAlike && before.rows === rows) return before.branches;
    const family = isTree ? this.#of.family?.of : undefined;
    const branches =
      (isAlike ? regrown(before, rows, family) : undefined) ??
      (family === undefined ? rows.map(onTop) : forest(rows, family, ascii));
    this.#grown = { rows, isTree, ascii, branches };
    return branches;
  }

  #linesOf(branches: readonly Branch<Row>[], folded: ReadonlySet<string>): readonly ListLine[] {
    const places = unfolded(branches, (row) => keyOf(this.#of, row), folded);
    return places.map((place) => {
      const known = this.#lineOf.get(place.branch);
      if (known?.foldedRows === place.foldedRows && known.hasChildren === place.hasChildren) return known;
      const line = new TableLine(this.#of, this.#extras, place);
      this.#lineOf.set(place.branch, line);
      return line;
    });
  }
}

/** Branches, and what they were made of. */
interface Grown<Row> {
  readonly rows: readonly Row[];
  readonly isTree: boolean;
  readonly ascii: boolean;
  readonly branches: readonly Branch<Row>[];
}

function onTop<Row>(row: Row): Branch<Row> {
  return { row, depth: 0, prefix: '', lastChild: false };
}

/** The same branches with newer rows in them; undefined where the rows do not stand as those before. */
function regrown<Row>(
  { rows: before, branches }: Grown<Row>,
  rows: readonly Row[],
  family: Family<Row> | undefined,
): readonly Branch<Row>[] | undefined {
  if (rows.length !== before.length) return undefined;
  const newer = new Map<Row, Row>();
  for (let i = 0; i < rows.length; i += 1) {
    const [row, old] = [rows[i], before[i]];
    if (row === old || row === undefined || old === undefined) continue;
    const stands =
      family === undefined ||
      (family.key(row) === family.key(old) && family.parent(row) === family.parent(old));
    if (!stands) return undefined;
    newer.set(old, row);
  }
  return branches.map((branch) => {
    const row = newer.get(branch.row);
    return row === undefined ? branch : { ...branch, row };
  });
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
