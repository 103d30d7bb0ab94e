/**
 * One frame of the screen as a pure function of the state. The only place of the dashboard where text from containers is
 * made harmless: every text of every part comes through here before it is measured, cut or shown.
 */
import { harmless } from '../src/model/harmless.ts';
import type { Block } from './blocks.ts';
import { type Composing, compose, sideBySide } from './compose.ts';
import { type Glyphs, glyphsFor } from './glyphs.ts';
import { type Layout, layoutOf } from './layout.ts';
import { type DetailFacts, detailFacts, detailTitle } from './parts/detail.ts';
import { footer } from './parts/footer.ts';
import { header } from './parts/header.ts';
import { helpLines } from './parts/help.ts';
import { listBody, listTitles } from './parts/list.ts';
import { tooSmall } from './parts/too-small.ts';
import type { ScreenLine, Size } from './screen-line.ts';
import { type DashboardState, selectedContainer } from './state.ts';

/** From this width on the facts about a container stand in two columns. */
const TWO_COLUMNS_FROM = 100;

/** Exactly `size.rows` lines of exactly `size.columns` columns. */
export function renderScreen(state: DashboardState, size: Size): ScreenLine[] {
  const glyphs = glyphsFor(state.unicode);
  const on = composing(size.columns, glyphs, state.unicode);
  const layout = layoutOf(size, state.screen);
  if (layout.tooSmall) return filled(compose(tooSmall(size), on), size.rows, on);
  const head = compose(header(state, glyphs), on);
  const foot = compose(footer(state), on);
  const body = filled(bodyLines(state, size, layout, on), size.rows - head.length - foot.length, on);
  return [...head, ...body, ...foot];
}

/** Lines of the open detail or help screen, below its title. */
export function pageLength(state: DashboardState): number {
  return pageLines(state, composing(state.size.columns, glyphsFor(state.unicode), state.unicode)).length;
}

function bodyLines(state: DashboardState, size: Size, layout: Layout, on: Composing): ScreenLine[] {
  if (state.screen === 'list') return listLines(state, size, layout, on);
  const lines = pageLines(state, on);
  const top = Math.min(state.scroll, Math.max(0, lines.length - layout.bodyRows));
  return [
    ...compose([pageTitle(state, lines.length, top, layout)], on),
    ...lines.slice(top, top + layout.bodyRows),
  ];
}

function pageLines(state: DashboardState, on: Composing): ScreenLine[] {
  if (state.screen === 'help') return compose(helpLines(on.glyphs), on);
  if (state.detail === undefined) return [];
  return factColumns(detailFacts(state.detail.container, state, on.glyphs), on);
}

function pageTitle(state: DashboardState, lines: number, top: number, { bodyRows }: Layout): Block {
  const last = Math.min(lines, top + bodyRows);
  const place = lines > bodyRows ? `${top + 1}-${last} of ${lines} lines` : '';
  if (state.screen === 'help' || state.detail === undefined) {
    return {
      kind: 'rule',
      parts: [{ rank: 0, cells: [{ text: 'Help', tone: 'strong' }] }, ...placePart(place)],
    };
  }
  return { kind: 'rule', parts: [...detailTitle(state.detail, state), ...placePart(place)] };
}

function placePart(text: string) {
  return text === '' ? [] : [{ rank: 1, cells: [{ text, tone: 'faint' as const }] }];
}

function listLines(state: DashboardState, size: Size, layout: Layout, on: Composing): ScreenLine[] {
  const titles = compose([listTitles(state, size, on.glyphs)], on);
  const list = filled(compose(listBody(state, size, layout.bodyRows, on.glyphs), on), layout.bodyRows, on);
  return [...titles, ...list, ...paneLines(state, layout, on)];
}

/** What the pane cannot hold is cut with a word on where the rest is. */
function paneLines(state: DashboardState, { paneRows }: Layout, on: Composing): ScreenLine[] {
  const container = selectedContainer(state);
  if (paneRows === 0 || container === undefined) return [];
  const title = compose(
    [{ kind: 'rule', parts: detailTitle({ container, endedAtMs: undefined }, state) }],
    on,
  );
  const facts = factColumns(detailFacts(container, state, on.glyphs), on);
  const room = paneRows - 1;
  if (facts.length <= room) return [...title, ...facts];
  const more = compose(
    [
      {
        kind: 'cells',
        cells: [{ text: ` Enter shows ${facts.length - room + 1} more lines`, tone: 'faint' }],
      },
    ],
    on,
  );
  return [...title, ...facts.slice(0, room - 1), ...more];
}

function factColumns({ use, identity }: DetailFacts, on: Composing): ScreenLine[] {
  if (on.width < TWO_COLUMNS_FROM) return compose([...use, ...identity], on);
  const leftWidth = Math.floor(on.width * 0.42);
  const widths: readonly [number, number] = [leftWidth, on.width - leftWidth];
  return sideBySide(
    compose(use, { ...on, width: widths[0] }),
    compose(identity, { ...on, width: widths[1] }),
    widths,
  );
}

function composing(width: number, glyphs: Glyphs, unicode: boolean): Composing {
  return { width, glyphs, safe: unicode ? harmless : (text) => asciiOnly(harmless(text)) };
}

/** Characters that a terminal without UTF-8 cannot show, as escapes. */
function asciiOnly(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function filled(lines: readonly ScreenLine[], rows: number, on: Composing): ScreenLine[] {
  const missing = Math.max(0, rows - lines.length);
  const blank = compose(
    Array.from({ length: missing }, (): Block => ({ kind: 'cells', cells: [] })),
    on,
  );
  return [...lines.slice(0, rows), ...blank];
}
