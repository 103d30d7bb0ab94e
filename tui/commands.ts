/** What each command of the key table does to the state. Pure. */
import { chooseOf, openActions } from './action-menu.ts';
import { fold, foldAll, toggleTree } from './folding.ts';
import { formatInterval } from './interval-text.ts';
import type { Command } from './keys.ts';
import { hasRoomForPane, layoutOf, PANE_FROM } from './layout.ts';
import { openColumns, openRuntimes, openSort, openTheme } from './menus.ts';
import { withInfo } from './message.ts';
import { back, hasBack, open, toContainerOfRow, toTab } from './navigate.ts';
import { openPrompt, searchFrom } from './prompting.ts';
import { pageLength } from './render.ts';
import { selectedIndex, withRows, withTop } from './rows.ts';
import { shownColumns } from './shown-columns.ts';
import { sortBy } from './sorting.ts';
import { type DashboardState, screenOf, selectedContainer, settingsOf, viewOf } from './state.ts';
import { only, type Step, saving } from './step.ts';

export function runCommand(state: DashboardState, command: Command): Step {
  return COMMANDS[command](state);
}

type Run = (state: DashboardState) => Step;

const COMMANDS: Readonly<Record<Command, Run>> = {
  up: (state) => only(moveBy(state, -1)),
  down: (state) => only(moveBy(state, 1)),
  'page-up': (state) => only(moveBy(state, -pageOf(state))),
  'page-down': (state) => only(moveBy(state, pageOf(state))),
  first: (state) => only(moveBy(state, Number.NEGATIVE_INFINITY)),
  last: (state) => only(moveBy(state, Number.POSITIVE_INFINITY)),
  open: (state) => only(open(state)),
  back: (state) => only(back(state)),
  'tab-1': (state) => only(toTab(state, 0)),
  'tab-2': (state) => only(toTab(state, 1)),
  'tab-3': (state) => only(toTab(state, 2)),
  'tab-4': (state) => only(toTab(state, 3)),
  'tab-5': (state) => only(toTab(state, 4)),
  'tab-6': (state) => only(toTab(state, 5)),
  'tab-7': (state) => only(toTab(state, 6)),
  'tab-8': (state) => only(toTab(state, 7)),
  'tab-next': (state) => only(toTab(state, (state.tab + 1) % state.tabs.length)),
  'tab-previous': (state) => only(toTab(state, (state.tab + state.tabs.length - 1) % state.tabs.length)),
  container: (state) => only(toContainerOfRow(state)),
  search: (state) => only(openPrompt(state, 'search')),
  'search-next': (state) => only(searchAgain(state)),
  filter: (state) => only(openPrompt(state, 'filter')),
  'toggle-tree': toggleTree,
  fold: (state) => only(fold(state, true)),
  unfold: (state) => only(fold(state, false)),
  'fold-all': (state) => only(foldAll(state)),
  'toggle-kinds': (state) => {
    const allKinds = !state.allKinds;
    return saving(withInfo(withRows({ ...state, allKinds }), `sandboxes ${allKinds ? 'shown' : 'hidden'}`));
  },
  runtimes: (state) => only(openRuntimes(state)),
  columns: (state) => only(openColumns(state)),
  pane: (state) => saving(togglePane(state)),
  theme: (state) => only(openTheme(state)),
  follow: (state) => only(toggleFollow(state)),
  actions: (state) => only(openActions(state)),
  limits: (state) => chooseOf(state, ['limits']),
  freeze: (state) => chooseOf(state, ['freeze', 'thaw']),
  sort: (state) => only(openSort(state)),
  'sort-next': (state) => sortByNeighbour(state, 1),
  'sort-previous': (state) => sortByNeighbour(state, -1),
  'sort-reverse': (state) => {
    const { column, reversed } = settingsOf(state).ordering;
    return sortBy(state, column, !reversed);
  },
  'sort-cpu': (state) => sortBy(state, 'cpu', false),
  'sort-memory': (state) => sortBy(state, 'mem', false),
  'sort-name': (state) => sortBy(state, nameColumn(state), false),
  'sort-trouble': (state) => sortBy(state, 'why', false),
  pause: (state) => {
    const paused = !state.paused;
    return { state: { ...state, paused }, effects: [{ kind: 'paused', paused }] };
  },
  'interval-longer': (state) => changeInterval(state, nextLonger(state.intervalMs)),
  'interval-shorter': (state) => changeInterval(state, nextShorter(state.intervalMs)),
  refresh: (state) => ({ state, effects: [{ kind: 'refresh' }] }),
  help: (state) =>
    only(state.isHelp ? back(state) : { ...state, isHelp: true, scroll: 0, foundLine: undefined }),
  redraw: (state) => ({ state, effects: [{ kind: 'redraw' }] }),
  stop: (state) => ({ state, effects: [{ kind: 'stop' }] }),
  leave: (state) => (hasBack(state) ? only(back(state)) : { state, effects: [{ kind: 'quit' }] }),
  quit: (state) => ({ state, effects: [{ kind: 'quit' }] }),
};

function pageOf(state: DashboardState): number {
  return layoutOf(state, screenOf(state)).bodyRows;
}

/** By rows in the list, by lines on the other screens. */
export function moveBy(state: DashboardState, distance: number): DashboardState {
  if (screenOf(state) !== 'list') {
    const end = Math.max(0, pageLength(state) - pageOf(state));
    return { ...state, scroll: Math.min(end, Math.max(0, state.scroll + distance)) };
  }
  const last = state.rows.length - 1;
  // A list that is still being taken keeps what was selected in it.
  if (last < 0) return state;
  const index = Math.min(last, Math.max(0, selectedIndex(state) + distance));
  return withTop({ ...state, selectedKey: state.rows[index]?.key });
}

function togglePane(state: DashboardState): DashboardState {
  const next = withTop({ ...state, showsPane: !state.showsPane });
  if (!next.showsPane) return withInfo(next, 'no details below the list');
  const { columns, rows } = PANE_FROM;
  return withInfo(
    next,
    hasRoomForPane(next.size)
      ? 'details below the list'
      : `details below the list, from ${columns}x${rows} on; Enter opens them here`,
  );
}

function toggleFollow(state: DashboardState): DashboardState {
  if (state.follows !== undefined)
    return withInfo({ ...state, follows: undefined }, `no longer following ${state.follows}`);
  const container = selectedContainer(state);
  if (container === undefined) return withInfo(state, 'no container is selected');
  return withInfo(
    { ...state, follows: container.name },
    `following ${container.name}, also when it is made anew`,
  );
}

/** The one that says what a row is: tree lines stand in it too. */
function nameColumn(state: DashboardState): string {
  const view = viewOf(state);
  return view.kind === 'table' ? view.treeIn : 'name';
}

function sortByNeighbour(state: DashboardState, step: 1 | -1): Step {
  const view = viewOf(state);
  if (view.kind !== 'table') return only(state);
  const shown = shownColumns(view, settingsOf(state), state.size.columns).map(({ column }) => column.id);
  const index = shown.indexOf(settingsOf(state).ordering.column);
  const next =
    shown[index === -1 && step === -1 ? shown.length - 1 : (index + step + shown.length) % shown.length];
  return next === undefined ? only(state) : sortBy(state, next, false);
}

function searchAgain(state: DashboardState): DashboardState {
  if (state.lastSearch === '') return withInfo(state, 'no search yet: / starts one');
  return searchFrom(state, state.lastSearch, 'after');
}

const INTERVALS_MS = [250, 500, 1000, 2000, 3000, 5000, 10_000, 30_000, 60_000];

function nextLonger(intervalMs: number): number {
  return INTERVALS_MS.find((each) => each > intervalMs) ?? intervalMs;
}

function nextShorter(intervalMs: number): number {
  return INTERVALS_MS.findLast((each) => each < intervalMs) ?? intervalMs;
}

function changeInterval(state: DashboardState, intervalMs: number): Step {
  const remembered = { ...state.remembered, intervalMs };
  const next = withInfo({ ...state, intervalMs, remembered }, `a sample every ${formatInterval(intervalMs)}`);
  return intervalMs === state.intervalMs ? only(next) : saving(next, { kind: 'interval', intervalMs });
}
