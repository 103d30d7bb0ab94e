import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmless } from '../../../src/model/harmless.ts';

describe('harmless', () => {
  it.each([
    ['plain ASCII', 'node server.js --port=80', 'node server.js --port=80'],
    ['empty', '', ''],
    ['an escape sequence', 'a\x1b[31mred\x1b[0m', 'a\\x1b[31mred\\x1b[0m'],
    ['setting the title', '\x1b]0;owned\x07', '\\x1b]0;owned\\x07'],
    ['newline, carriage return, tab', 'a\nb\rc\td', 'a\\nb\\rc\\td'],
    ['NUL and DEL', '\0\x7f', '\\x00\\x7f'],
    ['C1 CSI, which some terminals obey', '\x9b31m', '\\x9b31m'],
    ['NEL', 'a\u0085b', 'a\\x85b'],
    ['right-to-left override', 'gpj\u202eexe', 'gpj\\u202eexe'],
    ['bidi isolates and marks', '\u2066\u2069\u200e\u200f\u061c', '\\u2066\\u2069\\u200e\\u200f\\u061c'],
    ['zero-width space, joiner, byte order mark', 'a\u200b\u200d\ufeff', 'a\\u200b\\u200d\\ufeff'],
    ['soft hyphen', 'a\u00adb', 'a\\xadb'],
    ['line and paragraph separator', '\u2028\u2029', '\\u2028\\u2029'],
    ['lone surrogates', '\ud800a\udc00', '\\ud800a\\udc00'],
    ['variation selectors', '\u2764\ufe0f \u{e0100}', '\u2764\\ufe0f \\u{e0100}'],
    ['tag characters', '\u{e0041}', '\\u{e0041}'],
    ['Hangul filler, combining grapheme joiner', '\u3164\u034f', '\\u3164\\u034f'],
    ['noncharacters', '\ufffe', '\\ufffe'],
    ['interlinear annotation', '\ufff9', '\\ufff9'],
    ['a backslash stays', '\\x1b', '\\x1b'],
    ['private use stays', '\ue0b0', '\ue0b0'],
    ['blessed tags are the dashboard’s business', '{red-fg}', '{red-fg}'],
  ])('%s', (_name, input, expected) => {
    expect(harmless(input)).toBe(expected);
  });

  it.each([
    'München',
    'Ελλάδα',
    'привет',
    'שלום',
    'مرحبا',
    '日本語　한국어',
    'हिन्दी',
    'ไทย',
    '🐳🦭',
    'e\u0301',
    '½ € –',
  ])('leaves %s as it is', (text) => {
    expect(harmless(text)).toBe(text);
  });

  it('says of a character alone what it says of it beside one of another script', () => {
    const others = Array.from({ length: 0xd800 }, (_, code) => String.fromCharCode(code)).filter(
      (character) => `${harmless(character)}日` !== harmless(`${character}日`),
    );
    expect(others).toEqual([]);
  });

  // Written from Unicode's categories code point by code point, not with the expression under test.
  const forbidden = (code: number) =>
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    (code >= 0xd800 && code < 0xe000) ||
    [0x61c, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff].includes(code) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    (code >= 0xe0000 && code <= 0xe0fff);
  const anyText = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  });

  it('lets no control, bidi or invisible character through', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), (text) => {
        for (const character of harmless(text)) expect(forbidden(character.codePointAt(0) ?? 0)).toBe(false);
      }),
    );
  });

  it('covers every forbidden code point there is', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      if (forbidden(code)) expect(harmless(String.fromCodePoint(code))).toMatch(/^\\[ -~]+$/);
    }
  });

  it('changes nothing the second time', () => {
    fc.assert(fc.property(anyText, (text) => harmless(harmless(text)) === harmless(text)));
  });
});
