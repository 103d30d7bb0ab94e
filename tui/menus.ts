/** Menus: what is in each, what keys do in them, and what choosing does. Pure. */
import { answer, chooseAction } from './action-menu.ts';
import { chooseFilling, fillingsKey } from './forms.ts';
import type { Key } from './key.ts';
import type { Menu, MenuItem } from './menu.ts';
import { withInfo } from './message.ts';
import { withMenu } from './opened-menu.ts';
import { withRows } from './rows.ts';
import { shownColumns } from './shown-columns.ts';
import { sortBy } from './sorting.ts';
import { type DashboardState, settingsOf, viewOf, withSettings } from './state.ts';
import { only, type Step, saving } from './step.ts';
import { THEME_NAMES, THEMES } from './terminal/themes.ts';
import type { TableView } from './views/view.ts';

const CHOOSE = 'Enter chooses  Esc leaves';
const SWITCH = 'Space switches  Enter or Esc leaves';

export function openSort(state: DashboardState): DashboardState {
  const view = viewOf(state);
  if (view.kind !== 'table') return state;
  const { column } = settingsOf(state).ordering;
  const items = inOrder(view, state).map(({ id, title, description }) => ({
    id,
    label: title,
    detail: description,
  }));
  return withMenu(state, {
    kind: 'sort',
    title: `Sort ${view.noun[1]} by`,
    items,
    hint: `${CHOOSE}  I turns round`,
    index: items.findIndex(({ id }) => id === column),
  });
}

/** @param id of the column to stand on; the first when left out */
export function openColumns(state: DashboardState, id?: string): DashboardState {
  const view = viewOf(state);
  if (view.kind !== 'table') return withInfo(state, 'this screen has no columns');
  const shown = shownIds(view, state);
  const items = inOrder(view, state).map((column) => ({
    id: column.id,
    label: column.title,
    detail: column.description,
    isOn: shown.includes(column.id),
  }));
  return withMenu(state, {
    kind: 'columns',
    title: `Columns of ${view.noun[1]}`,
    items,
    hint: 'Space switches  < > move  Del as it was  Esc leaves',
    index: items.findIndex((item) => item.id === id),
  });
}

export function openRuntimes(state: DashboardState, index = 0): DashboardState {
  const counts = new Map<string, number>([...state.hiddenRuntimes].map((runtime) => [runtime, 0]));
  for (const { runtime } of state.frame?.model.containers ?? [])
    counts.set(runtime, (counts.get(runtime) ?? 0) + 1);
  const items = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([runtime, count]) => ({
      id: runtime,
      label: runtime,
      detail: `${count} ${count === 1 ? 'container' : 'containers'}`,
      isOn: !state.hiddenRuntimes.has(runtime),
    }));
  if (items.length === 0) return withInfo(state, 'no runtimes yet');
  return withMenu(state, { kind: 'runtimes', title: 'Show containers of', items, hint: SWITCH, index });
}

export function openTheme(state: DashboardState): DashboardState {
  const items = THEME_NAMES.map((id) => ({ id, label: id, detail: THEMES[id].description }));
  const index = items.findIndex(({ id }) => id === state.theme);
  return withMenu(state, { kind: 'theme', title: 'Colours', items, hint: CHOOSE, index });
}

/** Shown columns first, as they stand on the screen. */
function inOrder(view: TableView, state: DashboardState) {
  const shown = shownIds(view, state);
  const place = (id: string) => (shown.includes(id) ? shown.indexOf(id) : shown.length);
  return [...view.columns].sort((a, b) => place(a.id) - place(b.id));
}

function shownIds(view: TableView, state: DashboardState): string[] {
  const { columns } = settingsOf(state);
  return columns === undefined
    ? shownColumns(view, { columns }, state.size.columns).map(({ column }) => column.id)
    : [...columns];
}

export function menuKey(state: DashboardState, menu: Menu, key: Key): Step {
  const found = menu.kind === 'fillings' ? fillingsKey(state, menu, key) : undefined;
  if (found !== undefined) return only(found);
  switch (key.name) {
    case 'up':
    case 'k':
    case 'C-p':
      return only(moved(state, menu, -1));
    case 'down':
    case 'j':
    case 'C-n':
      return only(moved(state, menu, 1));
    case 'pageup':
      return only(moved(state, menu, -10));
    case 'pagedown':
      return only(moved(state, menu, 10));
    case 'home':
    case 'g':
      return only(moved(state, menu, Number.NEGATIVE_INFINITY));
    case 'end':
    case 'G':
      return only(moved(state, menu, Number.POSITIVE_INFINITY));
    case 'escape':
    case 'q':
    case 'left':
      return only(left(state, menu));
  }
  return key.name === 'enter' ? chooseIn(state, menu) : otherKey(state, menu, key);
}

function left(state: DashboardState, { kind, parent }: Menu): DashboardState {
  const closed = { ...state, menu: parent };
  return kind === 'question' ? withInfo(closed, 'nothing is changed') : closed;
}

function moved(state: DashboardState, menu: Menu, distance: number): DashboardState {
  const index = Math.min(menu.items.length - 1, Math.max(0, menu.index + distance));
  return { ...state, menu: { ...menu, index } };
}

/** Enter, or a press of the mouse on the item at `index`. */
export function chooseIn(state: DashboardState, menu: Menu, index = menu.index): Step {
  const item = menu.items[index];
  const closed = { ...state, menu: undefined };
  if (item === undefined) return only(menu.kind === 'fillings' ? state : closed);
  switch (menu.kind) {
    case 'sort':
      return sortBy(closed, item.id, isSortedBy(closed, item.id) && settingsOf(closed).ordering.reversed);
    case 'theme': {
      const theme = THEME_NAMES[index] ?? 'dark';
      return saving(
        { ...closed, theme, remembered: { ...closed.remembered, theme } },
        { kind: 'theme', theme },
      );
    }
    case 'columns':
    case 'runtimes':
      return saving(closed);
    case 'actions':
      return chooseAction(closed, menu, item.id);
    case 'question':
      return answer(closed, menu, item.id);
    case 'fillings':
      return chooseFilling(closed, menu, item.id);
    case 'entries':
      return only(state);
  }
}

function otherKey(state: DashboardState, menu: Menu, { name }: Key): Step {
  const item = menu.items[menu.index];
  if (item === undefined) return only(state);
  if (menu.kind === 'question') {
    const chosen = menu.items.findIndex(({ id }) => id === name);
    return chosen === -1 ? only(state) : chooseIn(state, menu, chosen);
  }
  if (menu.kind === 'runtimes' && name === 'space') {
    const hidden = new Set(state.hiddenRuntimes);
    if (!hidden.delete(item.id)) hidden.add(item.id);
    return saving(openRuntimes(withRows({ ...state, hiddenRuntimes: hidden }), menu.index));
  }
  if (menu.kind === 'sort' && (name === 'I' || name === 'R')) {
    const { reversed } = settingsOf(state).ordering;
    return sortBy(state, item.id, isSortedBy(state, item.id) ? !reversed : true);
  }
  return menu.kind === 'columns' ? columnKey(state, item, name) : only(state);
}

function isSortedBy(state: DashboardState, column: string): boolean {
  return settingsOf(state).ordering.column === column;
}

function columnKey(state: DashboardState, { id }: MenuItem, name: string): Step {
  const view = viewOf(state);
  if (view.kind !== 'table') return only(state);
  const shown = shownIds(view, state);
  const at = shown.indexOf(id);
  // The same key again undoes it: whatever moves, the same column stays selected.
  const chosen = (columns: readonly string[] | undefined) =>
    saving(openColumns(withRows(withSettings(state, { columns })), id));
  switch (name) {
    case 'space':
      if (at === -1) return chosen([...shown, id]);
      // A table without any column would show nothing to bring them back by.
      return shown.length === 1
        ? only(withInfo(state, 'one column stays'))
        : chosen(shown.filter((each) => each !== id));
    case '<':
    case '>': {
      const to = at + (name === '<' ? -1 : 1);
      if (at === -1 || shown[to] === undefined) return only(state);
      const order = shown.filter((each) => each !== id);
      order.splice(to, 0, id);
      return chosen(order);
    }
    case 'delete':
      return chosen(undefined);
    default:
      return only(state);
  }
}
