/**
 * One frame of the screen as a pure function of the state. The only place of the dashboard where text from containers is
 * made harmless: every text of every part comes through here before it is measured, cut or shown.
 */
import { harmless } from '../src/model/harmless.ts';
import { type Block, kept, line, type Part, part } from './blocks.ts';
import { type Composing, compose } from './compose.ts';
import { type Glyphs, glyphsFor } from './glyphs.ts';
import { Last } from './last.ts';
import { type Layout, layoutOf } from './layout.ts';
import { ContainerPane } from './parts/container-page.ts';
import { detailTitle } from './parts/detail.ts';
import { sinceText } from './parts/detail-identity.ts';
import { Footer } from './parts/footer.ts';
import { formBlocks } from './parts/form.ts';
import { clock, Header } from './parts/header.ts';
import { helpLines } from './parts/help.ts';
import { ListTable, textOptions } from './parts/list.ts';
import { menuBlocks } from './parts/menu.ts';
import { tooSmall } from './parts/too-small.ts';
import type { ScreenLine } from './screen-line.ts';
import {
  type DashboardState,
  listingOf,
  lookingOf,
  type OpenFacts,
  screenOf,
  selectedContainer,
  viewOf,
} from './state.ts';
import { showingOf } from './views/pages.ts';
import type { Looking, PageView } from './views/view.ts';

/** A menu leaves at least so many rows of what it is about. */
const ABOVE_MENU = 3;
/** On a small screen it takes those too. */
const SMALLEST_FORM = 10;

/** Exactly `size.rows` lines of exactly `size.columns` columns. */
export function renderScreen(state: DashboardState): ScreenLine[] {
  return new Screen().draw(state);
}

/** A screen that is drawn again and again: what shows the same as in the frame before is the very same line. */
export class Screen {
  readonly #header = new Header();
  readonly #footer = new Footer();
  readonly #table = new ListTable();
  readonly #pane = new ContainerPane();
  readonly #paneTitle = new Last<Block>();
  readonly #blank = kept(line());

  /** What `renderScreen` gives. */
  draw(state: DashboardState): ScreenLine[] {
    const { size } = state;
    const on = composing(state);
    const layout = layoutOf(state, screenOf(state));
    if (layout.tooSmall) return this.#filled(compose(tooSmall(size), on), size.rows, on);
    const head = compose(this.#header.blocks(state, on.glyphs), on);
    const foot = compose(this.#footer.blocks(state), on);
    const rows = size.rows - head.length - foot.length;
    const body = this.#filled(this.#bodyLines(state, layout, on), rows, on);
    return [...head, ...withMenu(withForm(body, state, on), state, on), ...foot];
  }

  #bodyLines(state: DashboardState, layout: Layout, on: Composing): ScreenLine[] {
    const view = viewOf(state);
    if (screenOf(state) !== 'list' || view.kind !== 'table') return pageBody(state, layout, on);
    const looking = lookingOf(state);
    const titles = compose([this.#table.titles(state, view, on.glyphs)], on);
    const list = compose(this.#table.body(state, view, layout.bodyRows, looking), on);
    const pane = this.#paneLines(state, looking, layout, on);
    return [...titles, ...this.#filled(list, layout.bodyRows, on), ...pane];
  }

  /** What the pane cannot hold is cut with a word on where the rest is. */
  #paneLines(
    state: DashboardState,
    looking: Looking | undefined,
    { paneRows }: Layout,
    on: Composing,
  ): ScreenLine[] {
    const container = paneRows === 0 ? undefined : selectedContainer(state);
    if (container === undefined || looking === undefined) return [];
    const since = sinceText(container, looking.frame.model.takenAtMs);
    const title = compose(
      [
        this.#paneTitle.get([container, since], () =>
          kept({ kind: 'rule', parts: detailTitle({ container, endedAtMs: undefined }, state) }),
        ),
      ],
      on,
    );
    const room = paneRows - 1;
    const { history } = looking;
    const shown = { container, past: history.past(container.key), history };
    const facts = compose(this.#pane.blocks(shown, showingOf(looking), { width: on.width, rows: room }), on);
    if (facts.length <= room) return [...title, ...facts];
    const more = compose(
      [line({ text: ` Enter shows ${facts.length - room + 1} more lines`, tone: 'faint' })],
      on,
    );
    return [...title, ...facts.slice(0, room - 1), ...more];
  }

  #filled(lines: readonly ScreenLine[], rows: number, on: Composing): ScreenLine[] {
    const blank = compose([this.#blank], on);
    const filled = lines.slice(0, rows);
    while (filled.length < rows) filled.push(...blank);
    return filled;
  }
}

/** Lines of the open page, below its title. */
export function pageLength(state: DashboardState): number {
  return pageLines(state, composing(state)).length;
}

/** The same lines as text, for a search in them. */
export function pageTexts(state: DashboardState): string[] {
  return pageLines(state, composing(state)).map((line) => line.map(({ text }) => text).join(''));
}

function withMenu(
  body: readonly ScreenLine[],
  { menu }: DashboardState,
  on: Composing,
): readonly ScreenLine[] {
  if (menu === undefined) return body;
  // A question needs all the room there is for what it is about.
  const above = menu.kind === 'question' ? 0 : ABOVE_MENU;
  const lines = compose(menuBlocks(menu, body.length - above, on.width, on.glyphs), on);
  return [...body.slice(0, body.length - lines.length), ...lines];
}

function withForm(
  body: readonly ScreenLine[],
  { form }: DashboardState,
  on: Composing,
): readonly ScreenLine[] {
  if (form === undefined) return body;
  const rows = Math.max(body.length - ABOVE_MENU, Math.min(body.length, SMALLEST_FORM));
  const lines = compose(formBlocks(form, rows, on.width, on.glyphs), on);
  return [...body.slice(0, body.length - lines.length), ...lines];
}

function pageBody(state: DashboardState, layout: Layout, on: Composing): ScreenLine[] {
  const lines = pageLines(state, on);
  const top = Math.min(state.scroll, Math.max(0, lines.length - layout.bodyRows));
  return [
    ...compose([pageTitle(state, lines.length, top, layout)], on),
    ...lines
      .map((each, i) => (i === state.foundLine ? marked(each) : each))
      .slice(top, top + layout.bodyRows),
  ];
}

/** As the selected row of a list. */
function marked(found: ScreenLine): ScreenLine {
  return found.map((span) => ({ ...span, style: { ...span.style, selected: true } }));
}

function pageLines(state: DashboardState, on: Composing): ScreenLine[] {
  const view = viewOf(state);
  if (state.isHelp) return compose(helpLines(on.glyphs), on);
  const looking = lookingOf(state);
  if (state.facts !== undefined && looking !== undefined)
    return compose(state.facts.line.facts(looking, textOptions(state)), on);
  return view.kind === 'page' ? viewLines(view, state, on) : [];
}

function viewLines(view: PageView, state: DashboardState, on: Composing): ScreenLine[] {
  const looking = lookingOf(state);
  const listing = listingOf(state);
  if (listing?.failed !== undefined) return compose([line({ text: `  ${listing.failed}`, tone: 'act' })], on);
  if (looking === undefined || (view.needs !== undefined && listing === undefined)) {
    return compose([line({ text: `  reading${on.glyphs.more}` })], on);
  }
  return compose(view.blocks(looking, on.width), on);
}

function pageTitle(state: DashboardState, lines: number, top: number, { bodyRows }: Layout): Block {
  const last = Math.min(lines, top + bodyRows);
  const place =
    lines > bodyRows ? [part(1, { text: `${top + 1}-${last} of ${lines} lines`, tone: 'faint' })] : [];
  return { kind: 'rule', parts: [...pageName(state), ...place] };
}

function pageName(state: DashboardState): Part[] {
  if (state.isHelp) return [part(0, { text: 'Help', tone: 'strong' })];
  if (state.facts !== undefined) return factsName(state.facts);
  if (state.scope !== undefined) return detailTitle(state.scope, state);
  return [part(0, { text: viewOf(state).title, tone: 'strong' })];
}

function factsName({ line: { name }, endedAtMs }: OpenFacts): Part[] {
  return [
    part(0, { text: name, tone: 'strong' }),
    ...(endedAtMs === undefined
      ? []
      : [part(0, { text: `gone, last seen before ${clock(endedAtMs)}`, tone: 'act' as const })]),
  ];
}

function composing({ size, unicode }: DashboardState): Composing {
  const glyphs: Glyphs = glyphsFor(unicode);
  return { width: size.columns, glyphs, safe: unicode ? harmless : (text) => asciiOnly(harmless(text)) };
}

/** Characters that a terminal without UTF-8 cannot show, as escapes. */
function asciiOnly(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
