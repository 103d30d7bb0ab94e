/** From a model and the user's wishes to the rows of the list, with the selection kept on the same object. Pure. */
import { layoutOf, scrollTo } from './layout.ts';
import { type DashboardState, listingOf, lookingOf, settingsOf, viewOf } from './state.ts';
import type { ListLine, Wishes } from './views/view.ts';

/** The state with rows, selection and scroll position that follow from everything else in it. */
export function withRows(state: DashboardState): DashboardState {
  const view = viewOf(state);
  const looking = lookingOf(state);
  if (view.kind !== 'table' || looking === undefined)
    return { ...state, rows: [], hiddenByKind: 0, hiddenByFilter: 0 };
  if (isListMissing(state)) return { ...state, rows: [], hiddenByKind: 0, hiddenByFilter: 0 };
  const { allKinds, hiddenRuntimes } = state;
  const listed = view.list(looking, { ...settingsOf(state), allKinds, hiddenRuntimes });
  const selectedKey = keepSelection(state.rows, listed.lines, state.selectedKey);
  return withTop({
    ...state,
    rows: listed.lines,
    hiddenByKind: listed.hiddenByKind,
    hiddenByFilter: listed.hiddenByFilter,
    selectedKey,
  });
}

/** What is still being taken, or cannot be, says nothing about what is there: the selection waits for it. */
export function isListMissing(state: DashboardState): boolean {
  const listing = listingOf(state);
  return viewOf(state).needs !== undefined && (listing === undefined || listing.failed !== undefined);
}

/** The row with this key, shown or hidden by a filter, a fold or a switch; undefined when it is gone. */
export function rowAnywhere(state: DashboardState, key: string): ListLine | undefined {
  const shown = state.rows.find((row) => row.key === key);
  const view = viewOf(state);
  const looking = lookingOf(state);
  if (shown !== undefined || view.kind !== 'table' || looking === undefined) return shown;
  return view.list(looking, EVERYTHING).lines.find((row) => row.key === key);
}

const EVERYTHING: Wishes = {
  tree: false,
  ordering: { column: '', reversed: false },
  filter: '',
  folded: new Set(),
  allKinds: true,
  hiddenRuntimes: new Set(),
};

/** The same key as long as it is listed, else the row that stood nearest to it and still is. */
function keepSelection(
  before: readonly ListLine[],
  after: readonly ListLine[],
  key: string | undefined,
): string | undefined {
  if (key !== undefined && after.some((row) => row.key === key)) return key;
  const keys = new Set(after.map((row) => row.key));
  const stood = before.findIndex((row) => row.key === key);
  if (stood !== -1) {
    for (let distance = 1; distance < before.length; distance += 1) {
      for (const index of [stood + distance, stood - distance]) {
        const neighbour = before[index]?.key;
        if (neighbour !== undefined && keys.has(neighbour)) return neighbour;
      }
    }
  }
  return after[0]?.key;
}

export function withTop(state: DashboardState): DashboardState {
  const { bodyRows } = layoutOf(state, 'list');
  const top = scrollTo(selectedIndex(state), state.top, bodyRows, state.rows.length);
  return top === state.top ? state : { ...state, top };
}

/** Index of the selected row; 0 in an empty list. */
export function selectedIndex(state: DashboardState): number {
  return Math.max(
    0,
    state.rows.findIndex((row) => row.key === state.selectedKey),
  );
}
