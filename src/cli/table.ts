/** Rows of cells to aligned lines. Pure: cells are harmless already, styles are names and become colour in print.ts. */
import { cutEnd, displayWidth } from '../model/width.ts';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** A piece of a line, with what it should stand out by where the output can show it. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}
export type Cell = string | Span;

export interface TableColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

export interface TableOptions {
  readonly headers: boolean;
  /** Cut the last column so that lines fit; without it nothing is cut. */
  readonly maxWidth?: number;
  readonly ellipsis?: string;
}

const GAP = '  ';

/** Every column as wide as its longest cell, two blanks between, nothing after the last one. */
export function layoutTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions,
): Span[][] {
  const header: Cell[] = columns.map(({ title }) => ({ text: title, style: 'bold' }));
  const all = options.headers ? [header, ...rows] : rows;
  const spans = all.map((row) => columns.map((_, i) => toSpan(row[i] ?? '')));
  const widths = columns.map((_, i) =>
    spans.reduce((most, row) => Math.max(most, displayWidth(row[i]?.text ?? '')), 0),
  );
  const room = lastColumnRoom(widths, options.maxWidth);
  return spans.map((row) => layoutLine(row, columns, widths, room, options.ellipsis ?? '…'));
}

function toSpan(cell: Cell): Span {
  return typeof cell === 'string' ? { text: cell } : cell;
}

/** What is left for the last column; at least one, so that a terminal too narrow for the others still shows a mark. */
function lastColumnRoom(widths: readonly number[], maxWidth: number | undefined): number {
  if (maxWidth === undefined) return Number.POSITIVE_INFINITY;
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  return Math.max(1, maxWidth - others);
}

function layoutLine(
  row: readonly Span[],
  columns: readonly TableColumn[],
  widths: readonly number[],
  room: number,
  ellipsis: string,
): Span[] {
  const line: Span[] = [];
  for (const [i, span] of row.entries()) {
    const last = i === row.length - 1;
    const text = last ? cutEnd(span.text, room, ellipsis) : span.text;
    const missing = ' '.repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(text)));
    if (i > 0) line.push({ text: GAP });
    if (columns[i]?.align === 'right' && missing !== '' && !(last && room < (widths[i] ?? 0)))
      line.push({ text: missing });
    line.push({ ...span, text });
    if (columns[i]?.align === 'left' && missing !== '' && !last) line.push({ text: missing });
  }
  return withoutTrailingBlanks(line);
}

/** A row whose last cells are empty must not end in blanks: they would show in diffs and wrap on terminals. */
function withoutTrailingBlanks(line: readonly Span[]): Span[] {
  const kept = [...line];
  for (let last = kept.pop(); last !== undefined; last = kept.pop()) {
    const text = last.text.trimEnd();
    if (text !== '') return [...kept, { ...last, text }];
  }
  return kept;
}
