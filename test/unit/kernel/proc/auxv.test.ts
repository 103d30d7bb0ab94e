import { describe, expect, test } from 'vitest';
import { KernelParseError } from '../../../../src/kernel/errors.ts';
import { AT_CLKTCK, AT_PAGESZ, parseAuxv } from '../../../../src/kernel/proc/auxv.ts';
import { fixtureBytes } from '../fixture.ts';
import { survivesBytes } from '../survives.ts';

const REAL = fixtureBytes('proc/linux-6.18/auxv');

describe('parseAuxv', () => {
  // getconf CLK_TCK and getconf PAGESIZE on the same kernel.
  test('"starttime is ticks since boot: ask the host for CLK_TCK" (Linux 6.18, x86_64)', () => {
    const vector = parseAuxv(REAL);
    expect(vector.get(AT_CLKTCK)).toBe(100n);
    expect(vector.get(AT_PAGESZ)).toBe(4096n);
    expect(vector.has(0)).toBe(false);
  });

  test('reads at any offset of a shared buffer, and stops at AT_NULL', () => {
    const buffer = Buffer.alloc(REAL.length + 40, 0xff);
    buffer.set(REAL, 3);
    expect(parseAuxv(buffer.subarray(3))).toEqual(parseAuxv(REAL));
  });

  test('values of 64 bits stay exact', () => {
    const words = new DataView(new ArrayBuffer(32));
    words.setBigUint64(0, 16n, true);
    words.setBigUint64(8, 2n ** 64n - 1n, true);
    expect(parseAuxv(new Uint8Array(words.buffer)).get(16)).toBe(2n ** 64n - 1n);
  });

  test('empty for a kernel thread', () => {
    expect(parseAuxv(new Uint8Array())).toEqual(new Map());
  });

  test.each([1, 16, 24, 32])('cut after %i bytes is refused', (length) => {
    expect(() => parseAuxv(REAL.subarray(0, length))).toThrow(KernelParseError);
  });

  survivesBytes(parseAuxv, REAL);
});
