import { expect, it } from 'vitest';
import { isHexId } from '../../../src/kernel/hex-id.ts';

const ID = '0123456789abcdef'.repeat(4);

it.each<[string, string, boolean]>([
  ['an id', ID, true],
  ['one digit less', ID.slice(1), false],
  ['one more', `${ID}0`, false],
  ['another letter', `${ID.slice(1)}g`, false],
  ['capitals', ID.toUpperCase(), false],
  ['a newline', `${ID.slice(1)}\n`, false],
  ['nothing', '', false],
])('%s', (_, text, expected) => {
  expect(isHexId(text)).toBe(expected);
});
