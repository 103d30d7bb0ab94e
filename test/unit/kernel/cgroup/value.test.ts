import { describe, expect, test } from 'vitest';
import { parseLimitV1, parseLimitV2, parseSingleCount } from '../../../../src/kernel/cgroup/value.ts';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

describe('parseLimitV2', () => {
  test.each([
    ['`max` also appears in memory.min and memory.low', 'max\n', 'max'],
    ['bytes', '67108864\n', 67108864],
    ['zero is a limit', '0\n', 0],
    ['without the newline', '50', 50],
    ['beyond 2^53', '9223372036854771712\n', 9223372036854771712n],
  ])('%s', (_, text, expected) => {
    expect(parseLimitV2(text, 'memory.low')).toBe(expected);
  });

  survives((text) => parseLimitV2(text, 'memory.max'), 'max\n', '67108864\n');
});

describe('parseLimitV1', () => {
  test.each([
    ['"v1 says -1"', '-1\n', 'max'],
    ['"or a page-rounded LONG_MAX", pages of 4 KiB', '9223372036854771712\n', 'max'],
    ['"which varies with the page size", 16 KiB', '9223372036854759424\n', 'max'],
    ['64 KiB', '9223372036854710272\n', 'max'],
    ['LLONG_MAX, 3.10', '9223372036854775807\n', 'max'],
    ['ULLONG_MAX, 3.18', '18446744073709551615\n', 'max'],
    ['pids.max in v1', 'max\n', 'max'],
    ['a real limit', '67108864\n', 67108864],
    ['zero', '0\n', 0],
    ['huge, but below every rounded LONG_MAX', '9223372036854706176\n', 9223372036854706176n],
  ])('%s', (_, text, expected) => {
    expect(parseLimitV1(text, 'memory.limit_in_bytes')).toBe(expected);
  });

  test.each([
    ['memory.limit_in_bytes', 67108864],
    ['memory.limit_in_bytes-unlimited', 'max'],
    ['pids.max', 50],
  ])('%s of Linux 6.18', (file, expected) => {
    expect(parseLimitV1(fixture(`cgroup/linux-6.18-v1/${file}`), file)).toBe(expected);
  });

  survives((text) => parseLimitV1(text, 'memory.limit_in_bytes'), '-1\n', '9223372036854771712\n');
});

describe('parseSingleCount', () => {
  test.each([
    ['0\n', 0],
    ['42', 42],
    ['18446744073709551615\n', 18446744073709551615n],
  ])('%j', (text, expected) => {
    expect(parseSingleCount(text, 'pids.current')).toBe(expected);
  });

  survives((text) => parseSingleCount(text, 'pids.current'), '1234\n');
});

test.each(['', '\n', 'x\n', '1\n2\n', '1 2\n', 'Max\n', '0x10\n', '1.5\n'])(
  '%j is refused by all three',
  (text) => {
    for (const parse of [parseLimitV2, parseLimitV1, parseSingleCount]) {
      expect(() => parse(text, 'file')).toThrow(KernelParseError);
    }
  },
);

test('"max" is no count', () => {
  expect(() => parseSingleCount('max\n', 'memory.current')).toThrow(KernelParseError);
});
