/** From view to view: tabs, into a container, into the facts of a row, and back. Pure. */
import { withInfo } from './message.ts';
import { withRows } from './rows.ts';
import {
  type DashboardState,
  type Place,
  selectedLine,
  settingsOf,
  tabOf,
  viewOf,
  withSettings,
} from './state.ts';

/** To the tab at `index`; again to the one that is open: its next view. */
export function toTab(state: DashboardState, index: number): DashboardState {
  if (state.tabs[index] === undefined) return state;
  const isSame = index === state.tab;
  // From the help, or from the facts of a row, its own tab is a way back, not a way on.
  const isOpen = isSame && state.facts === undefined && !state.isHelp;
  const tab = tabOf(state);
  const views = state.scope === undefined ? tab.host : tab.container;
  if (isOpen && views.length === 1) return state;
  const variant = isOpen ? (state.variant + 1) % views.length : isSame ? state.variant : 0;
  return arrived({ ...leaving(state), tab: index, variant });
}

/** What Enter does: a container's own page, or all that is known of the row. */
export function open(state: DashboardState): DashboardState {
  const view = viewOf(state);
  const line = selectedLine(state);
  if (view.kind !== 'table' || line === undefined) return withInfo(state, 'nothing is selected');
  if (view.opens === 'container') return toContainer(state, line.container);
  return { ...state, facts: { line, endedAtMs: undefined }, scroll: 0, foundLine: undefined };
}

/** To the page of the container that the selected row is of. */
export function toContainerOfRow(state: DashboardState): DashboardState {
  const { facts, scope } = state;
  const line = facts?.line ?? selectedLine(state);
  if (scope === undefined && line === undefined) return withInfo(state, 'no row is selected');
  const key = line?.container ?? scope?.container.key;
  if (key === undefined || key !== scope?.container.key) return toContainer(state, key);
  // Already inside it: its page is a tab, not a step deeper.
  return viewOf(state).id === 'container' ? withInfo(state, 'this is its page') : toTab(state, 0);
}

function toContainer(state: DashboardState, key: string | undefined): DashboardState {
  const container = state.frame?.model.containers.find((each) => each.key === key);
  if (container === undefined)
    return withInfo(state, key === undefined ? 'it is in no container' : 'its container has ended');
  const tab = viewOf(state).id === 'security' ? state.tab : 0;
  return arrived({
    ...leaving(state),
    back: [...state.back, placeOf(state)],
    scope: { container, endedAtMs: undefined },
    tab,
    variant: 0,
  });
}

/** One step back: from the help, the facts, the container; then out of a filter, and at last to the first tab. */
export function back(state: DashboardState): DashboardState {
  if (state.isHelp) return { ...state, isHelp: false, scroll: 0, foundLine: undefined };
  if (state.facts !== undefined) return { ...state, facts: undefined, scroll: 0, foundLine: undefined };
  const place = state.back.at(-1);
  if (place === undefined && settingsOf(state).filter !== '')
    return withInfo(withRows(withSettings(state, { filter: '' })), 'no filter any more');
  if (place === undefined) return state.tab === 0 ? state : toTab(state, 0);
  return withRows({ ...leaving(state), ...place, back: state.back.slice(0, -1), rows: [] });
}

/** Is there something to go back from? Another tab of the host is not. */
export function hasBack(state: DashboardState): boolean {
  return state.isHelp || state.facts !== undefined || state.back.length > 0;
}

function placeOf({ tab, variant, scope, selectedKey, top }: DashboardState): Place {
  return { tab, variant, scope, selectedKey, top };
}

/** Remembers what is selected here, and closes what stands over it. */
function leaving(state: DashboardState): DashboardState {
  const { selectedKey, top } = state;
  return {
    ...state,
    left: new Map(state.left).set(whereabouts(state), { selectedKey, top }),
    facts: undefined,
    isHelp: false,
    scroll: 0,
    foundLine: undefined,
    menu: undefined,
  };
}

function arrived(state: DashboardState): DashboardState {
  const before = state.left.get(whereabouts(state)) ?? { selectedKey: undefined, top: 0 };
  return withRows({ ...state, ...before, rows: [] });
}

function whereabouts(state: DashboardState): string {
  return `${viewOf(state).id} ${state.scope?.container.key ?? ''}`;
}
