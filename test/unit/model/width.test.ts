import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { harmless } from '../../../src/model/harmless.ts';
import { cutEnd, displayWidth, fitEnd, fitStart } from '../../../src/model/width.ts';

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['🐳', 2],
    ['한', 2],
    ['\u1112\u1161\u11ab', 2],
    ['ｱ', 1],
    ['…', 1],
    ['▇', 1],
    ['–', 1],
    ['↑', 1],
  ])('%j takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('fitEnd, fitStart, cutEnd', () => {
  it.each([
    ['shorter', 'ab', 4, 'ab  ', '  ab', 'ab'],
    ['exact', 'abcd', 4, 'abcd', 'abcd', 'abcd'],
    ['longer', 'abcde', 4, 'abc…', 'abc…', 'abc…'],
    ['one column', 'abc', 1, '…', '…', '…'],
    ['no column', 'abc', 0, '', '', ''],
    ['less than none', 'abc', -3, '', '', ''],
    ['a wide character that would be cut in half', '日本語', 4, '日… ', ' 日…', '日…'],
    ['wide and exact', '日本', 4, '日本', '日本', '日本'],
    [
      'combining characters stay with their base',
      'e\u0301e\u0301e\u0301',
      2,
      'e\u0301…',
      'e\u0301…',
      'e\u0301…',
    ],
    ['a fraction of a column', 'abc', 2.9, 'a…', 'a…', 'a…'],
  ])('%s', (_name, text, width, end, start, cut) => {
    expect(fitEnd(text, width)).toBe(end);
    expect(fitStart(text, width)).toBe(start);
    expect(cutEnd(text, width)).toBe(cut);
  });

  it('takes another mark for terminals without UTF-8', () => {
    expect(fitEnd('abcde', 4, '~')).toBe('abc~');
  });

  // Prepended, spacing and combining marks, emoji parts, jamo, halfwidth voicing: what clusters with its neighbours.
  const clustering = fc.constantFrom(
    ...[
      '\u0d4e',
      '\u0301',
      '\u0903',
      '\uff9e',
      'ｱ',
      '👨',
      '\u{1f3fd}',
      '🇩',
      '🇪',
      '\u1100',
      '\u1161',
      '\u11a8',
      '가',
      '#',
    ],
    ...['\u20e3', '…', 'क', '\u094d', '\u093f', 'ก', '\u0e33', 'a', ' ', '日'],
  );
  it.each([
    ['clustering', fc.string({ unit: clustering })],
    ['ASCII', fc.string()],
    ['graphemes', fc.string({ unit: 'grapheme' })],
    ['any code points', fc.string({ unit: 'binary' })],
  ])('gives exactly the columns asked for: %s', (_name, text) => {
    fc.assert(
      fc.property(text.map(harmless), fc.integer({ min: 0, max: 40 }), (any, width) => {
        expect(displayWidth(fitEnd(any, width))).toBe(width);
        expect(displayWidth(fitStart(any, width))).toBe(width);
        expect(displayWidth(cutEnd(any, width))).toBeLessThanOrEqual(width);
      }),
      { numRuns: 1000 },
    );
  });
});
