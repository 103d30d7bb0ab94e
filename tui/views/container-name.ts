/** The name of a row's container as a column: shown, sorted by and filtered by, also where a list itself knows only the key. */
import type { Frame } from '../../src/live/feed.ts';
import { textColumn } from '../../src/model/column.ts';
import { type ColumnSet, columnSet } from '../../src/model/column-set.ts';

interface WithContainer {
  /** Its key. */
  readonly container?: string;
  readonly containerName?: string;
}

/** Of a container that is not there any more the key is all that is left. */
export function named<Row extends WithContainer>(
  rows: readonly Row[],
  { model }: Frame,
): readonly (Row & WithContainer)[] {
  const names = new Map(model.containers.map(({ key, name }) => [key, name]));
  return rows.map((row) => {
    const { container } = row;
    return container === undefined ? row : { ...row, containerName: names.get(container) ?? container };
  });
}

/** `set` with that column, in the place of one of the same id. */
export function withContainerName<Row extends WithContainer>(
  set: ColumnSet<Row>,
  key: (row: Row) => string | number = (row) => set.key(row),
): ColumnSet<Row> {
  const column = textColumn<Row>(
    ['container', 'CONTAINER', 14, 'name of the container it is in'],
    ({ containerName }) => containerName,
  );
  const ids = (columns: readonly { readonly id: string }[]) => columns.map(({ id }) => id);
  return columnSet<Row>({
    columns: [...set.columns.filter(({ id }) => id !== column.id), column],
    usual: ids(set.usual),
    word: { within: [...new Set([...ids(set.word.within), column.id])], startOf: ids(set.word.startOf) },
    rates: ids(set.rates),
    treeIn: set.treeIn.id,
    key,
  });
}
