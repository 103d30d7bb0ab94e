import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseLimits } from '../../../../src/kernel/proc/limits.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const REAL = fixture('proc/linux-6.18/limits');
const HEADER = `${REAL.split('\n')[0]}\n`;

describe('parseLimits', () => {
  test('reads the sixteen limits (Linux 6.18)', () => {
    const limits = parseLimits(REAL);
    expect(limits).toHaveLength(16);
    expect(limits[0]).toEqual({ name: 'Max cpu time', soft: 'max', hard: 'max', unit: 'seconds' });
    expect(limits[3]).toEqual({ name: 'Max stack size', soft: 8388608, hard: 'max', unit: 'bytes' });
    expect(limits[13]).toEqual({ name: 'Max nice priority', soft: 0, hard: 0 });
    expect(limits[15]).toEqual({ name: 'Max realtime timeout', soft: 'max', hard: 'max', unit: 'us' });
  });

  test('a name or a number that fills its column leaves one blank', () => {
    const line = `${'N'.repeat(25)} 18446744073709551614 9223372036854775808  bytes     \n`;
    expect(parseLimits(HEADER + line)).toEqual([
      { name: 'N'.repeat(25), soft: 18446744073709551614n, hard: 9223372036854775808n, unit: 'bytes' },
    ]);
  });

  test.each([
    ['no header', ''],
    ['another file', 'Name:\tsh\n'],
    [
      'words for numbers',
      `${HEADER}Max cpu time              some                 more                 seconds\n`,
    ],
    ['an empty line', `${HEADER}\n`],
  ])('%s is refused', (_, text) => {
    expect(() => parseLimits(text)).toThrow(KernelParseError);
  });

  survives(parseLimits, REAL);
});
