/** The line of tabs: where you are, and where the number keys lead. */
import { displayWidth } from '../../src/model/width.ts';
import { type Block, type Cell, line } from '../blocks.ts';
import type { Glyphs } from '../glyphs.ts';
import { type DashboardState, tabOf, viewOf } from '../state.ts';

export function tabLine(state: DashboardState, glyphs: Glyphs): Block {
  const within = state.scope === undefined ? [] : scopeCells(state.scope.container.name, glyphs);
  const room = state.size.columns - widthOf(within);
  const long = cells(state, ({ title }) => title);
  return line(...within, ...(widthOf(long) <= room ? long : cells(state, ({ short }) => short)));
}

function scopeCells(name: string, glyphs: Glyphs): Cell[] {
  // A long name must leave the tabs their room.
  const width = Math.min(24, displayWidth(name));
  return [{ text: ' ' }, { text: name, width, tone: 'strong' }, { text: ` ${glyphs.into}`, tone: 'faint' }];
}

function cells(state: DashboardState, word: (tab: DashboardState['tabs'][0]) => string): Cell[] {
  return state.tabs.flatMap((tab, index): Cell[] => {
    const isOpen = tab === tabOf(state);
    const click = { kind: 'tab', tab: index } as const;
    // The page of a container stands where the list of containers does.
    const title = tab.number === 1 && state.scope !== undefined ? 'Page' : word(tab);
    const views = state.scope === undefined ? tab.host : tab.container;
    const shown = isOpen && views.length > 1 ? variantTitle(state, title) : title;
    return [
      { text: ' ' },
      { text: String(tab.number), tone: isOpen ? 'tab' : 'faint', click },
      { text: shown, tone: isOpen ? 'tab' : 'plain', click },
    ];
  });
}

/** Of a tab with more than one view: which of them it is. */
function variantTitle(state: DashboardState, title: string): string {
  return state.variant === 0 ? title : viewOf(state).title;
}

function widthOf(all: readonly Cell[]): number {
  return all.reduce((sum, { text, width }) => sum + (width ?? displayWidth(text)), 0);
}
