import { describe, expect, test } from 'vitest';
import { parseFlatKeyed, requiredCount, requiredInteger } from '../../../../src/kernel/cgroup/flat-keyed.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { survives } from '../survives.ts';

describe('parseFlatKeyed', () => {
  test.each<[string, string, [string, number | bigint][]]>([
    [
      'keys and values',
      'a 1\nb 2\n',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    ['a negative value', 'a -1\n', [['a', -1]]],
    ['a value beyond 2^53, exact', 'a 18446744073709551615\n', [['a', 18446744073709551615n]]],
    ['nothing', '', []],
    [
      'an unterminated last line that is whole counts',
      'a 1\nb 2',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    ['an unterminated last line without a value is skipped', 'a 1\nb', [['a', 1]]],
    ['an unterminated last line that ends in the blank is skipped', 'a 1\nb ', [['a', 1]]],
  ])('%s', (_, text, expected) => {
    expect([...parseFlatKeyed(text, 'memory.stat')]).toEqual(expected);
  });

  test.each(['a\nb 1\n', 'a x\nb 1\n', ' 1\n', 'a 1 2\n', 'a  1\n', 'a 0x1\n', '\n', 'a 1\n\nb 2\n'])(
    '%j is refused, naming the file',
    (text) => {
      expect(() => parseFlatKeyed(text, 'memory.stat')).toThrow(KernelParseError);
      expect(() => parseFlatKeyed(text, 'memory.stat')).toThrow(/^memory\.stat: /);
    },
  );

  survives((text) => parseFlatKeyed(text, 'cpu.stat'), 'usage_usec 7519841\nuser_usec 5012345\n');
});

test('a key that must be there is missed by name, and must fit where it counts events', () => {
  const values = parseFlatKeyed('big 9007199254740993\nsmall 3\n', 'x');
  expect(requiredCount(values, 'big', 'x')).toBe(9007199254740993n);
  expect(requiredInteger(values, 'small', 'x')).toBe(3);
  expect(() => requiredInteger(values, 'big', 'x')).toThrow(KernelParseError);
  expect(() => requiredCount(values, 'none', 'x')).toThrow('x: no "none" line');
});
