/**
 * A terminal's input cut into what the key decoder understands, mouse reports, and the rest, which is dropped: blessed would
 * take an unknown sequence apart and type its digits and letters, and throws a whole chunk away for one mouse or focus
 * report in it. Pure. Bytes travel as latin1, so that a cut UTF-8 sequence passes through untouched.
 * @see ECMA-48 5.4 (control sequences), XTerm Control Sequences "Mouse Tracking"
 */
import type { MouseReport } from './mouse-decoder.ts';

export type InputPiece =
  | { readonly kind: 'keys'; readonly bytes: string }
  | { readonly kind: 'mouse'; readonly report: MouseReport }
  /** What comes between the two was not typed but pasted. */
  | { readonly kind: 'paste'; readonly begins: boolean }
  /** The terminal's "I am well" (DSR): it has taken everything written before the question. */
  | { readonly kind: 'answer' };

export interface Scanned {
  readonly pieces: readonly InputPiece[];
  /** The start of a sequence whose end has not come yet. */
  readonly held: string;
}

const ESCAPE = '\x1b';
/** Longer than any sequence a terminal sends for a key or the mouse; of a longer one only its kind is kept. */
const HELD_MAX_BYTES = 64;

const UNFINISHED =
  /\x1b\x1b?(?:\[M[\x20-\xff]{0,2}|\[\[?[\x20-\x3f]*|O\d?|[N\]P_]|(?:\]\d|P[\d>!$+]|_G)[^\x00-\x1f]*\x1b?)?$/y;
/** Button and place as numbers (1006), which have no upper bound of their own. */
const SGR_MOUSE = /\x1b\[<(\d{1,5});(\d{1,5});(\d{1,5})([Mm])/y;
/** As three characters, each 32 above its number: from terminals that do not know 1006. */
const X10_MOUSE = /\x1b\[M([\x20-\xff])([\x20-\xff])([\x20-\xff])/y;
const ANSWER = /\x1b\[[03]n/y;
/** The brackets around pasted text (2004). */
const PASTE = /\x1b\[20([01])~/y;
/** Came into focus or lost it. */
const REPORT = /\x1b\[[IO]/y;
/** What the decoder knows, and keys of that form which it ignores. */
const KEY =
  /\x1b{1,2}(?:\[\[(?:[A-E]|\d~)|\[\d{1,2}(?:;\d{1,2})?[~^$]|\[(?:1;)?\d{0,2}[A-Za-z]|O(?:1;)?\d{0,2}[A-Za-z])/y;
/** Any other control sequence, also one that something else cut short. */
const SEQUENCE = /\x1b\[\[?[\x20-\x3f]*[\x40-\x7e]?/y;
/** Replies with text in them (OSC, DCS, APC); the second character tells them from Alt with a letter. */
const STRING = /\x1b(?:\]\d|P[\d>!$+]|_G)[^\x00-\x1f]*(?:\x07|\x1b\\)?/y;

export function scanInput(bytes: string): Scanned {
  const pieces: InputPiece[] = [];
  let keysFrom = 0;
  let at = bytes.indexOf(ESCAPE);
  while (at >= 0) {
    if (matchAt(UNFINISHED, bytes, at) !== undefined) break;
    const { length, piece } = tokenAt(bytes, at);
    if (piece !== 'keys') {
      pushKeys(pieces, bytes.slice(keysFrom, at));
      if (piece !== undefined) pieces.push(piece);
      keysFrom = at + length;
    }
    at = bytes.indexOf(ESCAPE, at + length);
  }
  pushKeys(pieces, bytes.slice(keysFrom, at < 0 ? bytes.length : at));
  return { pieces, held: at < 0 ? '' : shortened(bytes.slice(at)) };
}

interface Token {
  readonly length: number;
  /** 'keys' goes on to the decoder, undefined to nobody. */
  readonly piece: InputPiece | 'keys' | undefined;
}

function tokenAt(bytes: string, at: number): Token {
  const report = reportAt(bytes, at);
  if (report !== undefined) return report;
  // Escape pressed right before the terminal reported something: not the Alt of what follows.
  const lone: Token = { length: ESCAPE.length, piece: 'keys' };
  if (bytes[at + 1] === ESCAPE && reportAt(bytes, at + 1) !== undefined) return lone;
  const key = matchAt(KEY, bytes, at);
  if (key !== undefined) return { length: key[0].length, piece: 'keys' };
  const other = matchAt(SEQUENCE, bytes, at) ?? matchAt(STRING, bytes, at);
  return other === undefined ? lone : { length: other[0].length, piece: undefined };
}

/** What a terminal sends on its own account, though it has the form of a key. */
function reportAt(bytes: string, at: number): Token | undefined {
  const sgr = matchAt(SGR_MOUSE, bytes, at);
  if (sgr !== undefined) return { length: sgr[0].length, piece: sgrMouse(sgr) };
  const x10 = matchAt(X10_MOUSE, bytes, at);
  if (x10 !== undefined) return { length: x10[0].length, piece: x10Mouse(x10) };
  const answer = matchAt(ANSWER, bytes, at);
  if (answer !== undefined) return { length: answer[0].length, piece: { kind: 'answer' } };
  const paste = matchAt(PASTE, bytes, at);
  if (paste !== undefined)
    return { length: paste[0].length, piece: { kind: 'paste', begins: paste[1] === '0' } };
  const other = matchAt(REPORT, bytes, at);
  return other === undefined ? undefined : { length: other[0].length, piece: undefined };
}

function sgrMouse([, code, column, row, final]: RegExpExecArray): InputPiece {
  const report = {
    code: Number(code),
    column: Number(column),
    row: Number(row),
    released: final === 'm',
  };
  return { kind: 'mouse', report };
}

function x10Mouse([, code = '', column = '', row = '']: RegExpExecArray): InputPiece {
  const number = (character: string): number => character.charCodeAt(0) - 32;
  const report = { code: number(code), column: number(column), row: number(row), released: false };
  return { kind: 'mouse', report };
}

function pushKeys(pieces: InputPiece[], bytes: string): void {
  if (bytes !== '') pieces.push({ kind: 'keys', bytes });
}

/** What an endless sequence is, without what it says: its end will be dropped, not typed. */
function shortened(held: string): string {
  if (held.length <= HELD_MAX_BYTES) return held;
  if (/^\x1b+\[/.test(held)) return '\x1b[?';
  return held.slice(0, 3) + (held.endsWith(ESCAPE) ? ESCAPE : '');
}

function matchAt(pattern: RegExp, bytes: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(bytes) ?? undefined;
}
