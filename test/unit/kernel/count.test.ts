import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDigits, parseCount } from '../../../src/kernel/count.ts';
import { KernelParseError } from '../../../src/kernel/errors.ts';

describe('parseCount', () => {
  it.each<[string, number | bigint]>([
    ['0', 0],
    ['-1', -1],
    ['-0', -0],
    ['007', 7],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
  ])('%s', (text, value) => {
    expect(parseCount(text, 'x')).toBe(value);
  });

  it.each(['', ' 1', '1 ', '1\n', '+1', '1e3', '0x10', '1.0', '--1', 'NaN', 'Infinity', '1_0', '٣'])(
    'not %j',
    (text) => {
      expect(() => parseCount(text, 'x')).toThrow(KernelParseError);
    },
  );

  it('any text, as an expression tells it', () => {
    const text = fc.oneof(fc.string({ unit: fc.constantFrom(...'0123456789-+.e x') }), fc.string());
    fc.assert(
      fc.property(text, (each) => {
        if (/^-?\d+$/.test(each)) expect(String(parseCount(each, 'x'))).toBe(String(BigInt(each)));
        else expect(() => parseCount(each, 'x')).toThrow(KernelParseError);
        expect(isDigits(each)).toBe(/^\d+$/.test(each));
      }),
    );
  });
});
