/**
 * Text from a container is hostile: names, argv, paths and hostnames can hold escape sequences, newlines, bidi marks and
 * characters nobody sees. Here each of those becomes an escape that can be read; every other character of any script
 * stays. Called on the way out only, in src/cli/print.ts and tui/render.ts. Pure.
 */

/** ASCII, Latin letters, dashes, arrows, and what frames, bars and charts are drawn with. */
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\xff\u2010-\u2027\u2190-\u21ff\u2500-\u25ff\u2800-\u28ff]*$/;

const SHORT_ESCAPES = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** `text` with every hostile character as `\n`, `\x1b`, `\u202e` or `\u{e0041}`. Changes nothing the second time. */
export function harmless(text: string): string {
  return replaceHostile(text, visibleEscape);
}

/**
 * `text` with each hostile character replaced by what `rewrite` makes of it, for formats with escapes of their own.
 * Cc: C0, DEL, C1. Cf: bidi marks, zero-width characters, tags, soft hyphen. Zl, Zp: U+2028/9. Cs: surrogates without
 * their partner. Default_Ignorable: what Cf misses and fonts show as nothing (variation selectors, Hangul fillers, U+034F).
 */
export function replaceHostile(text: string, rewrite: (character: string) => string): string {
  if (PLAIN.test(text)) return text;
  // Here, because Unicode's tables take a millisecond to make it of, which most commands need not spend.
  const hostile =
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;
  return text.replace(hostile, rewrite);
}

function visibleEscape(character: string): string {
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  const codePoint = character.codePointAt(0) ?? 0;
  const hex = codePoint.toString(16);
  if (codePoint < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}
