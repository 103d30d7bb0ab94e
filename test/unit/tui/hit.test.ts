import { expect, test } from 'vitest';
import { clickAt } from '../../../tui/hit.ts';
import type { Click, ScreenLine, Span } from '../../../tui/screen-line.ts';

const style = { tone: 'plain', selected: false } as const;
const named = (text: string, key: string): Span => ({ text, style, click: { kind: 'row', key } });

const LINES: readonly ScreenLine[] = [
  [{ text: 'ab', style }, named('', 'empty'), named('cd', 'narrow'), { text: ' ', style }],
  [named('日本', 'wide'), named('x', 'after wide'), named('e\u0301', 'combining'), named('y', 'last')],
  [],
];

test.each<[string, number, number, string | undefined]>([
  ['text without a meaning', 1, 0, undefined],
  ['first column of a span', 2, 0, 'narrow'],
  ['last column of a span', 3, 0, 'narrow'],
  ['right of it', 4, 0, undefined],
  ['first half of a wide character', 0, 1, 'wide'],
  ['second half of a wide character', 3, 1, 'wide'],
  ['after wide characters', 4, 1, 'after wide'],
  ['a combined character is one column', 5, 1, 'combining'],
  ['after a combined character', 6, 1, 'last'],
  ['right of the line', 7, 1, undefined],
  ['an empty line', 0, 2, undefined],
  ['below the screen', 0, 3, undefined],
  ['above the screen', 0, -1, undefined],
  ['left of the screen', -1, 1, undefined],
])('%s', (_, column, row, key) => {
  const expected: Click | undefined = key === undefined ? undefined : { kind: 'row', key };
  expect(clickAt(LINES, column, row)).toEqual(expected);
});
