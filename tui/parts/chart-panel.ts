/** A chart with its title line, and several of them side by side. Pure. */

import { formatDuration } from '../../src/model/format.ts';
import { type Block, beside, type Cell, kept, line, type Part, part } from '../blocks.ts';
import { type ChartSeries, type ChartTone, lineChart } from '../chart/chart.ts';
import { SPAN } from '../history.ts';
import type { Showing } from './showing.ts';

export interface Panel {
  /** What is drawn, and what it is now; the last go first where there is no room. */
  readonly title: readonly Part[];
  readonly series: readonly ChartSeries[];
  readonly max: number;
  format(value: number): string;
}

/** Between charts that stand side by side. */
const GAP = 2;

/** A value of the title, in the colour of its line. */
export function legend(rank: number, label: string, text: string, tone?: ChartTone): Part {
  const cell: Cell = tone === undefined ? { text } : { text, tone };
  return part(rank, { text: `${label} `, tone: 'faint' }, cell);
}

/**
 * All panels in a grid of `across` columns, each `rows` high with its title.
 * @param reach how long the charts reach back, as `reachOf` says it
 */
export function panelGrid(
  panels: readonly Panel[],
  grid: { readonly width: number; readonly across: number; readonly rows: number },
  reach: string,
  showing: Showing,
): Block[] {
  const across = Math.max(1, Math.min(grid.across, panels.length));
  const width = Math.floor(grid.width / across);
  const strips: Block[] = [];
  for (let first = 0; first < panels.length; first += across) {
    const strip = panels.slice(first, first + across);
    strips.push(
      beside(
        ...strip.map((panel) => ({
          width,
          blocks: panelBlocks(panel, { width: width - GAP, rows: grid.rows, reach }, showing),
        })),
      ),
    );
  }
  return strips;
}

interface PanelSize {
  readonly width: number;
  readonly rows: number;
  readonly reach: string;
}

function panelBlocks(panel: Panel, { width, rows, reach }: PanelSize, { braille }: Showing): Block[] {
  const { title, series, max, format } = panel;
  const spec = { series, max, format, unicode: braille, width: width - 1, height: rows - 1, span: SPAN };
  const right = reach === '' ? [] : [part(99, { text: `${reach}  `, tone: 'faint' })];
  return [{ kind: 'ends', left: indented(title), right, gap: 2 }, chartBlock(lineChart(spec))];
}

const BLOCKS = new WeakMap<object, Block>();

/** A chart that is drawn as before is the very same block. */
function chartBlock(rows: readonly (readonly Cell[])[]): Block {
  const known = BLOCKS.get(rows);
  if (known !== undefined) return known;
  const block = kept(...rows.map((cells) => line({ text: ' ' }, ...cells)));
  BLOCKS.set(rows, block);
  return block;
}

function indented([first, ...rest]: readonly Part[]): Part[] {
  return first === undefined ? [] : [{ ...first, cells: [{ text: ' ' }, ...first.cells] }, ...rest];
}

/** How long ago the left edge is, once an interval is known. @param times of the samples */
export function reachOf(times: readonly number[]): string {
  const [oldest, newest] = [times[0], times.at(-1)];
  if (oldest === undefined || newest === undefined || times.length < 2) return '';
  return formatDuration(((newest - oldest) / (times.length - 1)) * SPAN);
}
