/** From a model and the user's wishes to the rows of the list, with the selection kept on the same container. Pure. */
import type { Container } from '../src/model/host-model.ts';
import { parseSort, sortContainers } from '../src/model/sort.ts';
import { type TreeRow, treeOrder } from '../src/model/tree.ts';
import { layoutOf, scrollTo } from './layout.ts';
import type { DashboardState } from './state.ts';

/** The state with rows, selection and scroll position that follow from everything else in it. */
export function withRows(state: DashboardState): DashboardState {
  if (state.frame === undefined) return state;
  const listed = state.allKinds
    ? state.frame.model.containers
    : state.frame.model.containers.filter(({ kind }) => !state.view.hiddenKinds.includes(kind));
  const matching = listed.filter((container) => state.filter.matches(container));
  const rows = ordered(matching, state);
  const selectedKey = keepSelection(state.rows, rows, state.selectedKey);
  return withTop({
    ...state,
    rows,
    hiddenByKind: state.frame.model.containers.length - listed.length,
    hiddenByFilter: listed.length - matching.length,
    selectedKey,
  });
}

function ordered(containers: readonly Container[], state: DashboardState): TreeRow[] {
  const { column, reversed } = state.ordering;
  const sorted = sortContainers(containers, parseSort(`${reversed ? '-' : ''}${column}`));
  if (state.tree) return treeOrder(sorted, !state.unicode);
  return sorted.map((container) => ({ container, depth: 0, prefix: '', lastChild: false }));
}

/** The same key as long as it is listed, else the row that stood nearest to it and still is. */
function keepSelection(
  before: readonly TreeRow[],
  after: readonly TreeRow[],
  key: string | undefined,
): string | undefined {
  const keys = new Set(after.map((row) => row.container.key));
  if (key !== undefined && keys.has(key)) return key;
  const stood = before.findIndex((row) => row.container.key === key);
  if (stood !== -1) {
    for (let distance = 1; distance < before.length; distance += 1) {
      for (const index of [stood + distance, stood - distance]) {
        const neighbour = before[index]?.container.key;
        if (neighbour !== undefined && keys.has(neighbour)) return neighbour;
      }
    }
  }
  return after[0]?.container.key;
}

export function withTop(state: DashboardState): DashboardState {
  const { bodyRows } = layoutOf(state.size, 'list');
  const top = scrollTo(selectedIndex(state), state.top, bodyRows, state.rows.length);
  return top === state.top ? state : { ...state, top };
}

/** Index of the selected row; 0 in an empty list. */
export function selectedIndex(state: DashboardState): number {
  return Math.max(
    0,
    state.rows.findIndex((row) => row.container.key === state.selectedKey),
  );
}
