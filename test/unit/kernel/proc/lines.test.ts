import { expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { onlyLine, splitBlanks, splitLines } from '../../../../src/kernel/proc/lines.ts';

test.each([
  ['', []],
  ['a\n', ['a']],
  ['a', ['a']],
  ['a\n\nb\n', ['a', '', 'b']],
  ['\n', ['']],
])('lines of %j', (text, expected) => {
  expect(splitLines(text)).toEqual(expected);
});

test.each([
  ['  1\t\t2  ', ['1', '2']],
  [' \t', []],
  ['a b c\n', ['a', 'b', 'c']],
  ['a  b c', ['a', 'b', 'c']],
  ['a\tb c', ['a', 'b', 'c']],
])('fields of %j', (text, expected) => {
  expect(splitBlanks(text)).toEqual(expected);
});

test('one line, with or without its newline', () => {
  expect([onlyLine('x\n', 'f'), onlyLine('x', 'f')]).toEqual(['x', 'x']);
  for (const text of ['', '\n', 'x\ny\n', 'x\n\n'])
    expect(() => onlyLine(text, 'f')).toThrow(KernelParseError);
});
