/** Blocks to lines of exactly the screen's width. Pure; `safe` is what tui/render.ts makes container text harmless with. */
import { displayWidth, fitEnd, fitStart } from '../src/model/width.ts';
import type { Block, BlockColumn, Cell, KeptBlock, Part } from './blocks.ts';
import type { Glyphs } from './glyphs.ts';
import type { ScreenLine, Span, Style, Tone } from './screen-line.ts';
import { wrap } from './wrap.ts';

export interface Composing {
  readonly width: number;
  readonly glyphs: Glyphs;
  safe(text: string): string;
}

const LABEL_WIDTH = 13;

export function compose(blocks: readonly Block[], on: Composing): ScreenLine[] {
  const lines: ScreenLine[] = [];
  for (const block of blocks) for (const each of linesOf(block, on)) lines.push(each);
  return lines;
}

function linesOf(block: Block, on: Composing): readonly ScreenLine[] {
  switch (block.kind) {
    case 'cells':
      return [lineOf(block.cells, block.selected ?? false, on)];
    case 'ends':
      return [lineOf(ends(block.left, block.right, block.gap, on), false, on)];
    case 'rule':
      return [lineOf(rule(block.parts, on), false, on)];
    case 'fact':
      return factLines(block.label, block.text, block.tone ?? 'plain', on);
    case 'beside':
      return besideLines(block.columns, on);
    case 'kept':
      return keptLines(block, on);
  }
}

/** Glyphs say how texts are made harmless, too: both follow from what the terminal can show. */
function keptLines(block: KeptBlock, on: Composing): readonly ScreenLine[] {
  const { drawn } = block;
  if (drawn !== undefined && drawn.width === on.width && drawn.glyphs === on.glyphs) return drawn.lines;
  const lines = compose(block.blocks, on);
  block.drawn = { width: on.width, glyphs: on.glyphs, lines };
  return lines;
}

/** Spans for `cells`, cut or filled up to the width. */
function lineOf(cells: readonly Cell[], selected: boolean, on: Composing): ScreenLine {
  const spans: Span[] = [];
  let room = on.width;
  for (const { text, width, align, tone = 'plain', click } of cells) {
    const safe = on.safe(text);
    const columns = Math.min(room, width ?? displayWidth(safe));
    const fitted = align === 'right' ? fitStart : fitEnd;
    if (columns > 0)
      spans.push({
        text: fitted(safe, columns, on.glyphs.ellipsis),
        style: styleOf(tone, selected),
        ...(click !== undefined && { click }),
      });
    room -= columns;
  }
  if (room > 0) spans.push({ text: ' '.repeat(room), style: styleOf(lastTone(cells), selected) });
  return spans;
}

/** One object each: a screen has a thousand spans, and one frame is compared with the next. */
const STYLES = new Map<Tone, { readonly selected: Style; readonly others: Style }>();

function styleOf(tone: Tone, isSelected: boolean): Style {
  const seen = STYLES.get(tone);
  const styles = seen ?? { selected: { tone, selected: true }, others: { tone, selected: false } };
  if (seen === undefined) STYLES.set(tone, styles);
  return isSelected ? styles.selected : styles.others;
}

/** A bar is a bar up to the edge. */
function lastTone(cells: readonly Cell[]): Tone {
  return cells.at(-1)?.tone === 'bar' ? 'bar' : 'plain';
}

/** `left` at the left edge, `right` at the right one, and between them what room there is. */
function ends(left: readonly Part[], right: readonly Part[], gap: number, on: Composing): Cell[] {
  const kept = keepFitting([...left, ...right], on.width, gap, on);
  const leftParts = left.filter((each) => kept.has(each));
  const rightParts = right.filter((each) => kept.has(each));
  const filler = on.width - widthOfParts(leftParts, kept, gap) - widthOfParts(rightParts, kept, gap);
  return [
    ...joined(leftParts, gap),
    { text: '', width: Math.max(rightParts.length === 0 ? 0 : gap, filler) },
    ...joined(rightParts, gap),
  ];
}

function widthOfParts(parts: readonly Part[], widths: ReadonlyMap<Part, number>, gap: number): number {
  let sum = 0;
  for (let i = 0; i < parts.length; i += 1) {
    const each = parts[i];
    if (each !== undefined) sum += (widths.get(each) ?? 0) + (i === 0 ? 0 : gap);
  }
  return sum;
}

function rule(parts: readonly Part[], on: Composing): Cell[] {
  const stroke: Cell = { text: `${on.glyphs.rule} `, tone: 'faint' };
  const kept = keepFitting(parts, on.width - 3, 3, on);
  const cells = parts
    .filter((each) => kept.has(each))
    .flatMap((each) => [stroke, ...each.cells, { text: ' ' }]);
  const rest = Math.max(0, on.width - widthOf(cells, on));
  return [...cells, { text: on.glyphs.rule.repeat(rest), tone: 'faint' }];
}

/** All parts with their widths, without those of highest rank as long as they need more than `width` together. */
function keepFitting(parts: readonly Part[], width: number, gap: number, on: Composing): Map<Part, number> {
  const kept = new Map<Part, number>();
  let needed = 0;
  for (const each of parts) {
    const own = widthOf(each.cells, on);
    needed += own + (kept.size === 0 ? 0 : gap);
    kept.set(each, own);
  }
  if (needed <= width) return kept;
  const byRank = [...parts].sort((a, b) => b.rank - a.rank);
  for (const each of byRank) {
    if (needed <= width || kept.size === 1) break;
    needed -= (kept.get(each) ?? 0) + gap;
    kept.delete(each);
  }
  return kept;
}

function joined(parts: readonly Part[], gap: number): Cell[] {
  return parts.flatMap((each, i) => (i === 0 ? each.cells : [{ text: ' '.repeat(gap) }, ...each.cells]));
}

function widthOf(cells: readonly Cell[], on: Composing): number {
  return cells.reduce((sum, { text, width }) => sum + (width ?? displayWidth(on.safe(text))), 0);
}

function factLines(label: string, text: string, tone: Tone, on: Composing): ScreenLine[] {
  const room = Math.max(1, on.width - LABEL_WIDTH - 1);
  return wrap(on.safe(text), room).map((piece, i) =>
    lineOf(
      [
        { text: ` ${i === 0 ? label : ''}`, width: LABEL_WIDTH, tone: 'faint' },
        { text: piece, tone },
      ],
      false,
      on,
    ),
  );
}

/** What is beyond the screen's width is left out, what is missing is blank. */
function besideLines(columns: readonly BlockColumn[], on: Composing): ScreenLine[] {
  let room = on.width;
  const columnsOfLines = columns.map(({ width, blocks }) => {
    const own = Math.max(0, Math.min(room, Math.floor(width)));
    room -= own;
    return { own, lines: own === 0 ? [] : compose(blocks, { ...on, width: own }) };
  });
  const rows = Math.max(0, ...columnsOfLines.map(({ lines }) => lines.length));
  return Array.from({ length: rows }, (_, y) => [
    ...columnsOfLines.flatMap(({ own, lines }) => lines[y] ?? blank(own)),
    ...blank(room),
  ]);
}

function blank(width: number): ScreenLine {
  return width === 0 ? [] : [{ text: ' '.repeat(width), style: styleOf('plain', false) }];
}
