import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnviron } from '../../../../src/kernel/proc/environ.ts';

describe('parseEnviron', () => {
  test.each<[string, string, [string, string][]]>([
    [
      'variables',
      'A=1\0B=x y\0',
      [
        ['A', '1'],
        ['B', 'x y'],
      ],
    ],
    [
      'no final NUL',
      'A=1\0B=2',
      [
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    ['the first "=" divides', 'OPTS=-a=b\0', [['OPTS', '-a=b']]],
    ['an empty value', 'A=\0', [['A', '']]],
    ['newlines', 'A=1\n2\0', [['A', '1\n2']]],
    ['the first of two wins, as in getenv(3)', 'A=1\0A=2\0', [['A', '1']]],
    ['strings without "=" or name are skipped', 'junk\0=x\0A=1\0', [['A', '1']]],
    ['nothing', '', []],
  ])('%s', (_, text, expected) => {
    expect([...parseEnviron(Buffer.from(text))]).toEqual(expected);
  });

  test('bytes that are not UTF-8 show as U+FFFD, and any bytes throw nothing', () => {
    expect(parseEnviron(Uint8Array.of(0x41, 0x3d, 0xff)).get('A')).toBe('\ufffd');
    fc.assert(fc.property(fc.uint8Array(), (bytes) => parseEnviron(bytes) instanceof Map));
  });
});
