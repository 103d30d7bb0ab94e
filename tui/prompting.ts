/** Search and filter while they are typed. Pure. */
import { FilterError } from '../src/model/filter.ts';
import type { Key } from './key.ts';
import { withError, withInfo } from './message.ts';
import { edit } from './prompt.ts';
import { selectedIndex, withRows, withTop } from './rows.ts';
import { type DashboardState, type Prompt, settingsOf, viewOf, withSettings } from './state.ts';

export function openPrompt(state: DashboardState, kind: Prompt['kind']): DashboardState {
  const text = kind === 'filter' ? settingsOf(state).filter : '';
  return { ...state, prompt: { kind, text, cursor: text.length, originKey: state.selectedKey } };
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
  return prompt.kind === 'search' ? select(closed, prompt.originKey) : closed;
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
  const origin = select(state, prompt.originKey);
  return prompt.text === '' ? origin : searchFrom(origin, prompt.text, 'here');
}

/** Selects the next row that holds `text` where searches look, in either case, going round at the end of the list. */
export function searchFrom(
  state: DashboardState,
  text: string,
  from: 'here' | 'after' | 'before',
): DashboardState {
  const wanted = text.toLowerCase();
  const { length } = state.rows;
  const start = selectedIndex(state) + { here: 0, after: 1, before: -1 }[from];
  const step = from === 'before' ? -1 : 1;
  for (let i = 0; i < length; i += 1) {
    const row = state.rows[(start + i * step + 2 * length) % length];
    if (row?.searched.toLowerCase().includes(wanted)) return select(state, row.key);
  }
  return withInfo(state, `nothing found: ${text}`);
}

function select(state: DashboardState, key: string | undefined): DashboardState {
  const listed = state.rows.some((row) => row.key === key);
  return listed ? withTop({ ...state, selectedKey: key }) : state;
}
