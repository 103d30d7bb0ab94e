/** What each command of the key table does to the state. Pure. */
import { findColumn } from '../src/model/columns.ts';
import { formatInterval } from './interval-text.ts';
import type { Command } from './keys.ts';
import { layoutOf } from './layout.ts';
import { withInfo } from './message.ts';
import { openPrompt, searchFrom } from './prompting.ts';
import { pageLength } from './render.ts';
import { selectedIndex, withRows, withTop } from './rows.ts';
import { type DashboardState, selectedContainer } from './state.ts';
import { only, type Step } from './step.ts';

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
  open: (state) => only(openDetail(state)),
  back: (state) => only({ ...state, screen: 'list', scroll: 0, detail: undefined }),
  search: (state) => only(openPrompt(state, 'search')),
  'search-next': (state) => only(searchAgain(state)),
  filter: (state) => only(openPrompt(state, 'filter')),
  'toggle-tree': (state) =>
    only(withInfo(withRows({ ...state, tree: !state.tree }), state.tree ? 'flat list' : 'tree')),
  'toggle-kinds': (state) => only(toggleKinds(state)),
  'sort-next': (state) => only(sortByNeighbour(state, 1)),
  'sort-previous': (state) => only(sortByNeighbour(state, -1)),
  'sort-reverse': (state) => only(sortBy(state, state.ordering.column, !state.ordering.reversed)),
  'sort-cpu': (state) => only(sortBy(state, 'cpu', false)),
  'sort-memory': (state) => only(sortBy(state, 'mem', false)),
  'sort-name': (state) => only(sortBy(state, 'name', false)),
  pause: (state) => {
    const paused = !state.paused;
    return { state: { ...state, paused }, effects: [{ kind: 'paused', paused }] };
  },
  'interval-longer': (state) => changeInterval(state, nextLonger(state.intervalMs)),
  'interval-shorter': (state) => changeInterval(state, nextShorter(state.intervalMs)),
  refresh: (state) => ({ state, effects: [{ kind: 'refresh' }] }),
  help: (state) => only({ ...state, screen: 'help', scroll: 0, detail: undefined }),
  redraw: (state) => ({ state, effects: [{ kind: 'redraw' }] }),
  stop: (state) => ({ state, effects: [{ kind: 'stop' }] }),
  quit: (state) => ({ state, effects: [{ kind: 'quit' }] }),
};

function pageOf(state: DashboardState): number {
  return layoutOf(state.size, state.screen).bodyRows;
}

/** By rows in the list, by lines on the other screens. */
function moveBy(state: DashboardState, distance: number): DashboardState {
  if (state.screen !== 'list') {
    const end = Math.max(0, pageLength(state) - pageOf(state));
    return { ...state, scroll: Math.min(end, Math.max(0, state.scroll + distance)) };
  }
  const last = state.rows.length - 1;
  const index = Math.min(last, Math.max(0, selectedIndex(state) + distance));
  return withTop({ ...state, selectedKey: state.rows[index]?.container.key });
}

function openDetail(state: DashboardState): DashboardState {
  const container = selectedContainer(state);
  if (container === undefined) return withInfo(state, 'nothing is selected');
  return { ...state, screen: state.view.drillTo, scroll: 0, detail: { container, endedAtMs: undefined } };
}

function toggleKinds(state: DashboardState): DashboardState {
  const allKinds = !state.allKinds;
  const kinds = state.view.hiddenKinds.map((kind) => `${kind}es`).join(', ');
  return withInfo(withRows({ ...state, allKinds }), `${kinds} ${allKinds ? 'shown' : 'hidden'}`);
}

function sortByNeighbour(state: DashboardState, step: 1 | -1): DashboardState {
  const shown = state.view.columns
    .filter(({ fromColumns = 0 }) => fromColumns <= state.size.columns)
    .map((each) => each.column);
  const index = shown.indexOf(state.ordering.column);
  const next = shown[(index + step + shown.length) % shown.length] ?? state.view.sortBy;
  return sortBy(state, next, false);
}

function sortBy(state: DashboardState, column: string, reversed: boolean): DashboardState {
  const sorted = withRows({ ...state, ordering: { column, reversed } });
  const title = findColumn(column)?.title ?? column;
  return withInfo(sorted, `sorted by ${title}${reversed ? ', reversed' : ''}`);
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
  const next = withInfo({ ...state, intervalMs }, `a sample every ${formatInterval(intervalMs)}`);
  return { state: next, effects: intervalMs === state.intervalMs ? [] : [{ kind: 'interval', intervalMs }] };
}
