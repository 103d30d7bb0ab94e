/** Search and filter while they are typed. Pure. */
import { FilterError } from '../src/model/filter.ts';
import type { Key } from './key.ts';
import { layoutOf } from './layout.ts';
import { withError, withInfo } from './message.ts';
import { edit } from './prompt.ts';
import { pageTexts } from './render.ts';
import { selectedIndex, withRows, withTop } from './rows.ts';
import { type DashboardState, type Prompt, screenOf, settingsOf, viewOf, withSettings } from './state.ts';

export function openPrompt(state: DashboardState, kind: Prompt['kind']): DashboardState {
  const text = kind === 'filter' ? settingsOf(state).filter : '';
  const { selectedKey: originKey, scroll, foundLine } = state;
  return {
    ...state,
    prompt: { kind, text, cursor: text.length, originKey, originLine: { scroll, foundLine } },
  };
}

export function promptKey(state: DashboardState, prompt: Prompt, key: Key): DashboardState {
  switch (key.name) {
    case 'escape':
    case 'C-g':
      return cancel(state, prompt);
    case 'enter':
      return prompt.kind === 'filter' ? applyFilter(state, prompt.text) : endSearch(state, prompt);
  }
  if (prompt.kind === 'search' && (key.name === 'down' || key.name === 'f3')) {
    return searchFrom(state, prompt.text, 'after');
  }
  if (prompt.kind === 'search' && key.name === 'up') return searchFrom(state, prompt.text, 'before');
  const edited = edit(prompt, key);
  if (edited === undefined) return state;
  const next = { ...state, prompt: edited };
  return prompt.kind === 'search' && edited.text !== prompt.text ? searchAsTyped(next, edited) : next;
}

function cancel(state: DashboardState, prompt: Prompt): DashboardState {
  const closed = { ...state, prompt: undefined };
  return prompt.kind === 'search' ? toOrigin(closed, prompt) : closed;
}

function endSearch(state: DashboardState, prompt: Prompt): DashboardState {
  return { ...state, prompt: undefined, lastSearch: prompt.text || state.lastSearch };
}

/** A wrong expression leaves the filter before in force and the prompt open for correction. */
function applyFilter(state: DashboardState, text: string): DashboardState {
  const filter = text.trim();
  const view = viewOf(state);
  try {
    if (view.kind === 'table') view.checkFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) return withError(state, error.message);
    throw error;
  }
  return withRows(withSettings({ ...state, prompt: undefined }, { filter }));
}

/** While typing, the search starts over from where it was opened, so that a longer word can find an earlier row. */
function searchAsTyped(state: DashboardState, prompt: Prompt): DashboardState {
  const origin = toOrigin(state, prompt);
  return prompt.text === '' ? origin : searchFrom(origin, prompt.text, 'here');
}

function toOrigin(state: DashboardState, { originKey, originLine }: Prompt): DashboardState {
  return screenOf(state) === 'list' ? select(state, originKey) : { ...state, ...originLine };
}

/** Selects the next row that holds `text` where searches look, in either case, going round at the end of the list. */
export function searchFrom(
  state: DashboardState,
  text: string,
  from: 'here' | 'after' | 'before',
): DashboardState {
  const wanted = text.toLowerCase();
  if (screenOf(state) !== 'list') return searchPage(state, wanted, from);
  const { length } = state.rows;
  const start = selectedIndex(state) + STEPS[from];
  const step = from === 'before' ? -1 : 1;
  for (let i = 0; i < length; i += 1) {
    const row = state.rows[(start + i * step + 2 * length) % length];
    if (row?.searched.toLowerCase().includes(wanted)) return select(state, row.key);
  }
  return withInfo(state, `nothing found: ${text}`);
}

/** Of a page, the next line, which is brought to the middle of the screen. */
function searchPage(
  state: DashboardState,
  wanted: string,
  from: 'here' | 'after' | 'before',
): DashboardState {
  const lines = pageTexts(state);
  const first = state.foundLine ?? state.scroll;
  const start = state.foundLine === undefined && from === 'after' ? first : first + STEPS[from];
  const step = from === 'before' ? -1 : 1;
  for (let i = 0; i < lines.length; i += 1) {
    const at = (start + i * step + 2 * lines.length) % lines.length;
    if (lines[at]?.toLowerCase().includes(wanted)) return withLine(state, at, lines.length);
  }
  return withInfo(state, `nothing found: ${wanted}`);
}

const STEPS = { here: 0, after: 1, before: -1 } as const;

function withLine(state: DashboardState, line: number, lines: number): DashboardState {
  const { bodyRows } = layoutOf(state, screenOf(state));
  const isShown = line >= state.scroll && line < state.scroll + bodyRows;
  const middle = Math.max(0, Math.min(line - Math.floor(bodyRows / 2), lines - bodyRows));
  return { ...state, foundLine: line, scroll: isShown ? state.scroll : middle };
}

function select(state: DashboardState, key: string | undefined): DashboardState {
  const listed = state.rows.some((row) => row.key === key);
  return listed ? withTop({ ...state, selectedKey: key }) : state;
}
