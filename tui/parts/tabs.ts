/** The line of tabs: where you are, and where the number keys lead. */
import { displayWidth } from '../../src/model/width.ts';
import { type Block, type Cell, line } from '../blocks.ts';
import type { Glyphs } from '../glyphs.ts';
import { type DashboardState, tabOf, viewOf } from '../state.ts';
import type { Tab, View } from '../views/view.ts';

export function tabLine(state: DashboardState, glyphs: Glyphs): Block {
  const short = cells(state, SHORT);
  const within = scopeCells(state, state.size.columns - widthOf(short), glyphs);
  const room = state.size.columns - widthOf(within);
  const long = cells(state, LONG);
  return line(...within, ...(widthOf(long) <= room ? long : short));
}

interface Words {
  tab(tab: Tab): string;
  view(view: View): string;
}
const LONG: Words = { tab: ({ title }) => title, view: ({ title }) => title };
const SHORT: Words = { tab: ({ short }) => short, view: ({ title, short }) => short ?? title };

/** Blanks and the sign around the name. */
const NAME_MARGIN = 3;
const LONGEST_NAME = 24;
const SHORTEST_NAME = 6;

/** A long name must leave the tabs their room. */
function scopeCells({ scope }: DashboardState, room: number, glyphs: Glyphs): Cell[] {
  if (scope === undefined) return [];
  const { name } = scope.container;
  const most = Math.max(SHORTEST_NAME, Math.min(LONGEST_NAME, room - NAME_MARGIN));
  const width = Math.min(most, displayWidth(name));
  return [{ text: ' ' }, { text: name, width, tone: 'strong' }, { text: ` ${glyphs.into}`, tone: 'faint' }];
}

function cells(state: DashboardState, words: Words): Cell[] {
  return state.tabs.flatMap((tab, index): Cell[] => {
    const isOpen = tab === tabOf(state);
    const click = { kind: 'tab', tab: index } as const;
    // The page of a container stands where the list of containers does.
    const title = tab.number === 1 && state.scope !== undefined ? 'Page' : words.tab(tab);
    const views = state.scope === undefined ? tab.host : tab.container;
    const shown = isOpen && views.length > 1 ? variantTitle(state, title, words) : title;
    return [
      { text: ' ' },
      { text: String(tab.number), tone: isOpen ? 'tab' : 'faint', click },
      { text: shown, tone: isOpen ? 'tab' : 'plain', click },
    ];
  });
}

/** Of a tab with more than one view: which of them it is. */
function variantTitle(state: DashboardState, title: string, words: Words): string {
  return state.variant === 0 ? title : words.view(viewOf(state));
}

function widthOf(all: readonly Cell[]): number {
  return all.reduce((sum, { text, width }) => sum + (width ?? displayWidth(text)), 0);
}
