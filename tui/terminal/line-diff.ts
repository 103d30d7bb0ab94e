/**
 * What has to be written so that one row of the terminal shows a line: nothing, some of its spans, or all of it. Pure.
 *
 * Terminals do not agree on how many columns a character takes. So the cursor is placed by number after every run of text
 * beyond ASCII, and a span is written alone only where that cannot leave anything behind: when both the old and the new
 * text are characters that nobody shows in less than one column. Some show lines and blocks in two: then those spans are
 * written again which the excess may have covered. Text in other scripts gets its whole line erased and written anew.
 */
import { displayWidth, isSingle } from '../../src/model/width.ts';
import type { ScreenLine, Span } from '../screen-line.ts';
import { type Palette, sgr } from './palette.ts';

/**
 * A line that stands on the terminal, and the column (from 0) where each span starts; the last entry is its end. A line
 * without spans is an empty row, as after clearing.
 */
export interface ShownLine {
  readonly line: ScreenLine;
  readonly starts: readonly number[];
}

const ERASE_TO_END = '\x1b[K';
const REVERSE_OR_UNDERLINE = /;[47][;m]/;
const ASCII = /^[\x20-\x7e]*$/;
const BEYOND_ASCII = /[^\x20-\x7e]/g;

/** Text and sequences of one frame. Knows where the cursor stands and which attributes are in force. */
export class FrameWriter {
  readonly #palette: Palette;
  readonly #shows: (text: string) => string;
  #text = '';
  #attributes = '';
  /** Where the cursor certainly stands; undefined where terminals may differ. */
  #at: { readonly row: number; readonly column: number } | undefined;

  /** `shows` puts other characters of the same width in the place of those that the terminal lacks. */
  constructor(palette: Palette, shows: (text: string) => string) {
    this.#palette = palette;
    this.#shows = shows;
  }

  /** Without colour or attributes left in force. */
  get text(): string {
    return this.#text === '' ? '' : `${this.#text}\x1b[0m`;
  }

  get length(): number {
    return this.#text.length;
  }

  clearScreen(): void {
    this.#attribute('\x1b[0m');
    this.#text += '\x1b[2J';
  }

  write(row: number, column: number, text: string, { style }: Span): void {
    if (text === '') return;
    this.#place(row, column);
    this.#attribute(sgr(style, this.#palette));
    const ascii = ASCII.test(text);
    this.#text += ascii ? text : this.#shows(text);
    this.#at = ascii ? { row, column: column + text.length } : undefined;
  }

  /** With the terminal's own background. */
  eraseToEnd(row: number, column: number): void {
    this.#place(row, column);
    this.#attribute('\x1b[0m');
    this.#text += ERASE_TO_END;
  }

  /** Is a blank of this style anything else than background? */
  showsBlanks({ style }: Span): boolean {
    return REVERSE_OR_UNDERLINE.test(sgr(style, this.#palette));
  }

  #place(row: number, column: number): void {
    if (this.#at?.row === row && this.#at.column === column) return;
    this.#text += `\x1b[${row + 1};${column + 1}H`;
    this.#at = { row, column };
  }

  #attribute(wanted: string): void {
    if (wanted === this.#attributes) return;
    this.#text += wanted;
    this.#attributes = wanted;
  }
}

/** Writes what has to be written so that `row` shows `line`; `shown` is what stands there, undefined for the unknown. */
export function writeLine(
  writer: FrameWriter,
  row: number,
  line: ScreenLine,
  shown: ShownLine | undefined,
): ShownLine {
  if (shown !== undefined && isSameLine(shown.line, line)) return shown;
  const wanted: ShownLine = { line, starts: startsOf(line, shown) };
  const changes = changesOf(wanted, shown);
  if (changes === 'all') writeWhole(writer, row, wanted, shown);
  else for (const change of changes) writeChange(writer, row, change);
  return wanted;
}

/** Most rows, most of the time. */
function isSameLine(a: ScreenLine, b: ScreenLine): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    const [one, other] = [a[i], b[i]];
    if (one === undefined || other === undefined || !same(one, other)) return false;
  }
  return true;
}

interface Change {
  readonly span: Span;
  readonly start: number;
  /** The line ends with it. */
  readonly last: boolean;
  /** What stands in its place, where only the difference to that is to be written. */
  readonly before: Span | undefined;
}

function startsOf(line: ScreenLine, shown: ShownLine | undefined): number[] {
  const starts = [0];
  let column = 0;
  line.forEach(({ text }, i) => {
    const known = shown?.line[i]?.text === text ? widthAt(shown.starts, i) : undefined;
    column += known ?? displayWidth(text);
    starts.push(column);
  });
  return starts;
}

function widthAt(starts: readonly number[], i: number): number | undefined {
  const start = starts[i];
  const end = starts[i + 1];
  return start === undefined || end === undefined ? undefined : end - start;
}

/** From left to right. */
function changesOf({ line, starts }: ShownLine, shown: ShownLine | undefined): readonly Change[] | 'all' {
  if (shown === undefined || !sameStarts(starts, shown.starts)) return 'all';
  const changes: Change[] = [];
  let coveredTo = 0;
  for (const [i, span] of line.entries()) {
    const before = shown.line[i];
    const start = starts[i] ?? 0;
    const covered = start < coveredTo;
    if (before === undefined || (!covered && same(span, before))) continue;
    // A combining character at the start of the next span stands in the last cell of this one.
    const next = line[i + 1]?.text ?? '';
    if (!isSingle(span.text) || !isSingle(before.text) || !isSingle(next)) return 'all';
    changes.push({ span, start, last: i === line.length - 1, before: covered ? undefined : before });
    coveredTo = Math.max(coveredTo, reach(span.text, start));
  }
  return changes;
}

function sameStarts(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((start, i) => start === b[i]);
}

function same(a: Span, b: Span): boolean {
  return a === b || (a.text === b.text && sameStyle(a, b));
}

function sameStyle({ style: a }: Span, { style: b }: Span): boolean {
  return a === b || (a.tone === b.tone && a.selected === b.selected);
}

/** The first column after `text` on a terminal that shows all in it that is not ASCII in two columns. */
function reach(text: string, start: number): number {
  return start + text.length + (text.match(BEYOND_ASCII)?.length ?? 0);
}

function writeWhole(
  writer: FrameWriter,
  row: number,
  { line, starts }: ShownLine,
  shown: ShownLine | undefined,
): void {
  const covers = shown !== undefined && (shown.starts.at(-1) ?? 0) <= (starts.at(-1) ?? 0);
  const empty = shown !== undefined && shown.line.length === 0;
  if (covers && !empty && isAscii(line) && isAscii(shown.line)) {
    for (const [i, span] of line.entries()) writer.write(row, starts[i] ?? 0, span.text, span);
    return;
  }
  if (!empty) writer.eraseToEnd(row, 0);
  const { last, trims } = lastToWrite(line, starts, writer);
  for (const [i, span] of line.slice(0, last + 1).entries()) {
    writer.write(row, starts[i] ?? 0, i === last && trims ? span.text.trimEnd() : span.text, span);
  }
}

/** On an empty row blanks at the end of a line stand already, unless they cover what reaches too far. */
function lastToWrite(line: ScreenLine, starts: readonly number[], writer: FrameWriter) {
  let last = -1;
  let trims = false;
  let coveredTo = 0;
  for (const [i, span] of line.entries()) {
    const start = starts[i] ?? 0;
    const whole = start < coveredTo || writer.showsBlanks(span);
    coveredTo = Math.max(coveredTo, reach(span.text, start));
    if (!whole && span.text.trimEnd() === '') continue;
    last = i;
    trims = !whole;
  }
  return { last, trims };
}

function isAscii(line: ScreenLine): boolean {
  return line.every(({ text }) => ASCII.test(text));
}

function writeChange(writer: FrameWriter, row: number, { span, start, last, before }: Change): void {
  const ascii = ASCII.test(span.text);
  if (before !== undefined && ascii && ASCII.test(before.text) && sameStyle(span, before)) {
    const [from, to] = differingPart(span.text, before.text);
    writer.write(row, start + from, span.text.slice(from, to), span);
    return;
  }
  // What a terminal shows too wide may not fit before the edge, and then leaves what stood there.
  if (last && !ascii) writer.eraseToEnd(row, start);
  writer.write(row, start, span.text, span);
}

/** Of two texts of one length: from the first to after the last character in which they differ. */
function differingPart(a: string, b: string): readonly [number, number] {
  let from = 0;
  let to = a.length;
  while (from < to && a[from] === b[from]) from += 1;
  while (to > from && a[to - 1] === b[to - 1]) to -= 1;
  return [from, to];
}
