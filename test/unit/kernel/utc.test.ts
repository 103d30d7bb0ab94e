import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utcText } from '../../../src/kernel/utc.ts';

const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

describe('utcText', () => {
  it.each([
    '1970-01-01T00:00:00.000Z',
    '1972-02-29T23:59:59.999Z',
    '1999-12-31T23:59:59.999Z',
    '2000-02-29T12:00:00.001Z',
    '2000-03-01T00:00:00.000Z',
    '2024-12-31T00:00:00.010Z',
    '2100-02-28T23:59:59.100Z',
    '2100-03-01T00:00:00.000Z',
    '2400-02-29T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ])('%s', (text) => {
    expect(utcText(Date.parse(text))).toBe(text);
  });

  it('is what Date writes, at any moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST }), (ms) => {
        expect(utcText(ms)).toBe(new Date(ms).toISOString());
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: LAST, noNaN: true }), (ms) => {
        expect(utcText(ms)).toBe(new Date(ms).toISOString());
      }),
    );
  });

  it('each day of nine centuries', () => {
    for (let ms = 0; ms < Date.UTC(2870, 0, 1); ms += 86_400_000)
      if (utcText(ms) !== new Date(ms).toISOString()) throw new Error(`${ms}: ${utcText(ms)}`);
  });
});
