/**
 * The one table of keys: it binds them, fills the help screen and the key bar. htop's keys and vi's, side by side. Data.
 */
import type { ScreenName } from './state.ts';

export type Command =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'back'
  | 'search'
  | 'search-next'
  | 'filter'
  | 'toggle-tree'
  | 'toggle-kinds'
  | 'sort-next'
  | 'sort-previous'
  | 'sort-reverse'
  | 'sort-cpu'
  | 'sort-memory'
  | 'sort-name'
  | 'pause'
  | 'interval-longer'
  | 'interval-shorter'
  | 'refresh'
  | 'help'
  | 'redraw'
  | 'stop'
  | 'quit';

export interface KeyBinding {
  readonly keys: readonly string[];
  readonly command: Command;
  readonly does: string;
  readonly group: 'Move' | 'Show' | 'Sort' | 'Sampling' | 'Program';
  /** Screens it works on; every screen when left out. */
  readonly on?: readonly ScreenName[];
  /** Its word in the key bar; the first key stands before it. The lowest rank stays longest on a narrow screen. */
  readonly bar?: { readonly word: string; readonly rank: number; readonly key?: string };
}

const LIST: readonly ScreenName[] = ['list'];
const PAGES: readonly ScreenName[] = ['detail', 'help'];

export const KEY_TABLE: readonly KeyBinding[] = [
  { keys: ['up', 'k'], command: 'up', does: 'one row up', group: 'Move' },
  { keys: ['down', 'j'], command: 'down', does: 'one row down', group: 'Move' },
  { keys: ['pageup', 'C-b'], command: 'page-up', does: 'one screen up', group: 'Move' },
  { keys: ['pagedown', 'C-f'], command: 'page-down', does: 'one screen down', group: 'Move' },
  { keys: ['home', 'g'], command: 'first', does: 'first row', group: 'Move' },
  { keys: ['end', 'G'], command: 'last', does: 'last row', group: 'Move' },
  {
    keys: ['f1', '?', 'h'],
    command: 'help',
    does: 'this page',
    group: 'Program',
    bar: { word: 'Help', rank: 0 },
  },
  {
    keys: ['escape', 'q', 'left'],
    command: 'back',
    does: 'back to the list',
    group: 'Show',
    on: PAGES,
    bar: { word: 'Back', rank: 0 },
  },
  {
    keys: ['f3', '/'],
    command: 'search',
    does: 'search a name; F3, Down, Up go from match to match',
    group: 'Show',
    on: LIST,
    bar: { word: 'Search', rank: 3 },
  },
  { keys: ['n'], command: 'search-next', does: 'next match of the last search', group: 'Show', on: LIST },
  {
    keys: ['f4', '\\'],
    command: 'filter',
    does: 'show only what matches an expression, as in ps --filter',
    group: 'Show',
    on: LIST,
    bar: { word: 'Filter', rank: 4 },
  },
  {
    keys: ['f5', 't'],
    command: 'toggle-tree',
    does: 'tree or flat list',
    group: 'Show',
    on: LIST,
    bar: { word: 'Tree', rank: 5 },
  },
  {
    keys: ['a'],
    command: 'toggle-kinds',
    does: 'show sandboxes too, or hide them',
    group: 'Show',
    on: LIST,
    bar: { word: 'All', rank: 7 },
  },
  {
    keys: ['enter', 'right'],
    command: 'open',
    does: 'everything about the selected container',
    group: 'Show',
    on: LIST,
    bar: { word: 'Open', rank: 1 },
  },
  {
    keys: ['f6', '>'],
    command: 'sort-next',
    does: 'sort by the next column',
    group: 'Sort',
    on: LIST,
    bar: { word: 'Sort', rank: 2 },
  },
  { keys: ['<'], command: 'sort-previous', does: 'sort by the previous column', group: 'Sort', on: LIST },
  { keys: ['I', 'R'], command: 'sort-reverse', does: 'the other way round', group: 'Sort', on: LIST },
  { keys: ['P'], command: 'sort-cpu', does: 'by CPU', group: 'Sort', on: LIST },
  { keys: ['M'], command: 'sort-memory', does: 'by memory', group: 'Sort', on: LIST },
  { keys: ['N'], command: 'sort-name', does: 'by name', group: 'Sort', on: LIST },
  {
    keys: ['space', 'Z'],
    command: 'pause',
    does: 'pause sampling, or go on',
    group: 'Sampling',
    on: ['list', 'detail'],
    bar: { word: 'Pause', rank: 6 },
  },
  { keys: ['+'], command: 'interval-longer', does: 'sample less often', group: 'Sampling' },
  { keys: ['-'], command: 'interval-shorter', does: 'sample more often', group: 'Sampling' },
  { keys: ['r'], command: 'refresh', does: 'sample now', group: 'Sampling' },
  { keys: ['C-l'], command: 'redraw', does: 'draw the whole screen again', group: 'Program' },
  { keys: ['C-z'], command: 'stop', does: 'stop and go back to the shell; fg comes back', group: 'Program' },
  {
    keys: ['q'],
    command: 'quit',
    does: 'quit',
    group: 'Program',
    on: LIST,
    bar: { word: 'Quit', rank: 0 },
  },
  {
    keys: ['f10', 'C-c'],
    command: 'quit',
    does: 'quit, from any screen',
    group: 'Program',
    on: ['list', 'detail', 'help'],
  },
];

export function commandFor(key: string, screen: ScreenName): Command | undefined {
  return KEY_TABLE.find((binding) => binding.keys.includes(key) && isOn(binding, screen))?.command;
}

export function isOn({ on }: KeyBinding, screen: ScreenName): boolean {
  return on === undefined || on.includes(screen);
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
};

/** A key as it is printed on keyboards: `PgUp`, `F5`, `Ctrl-C`. */
export function keyLabel(key: string): string {
  if (/^f\d+$/.test(key)) return key.toUpperCase();
  if (key.startsWith('C-')) return `Ctrl-${key.slice(2).toUpperCase()}`;
  return KEY_NAMES[key] ?? key;
}
