/** A view with rows, of its data. The same code for every list. */
import { parseRowFilter } from '../../src/model/filter.ts';
import { Lister } from './lister.ts';
import type { TableDefinition } from './table-definition.ts';
import type { ColumnChoice, TableView } from './view.ts';

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
  if (unsorted !== undefined) throw new Error(`view ${of.id} cannot be sorted by its column ${unsorted.id}`);
  const listers = new ShownLister(() => new Lister(of, extras));
  return {
    kind: 'table',
    id: of.id,
    title: of.title,
    ...(of.short !== undefined && { short: of.short }),
    ...(of.needs !== undefined && { needs: of.needs }),
    noun: of.noun,
    layout: of.layout,
    columns,
    aging: new Set(of.set.columns.flatMap(({ id, kind }) => (kind === 'age' ? [id] : []))),
    sortBy: of.sortBy,
    tree: of.family?.isFirst,
    treeIn: of.set.treeIn.id,
    opens: of.opens,
    filterExamples: of.filterExamples,
    checkFilter: (expression) => void parseRowFilter(of.set, expression),
    list: (looking, wishes) => listers.shown().list(looking, wishes),
  };
}

/**
 * Of the view that lists. What a lister keeps of the rows it saw last may be as large as all processes of the host together: when
 * another view lists, it goes.
 */
class ShownLister<L> {
  static #last: ShownLister<unknown> | undefined;
  readonly #make: () => L;
  #lister: L | undefined;

  constructor(make: () => L) {
    this.#make = make;
  }

  shown(): L {
    const last = ShownLister.#last;
    if (last !== undefined && last !== this) last.#lister = undefined;
    ShownLister.#last = this;
    this.#lister ??= this.#make();
    return this.#lister;
  }
}
