/** Sorting a list, and saying so. Pure. */
import { withInfo } from './message.ts';
import { withRows } from './rows.ts';
import { type DashboardState, viewOf, withSettings } from './state.ts';
import { only, type Step, saving } from './step.ts';
import type { TableView } from './views/view.ts';

export function sortBy(state: DashboardState, column: string, reversed: boolean): Step {
  const view = viewOf(state);
  if (view.kind !== 'table') return only(state);
  const title = titleOf(view, column);
  if (title === undefined) return only(withInfo(state, `${view.noun[1]} have no such column`));
  const sorted = withRows(withSettings(state, { ordering: { column, reversed } }));
  return saving(withInfo(sorted, `sorted by ${title}${reversed ? ', reversed' : ''}`));
}

function titleOf(view: TableView, column: string): string | undefined {
  if (column === '') return 'order of appearance';
  return view.columns.find(({ id }) => id === column)?.title;
}
