/**
 * How many terminal columns a text takes, and texts of exactly that many. Expects harmless text (no control characters).
 * Pure; the one file of this folder with a package, `string-width`, which knows Unicode's tables of wide characters.
 */
import stringWidth from 'string-width';

/** One column each: ASCII, Latin letters, and the dashes, arrows, lines, blocks, triangles and braille that Porthole draws with itself. */
const SINGLE =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2039\u203a\u2190-\u2193\u2500-\u259f\u25b2\u25b4\u25b8\u25be\u2800-\u28ff]*$/;
let segmenter: Intl.Segmenter | undefined;

/** Nothing in `text` takes less than a column, combines with its neighbours, or is wide by its nature. */
export function isSingle(text: string): boolean {
  return SINGLE.test(text);
}

/** What a reader takes for one character each. Its tables take 7 ms to load: not before they are needed. */
export function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Columns `text` takes: 2 for wide characters, 0 for combining ones. */
export function displayWidth(text: string): number {
  if (SINGLE.test(text)) return text.length;
  // Word by word: a blank is a column of its own on every terminal, though some scripts' graphemes reach over it.
  return text
    .split(' ')
    .reduce((sum, word) => sum + 1 + stringWidth(word, { countAnsiEscapeCodes: true }), -1);
}

/** `text` in exactly `width` columns: spaces after it, or its end cut and marked with `ellipsis`. */
export function fitEnd(text: string, width: number, ellipsis = '…'): string {
  return pad(text, width, ellipsis, (cut, missing) => cut + missing);
}

/** `text` in exactly `width` columns, spaces before it. What does not fit loses its end, visibly, as in `fitEnd`. */
export function fitStart(text: string, width: number, ellipsis = '…'): string {
  return pad(text, width, ellipsis, (cut, missing) => missing + cut);
}

/** `text` when it fits into `width` columns, else as much of it as fits together with `ellipsis`. Never pads. */
export function cutEnd(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = Math.floor(width) - displayWidth(ellipsis);
  if (room < 0) return '';
  return leading(text, room) + ellipsis;
}

function pad(
  text: string,
  width: number,
  ellipsis: string,
  join: (cut: string, missing: string) => string,
): string {
  if (text.length <= width && SINGLE.test(text))
    return join(text, ' '.repeat(Math.floor(width) - text.length));
  const cut = cutEnd(text, width, ellipsis);
  return join(cut, ' '.repeat(Math.max(0, Math.floor(width) - displayWidth(cut))));
}

/** The longest start of `text` within `width` columns that splits no grapheme. */
function leading(text: string, width: number): string {
  if (SINGLE.test(text)) return text.slice(0, width);
  let used = 0;
  let end = 0;
  for (const { segment, index } of graphemesOf(text)) {
    used += displayWidth(segment);
    if (used > width) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
