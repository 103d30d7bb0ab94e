/**
 * All about one container: what needs attention, charts, figures, who it is and why it is one. For the pane below the list,
 * where what matters most must come first, and for its own page, which scrolls. Pure.
 */
import { formatDuration } from '../../src/model/format.ts';
import type { Container } from '../../src/model/host-model.ts';
import { type Block, beside, fact, heading, kept, line } from '../blocks.ts';
import { type ContainerPast, type History, METRICS } from '../history.ts';
import { Last } from '../last.ts';
import { type Trouble, troublesOf, worstLevel } from '../trouble.ts';
import { panelGrid, reachOf } from './chart-panel.ts';
import { containerPanels } from './container-charts.ts';
import { evidenceFacts, unknownFacts } from './detail.ts';
import { placeFacts, sinceText, whoFacts } from './detail-identity.ts';
import { figures, uncharted } from './detail-use.ts';
import { inColumns, pageCharts, section } from './page.ts';
import type { Showing } from './showing.ts';

export interface ContainerShown {
  readonly container: Container;
  readonly past: ContainerPast | undefined;
  readonly history: History;
}

/** Columns and rows of a chart in the pane, with its title: rather two rows of charts that are a little low than one. */
const NARROWEST_CHART = 30;
const CHART_ROWS = 5;
const LOWEST_CHART_ROWS = 4;
const MOST_CHART_ROWS = 12;
/** Below the charts, for the caller to say that there are more facts. */
const MORE_ROWS = 1;
/** The charts' share of the pane; facts have the rest. */
const CHARTS_SHARE = 0.6;

/** The pane below the list as it was drawn last: what follows from the same figures is the very same block. */
export class ContainerPane {
  readonly #charts = new Last<Block>();
  readonly #use = new Last<Block>();
  readonly #past = new Last<Block>();
  readonly #place = new Last<Block>();
  readonly #who = new Last<Block>();
  readonly #unknown = new Last<Block>();
  readonly #both = new Last<Block>();

  /** Charts at the left, facts at the right, in `rows` rows; facts beyond them are for the caller to cut. */
  blocks(
    shown: ContainerShown,
    showing: Showing,
    { width, rows }: { readonly width: number; readonly rows: number },
  ): Block[] {
    const { container, past } = shown;
    const { nowMs } = showing;
    const alarm = attentionLine(troublesOf(container, past, nowMs));
    const chartsWidth = Math.floor(width * CHARTS_SHARE);
    const charts = this.#chartsOf(shown, showing, {
      width: chartsWidth,
      rows: rows - alarm.length - MORE_ROWS,
    });
    const ascii = !showing.unicode;
    const watched = pastText(past, nowMs);
    const facts = [
      this.#use.get([container, ascii], () => kept(...uncharted(container, ascii))),
      this.#past.get([watched], () => kept(...pastFacts(watched))),
      this.#place.get([container, ascii], () =>
        kept(...placeFacts(container, ascii), ...evidenceFacts(container)),
      ),
      this.#who.get([container, ascii, sinceText(container, nowMs)], () =>
        kept(...whoFacts(container, { ascii, nowMs })),
      ),
      this.#unknown.get([container], () => kept(...unknownFacts(container))),
    ];
    const both = this.#both.get([charts, width, ...facts], () =>
      kept(beside({ width: chartsWidth, blocks: [charts] }, { width: width - chartsWidth, blocks: facts })),
    );
    return [...alarm, both];
  }

  #chartsOf(
    { container, history }: ContainerShown,
    showing: Showing,
    { width, rows }: { readonly width: number; readonly rows: number },
  ): Block {
    const { unicode, braille } = showing;
    const reach = reachOf(history.times());
    const series = METRICS.map((metric) => history.series(container.key, metric));
    return this.#charts.get([container, unicode, braille, width, rows, reach, ...series], () => {
      const panels = containerPanels(container, history, showing);
      const grid = gridIn(panels.length, width, rows);
      const fitting = panels.slice(0, grid.across * grid.strips);
      return kept(...panelGrid(fitting, { ...grid, width }, reach, showing));
    });
  }
}

/** As many charts as fit, in strips of equal length that fill the rows. */
function gridIn(count: number, width: number, rows: number) {
  const mostAcross = Math.max(1, Math.floor(width / NARROWEST_CHART));
  const most = Math.max(Math.floor(rows / CHART_ROWS), Math.min(2, Math.floor(rows / LOWEST_CHART_ROWS)));
  const strips = Math.max(1, Math.min(Math.ceil(count / mostAcross), most));
  const across = Math.min(mostAcross, Math.ceil(count / strips));
  return { strips, across, rows: Math.max(2, Math.min(MOST_CHART_ROWS, Math.floor(rows / strips))) };
}

/** All reasons in one line, cut where it ends: the page has all of it. */
function attentionLine(troubles: readonly Trouble[]): Block[] {
  const level = worstLevel(troubles);
  if (level === undefined) return [];
  const text = troubles.map(({ reason }) => reason).join('; ');
  return [line({ text: ' ' }, { text, tone: level })];
}

/** The page: everything, in sections. */
export function containerPage(shown: ContainerShown, showing: Showing, width: number): Block[] {
  const { container, past, history } = shown;
  const panels = containerPanels(container, history, showing);
  const ascii = !showing.unicode;
  const dated = { ascii, nowMs: showing.nowMs };
  const watched = pastFacts(pastText(past, showing.nowMs));
  const use = [heading('Use and limits'), ...figures(container, ascii), ...watched];
  const who = [heading('Who it is'), ...whoFacts(container, dated)];
  const where = [heading('Namespaces and cgroups'), ...placeFacts(container, ascii)];
  const why = section('Why it is a container', evidenceFacts(container));
  const unknown = section('What could not be read', unknownFacts(container));
  return [
    ...troublesOf(container, past, showing.nowMs).map(({ reason, level }, i) =>
      fact(i === 0 ? 'attention' : '', reason, level),
    ),
    ...pageCharts(panels, history, showing, width),
    ...inColumns([...use, ...unknown], [...who, ...where, ...why], width),
  ];
}

function pastFacts(watched: string | undefined): Block[] {
  return watched === undefined ? [] : [fact('watched', watched)];
}

/** What happened since Porthole watches it. */
function pastText(past: ContainerPast | undefined, nowMs: number): string | undefined {
  if (past === undefined) return undefined;
  const ago = (atMs: number | undefined) =>
    atMs === undefined ? '' : `, last ${formatDuration(nowMs - atMs)} ago`;
  const kills =
    past.oomKillsBefore === undefined ? [] : [`${past.oomKillsSince} OOM kills${ago(past.lastOomMs)}`];
  const restarts = `${past.restarts} restarts${ago(past.lastRestartMs)}`;
  return [`for ${formatDuration(nowMs - past.firstSeenMs)}`, ...kills, restarts].join('; ');
}
