/** How the pages of a container and of the host are laid out: charts over the whole width, facts in sections. Pure. */
import { type Block, beside, EMPTY_LINE, heading } from '../blocks.ts';
import type { History } from '../history.ts';
import { type Panel, panelGrid, reachOf } from './chart-panel.ts';
import type { Showing } from './showing.ts';

/** Columns that a chart needs, and the rows it has with its title: all of a container's fit on 80x24, two beside each other. */
const NARROWEST_CHART = 38;
const CHART_ROWS = 6;
const CHART_ROWS_WIDE = 8;
/** From this width on facts stand in two columns, and charts are few in a column. */
const WIDE_FROM = 100;

export function pageCharts(
  panels: readonly Panel[],
  history: History,
  showing: Showing,
  width: number,
): Block[] {
  const most = Math.max(1, Math.floor(width / NARROWEST_CHART));
  const rows = width < WIDE_FROM ? CHART_ROWS : CHART_ROWS_WIDE;
  const across = Math.ceil(panels.length / Math.ceil(panels.length / most));
  return panelGrid(panels, { width, across, rows }, reachOf(history.times()), showing);
}

/** Beside each other where there is room, else the first above the second. */
export function inColumns(left: readonly Block[], right: readonly Block[], width: number): Block[] {
  if (width < WIDE_FROM) return [...left, EMPTY_LINE, ...right];
  const half = Math.floor(width / 2);
  return [
    beside(
      { width: half - 1, blocks: left },
      { width: 1, blocks: [] },
      { width: width - half, blocks: right },
    ),
  ];
}

/** Nothing without facts. */
export function section(title: string, facts: readonly Block[]): Block[] {
  return facts.length === 0 ? [] : [heading(title), ...facts];
}
