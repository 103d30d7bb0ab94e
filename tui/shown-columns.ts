/** Which columns of a view a screen of a certain width shows, and how wide each is. Pure. */
import type { ViewSettings } from './view-settings.ts';
import type { ColumnChoice, TableView, ViewColumn } from './views/view.ts';

/** A column as it stands on the screen. */
export interface PlacedColumn {
  readonly column: ColumnChoice;
  readonly title: string;
  readonly width: number;
}

/** Selection bar and trouble mark, before the first column. */
export const MARKS_WIDTH = 2;
export const GAP = 1;
/** A text column that somebody chose may take what is left over. */
const CHOSEN_GROWS_TO = 60;

/** What was chosen as it was chosen, as far as it fits; else the view's own choice for this width. */
export function shownColumns(
  view: TableView,
  { columns }: Pick<ViewSettings, 'columns'>,
  screenColumns: number,
): PlacedColumn[] {
  const wanted =
    columns === undefined
      ? view.layout.filter(({ fromColumns = 0 }) => fromColumns <= screenColumns)
      : columns.map((column) => chosen(view, column));
  const choices = new Map(view.columns.map((each) => [each.id, each]));
  const placed = wanted.flatMap(({ column: id, title, width, growTo, growRank = 0 }) => {
    const column = choices.get(id);
    if (column === undefined) return [];
    const least = width ?? column.width;
    return [{ column, title: title ?? column.title, width: least, growTo: growTo ?? least, growRank }];
  });
  let room = screenColumns - MARKS_WIDTH - placed.reduce((sum, { width }) => sum + width + GAP, 0);
  const extras = new Map<string, number>();
  for (const { column, width, growTo } of [...placed].sort((a, b) => a.growRank - b.growRank)) {
    const extra = Math.max(0, Math.min(room, growTo - width));
    room -= extra;
    extras.set(column.id, extra);
  }
  return placed.map(({ column, title, width }) => ({
    column,
    title,
    width: width + (extras.get(column.id) ?? 0),
  }));
}

function chosen(view: TableView, id: string): ViewColumn {
  const own = view.layout.find(({ column }) => column === id);
  if (own !== undefined) return own;
  const choice = view.columns.find((each) => each.id === id);
  return choice?.align === 'left' ? { column: id, growTo: CHOSEN_GROWS_TO } : { column: id };
}
