import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { parseSockstat } from '../../../../src/kernel/proc/net-sockstat.ts';
import { fixture } from '../fixture.ts';
import { survives } from '../survives.ts';

const REAL = fixture('proc/linux-6.18/net-sockstat');

describe('parseSockstat', () => {
  test('counts by protocol and name (Linux 6.18)', () => {
    const counts = parseSockstat(REAL);
    expect(counts.get('TCP')?.get('inuse')).toBe(5);
    expect(counts.get('TCP')?.get('tw')).toBe(3);
    expect(counts.get('RAW')?.get('inuse')).toBe(1);
    expect(counts.get('sockets')?.get('used')).toBe(12);
  });

  test.each([
    ['no colon', 'TCP inuse 1\n'],
    ['half a pair', 'TCP: inuse\n'],
    ['a word for a number', 'TCP: inuse many\n'],
  ])('%s is refused', (_, text) => {
    expect(() => parseSockstat(text)).toThrow(KernelParseError);
  });

  survives(parseSockstat, REAL);
});
