/**
 * The one table of keys: it binds them, fills the help screen and the key bar. htop's keys and vi's, side by side. Data.
 */
import type { FormContents } from './actions.ts';
import type { ScreenName } from './state.ts';

export type Command = (typeof COMMANDS)[number];

export const COMMANDS = [
  'up',
  'down',
  'page-up',
  'page-down',
  'first',
  'last',
  'open',
  'back',
  'tab-1',
  'tab-2',
  'tab-3',
  'tab-4',
  'tab-5',
  'tab-6',
  'tab-7',
  'tab-8',
  'tab-next',
  'tab-previous',
  'container',
  'search',
  'search-next',
  'filter',
  'toggle-tree',
  'fold',
  'unfold',
  'fold-all',
  'toggle-kinds',
  'runtimes',
  'columns',
  'pane',
  'theme',
  'follow',
  'actions',
  'limits',
  'freeze',
  'sort',
  'sort-next',
  'sort-previous',
  'sort-reverse',
  'sort-cpu',
  'sort-memory',
  'sort-name',
  'sort-trouble',
  'pause',
  'interval-longer',
  'interval-shorter',
  'refresh',
  'help',
  'redraw',
  'stop',
  'leave',
  'quit',
] as const;

export const GROUPS = ['Move', 'Views', 'Find', 'Table', 'Sort', 'Container', 'Sampling', 'Program'] as const;

export interface KeyBinding {
  readonly keys: readonly string[];
  readonly command: Command;
  readonly does: string;
  readonly group: (typeof GROUPS)[number];
  /** Screens it works on; every screen when left out. */
  readonly on?: readonly ScreenName[];
  /** Its word in the key bar; the first key stands before it. The lowest rank stays longest on a narrow screen. */
  readonly bar?: { readonly word: string; readonly rank: number; readonly key?: string };
}

const LIST: readonly ScreenName[] = ['list'];
const LIST_AND_PAGE: readonly ScreenName[] = ['list', 'page'];

export const KEY_TABLE: readonly KeyBinding[] = [
  { keys: ['up', 'k'], command: 'up', does: 'one row up', group: 'Move' },
  { keys: ['down', 'j'], command: 'down', does: 'one row down', group: 'Move' },
  { keys: ['pageup', 'C-b'], command: 'page-up', does: 'one screen up', group: 'Move' },
  { keys: ['pagedown', 'C-f'], command: 'page-down', does: 'one screen down', group: 'Move' },
  { keys: ['home', 'g'], command: 'first', does: 'first row', group: 'Move' },
  { keys: ['end', 'G'], command: 'last', does: 'last row', group: 'Move' },
  {
    keys: ['f1', '?'],
    command: 'help',
    does: 'this page',
    group: 'Program',
    bar: { word: 'Help', rank: 0 },
  },
  {
    keys: ['enter', 'right', 'l'],
    command: 'open',
    does: 'open the selected row: a container with tabs of its own, else all about it',
    group: 'Views',
    on: LIST,
    bar: { word: 'Open', rank: 1 },
  },
  {
    keys: ['escape', 'left', 'h', 'backspace'],
    command: 'back',
    does: 'one step back',
    group: 'Views',
    bar: { word: 'Back', rank: 8 },
  },
  { keys: ['1'], command: 'tab-1', does: 'containers; inside one, its own page', group: 'Views' },
  { keys: ['2'], command: 'tab-2', does: 'processes', group: 'Views' },
  { keys: ['3'], command: 'tab-3', does: 'namespaces by parent; again: by owner', group: 'Views' },
  { keys: ['4'], command: 'tab-4', does: 'cgroups', group: 'Views' },
  { keys: ['5'], command: 'tab-5', does: 'mounts', group: 'Views' },
  { keys: ['6'], command: 'tab-6', does: 'network interfaces; again: sockets', group: 'Views' },
  { keys: ['7'], command: 'tab-7', does: 'security', group: 'Views' },
  { keys: ['8'], command: 'tab-8', does: 'the host', group: 'Views' },
  { keys: ['tab'], command: 'tab-next', does: 'next tab', group: 'Views' },
  { keys: ['S-tab'], command: 'tab-previous', does: 'previous tab', group: 'Views' },
  {
    keys: ['c'],
    command: 'container',
    does: 'open the container that the selected row is of',
    group: 'Views',
    on: LIST_AND_PAGE,
  },
  {
    keys: ['f3', '/'],
    command: 'search',
    does: 'search; F3, Down, Up go from match to match',
    group: 'Find',
    bar: { word: 'Search', rank: 3 },
  },
  { keys: ['n'], command: 'search-next', does: 'next match of the last search', group: 'Find' },
  {
    keys: ['f4', '\\'],
    command: 'filter',
    does: 'show only what matches an expression, as in ps --filter',
    group: 'Find',
    on: LIST,
    bar: { word: 'Filter', rank: 4 },
  },
  {
    keys: ['F'],
    command: 'follow',
    does: 'follow the selected container, also when it is made anew; again: no longer',
    group: 'Find',
    on: LIST_AND_PAGE,
  },
  {
    keys: ['f5', 't'],
    command: 'toggle-tree',
    does: 'tree or flat list',
    group: 'Table',
    on: LIST,
    bar: { word: 'Tree', rank: 5 },
  },
  { keys: ['-'], command: 'fold', does: 'hide what is below the selected row', group: 'Table', on: LIST },
  { keys: ['+', '='], command: 'unfold', does: 'show it again', group: 'Table', on: LIST },
  {
    keys: ['*'],
    command: 'fold-all',
    does: 'hide what is below every row, or show all',
    group: 'Table',
    on: LIST,
  },
  {
    keys: ['f2', 'C'],
    command: 'columns',
    does: 'choose and order columns',
    group: 'Table',
    on: LIST,
    bar: { word: 'Columns', rank: 9 },
  },
  {
    keys: ['A'],
    command: 'toggle-kinds',
    does: 'show sandboxes too, or hide them',
    group: 'Table',
    on: LIST,
  },
  {
    keys: ['H'],
    command: 'runtimes',
    does: 'hide containers of a runtime, or show them',
    group: 'Table',
    on: LIST,
  },
  {
    keys: ['d'],
    command: 'pane',
    does: 'details of the selected container below the list, or not',
    group: 'Table',
    on: LIST,
  },
  {
    keys: ['f6'],
    command: 'sort',
    does: 'choose the column to sort by',
    group: 'Sort',
    on: LIST,
    bar: { word: 'Sort', rank: 2 },
  },
  { keys: ['>'], command: 'sort-next', does: 'by the next column', group: 'Sort', on: LIST },
  { keys: ['<'], command: 'sort-previous', does: 'by the previous column', group: 'Sort', on: LIST },
  { keys: ['I', 'R'], command: 'sort-reverse', does: 'the other way round', group: 'Sort', on: LIST },
  { keys: ['P'], command: 'sort-cpu', does: 'by CPU', group: 'Sort', on: LIST },
  { keys: ['M'], command: 'sort-memory', does: 'by memory', group: 'Sort', on: LIST },
  { keys: ['N'], command: 'sort-name', does: 'by name', group: 'Sort', on: LIST },
  { keys: ['W'], command: 'sort-trouble', does: 'by trouble', group: 'Sort', on: LIST },
  {
    keys: ['f7'],
    command: 'limits',
    does: 'limits of the selected container: what is set, what holds, and new ones',
    group: 'Container',
    on: LIST_AND_PAGE,
    bar: { word: 'Limits', rank: 9 },
  },
  {
    keys: ['f8'],
    command: 'freeze',
    does: 'freeze the selected container, or thaw it',
    group: 'Container',
    on: LIST_AND_PAGE,
    bar: { word: 'Freeze', rank: 10 },
  },
  {
    keys: ['f9', 'm'],
    command: 'actions',
    does: 'what can be done with the selected container',
    group: 'Container',
    on: LIST_AND_PAGE,
    bar: { word: 'Menu', rank: 7 },
  },
  {
    keys: ['space', 'Z'],
    command: 'pause',
    does: 'pause sampling, or go on',
    group: 'Sampling',
    on: LIST_AND_PAGE,
    bar: { word: 'Pause', rank: 6 },
  },
  { keys: [']'], command: 'interval-longer', does: 'sample less often', group: 'Sampling' },
  { keys: ['['], command: 'interval-shorter', does: 'sample more often', group: 'Sampling' },
  { keys: ['r'], command: 'refresh', does: 'sample now', group: 'Sampling' },
  { keys: ['T'], command: 'theme', does: 'choose colours', group: 'Program' },
  { keys: ['C-l'], command: 'redraw', does: 'draw the whole screen again', group: 'Program' },
  { keys: ['C-z'], command: 'stop', does: 'stop and go back to the shell; fg comes back', group: 'Program' },
  {
    keys: ['q'],
    command: 'leave',
    does: 'one step back; from where there is none: quit',
    group: 'Program',
    bar: { word: 'Quit', rank: 0 },
  },
  { keys: ['f10', 'C-c'], command: 'quit', does: 'quit, from any screen', group: 'Program' },
];

/** In a form every other key is typed into it, or moves in it. */
export const FORM_KEYS: readonly FormKey[] = [
  { name: 'enter', word: 'Look', does: 'say what would be written, and ask', has: () => true },
  { name: 'escape', word: 'Leave', does: 'leave it, nothing is changed', has: () => true },
  {
    name: 'f2',
    word: 'Fill in',
    does: 'fill in a preset, or what another container has',
    has: ({ presets, copies }) => copies || presets.length > 0,
  },
  {
    name: 'f5',
    word: 'Undo',
    does: 'take back the last change of limits',
    has: ({ undo }) => undo !== undefined,
  },
  { name: 'tab', word: 'Next', does: 'next line; after the last the first', has: () => true },
];

export interface FormKey {
  readonly name: string;
  readonly word: string;
  readonly does: string;
  has(contents: FormContents): boolean;
}

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
  tab: 'Tab',
  'S-tab': 'Shift-Tab',
  backspace: 'Backspace',
};

/** A key as it is printed on keyboards: `PgUp`, `F5`, `Ctrl-C`. */
export function keyLabel(key: string): string {
  if (/^f\d+$/.test(key)) return key.toUpperCase();
  if (key.startsWith('C-')) return `Ctrl-${key.slice(2).toUpperCase()}`;
  return KEY_NAMES[key] ?? key;
}
