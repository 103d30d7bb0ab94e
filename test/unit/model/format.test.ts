import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  absentMark,
  formatBytes,
  formatCount,
  formatCpuTime,
  formatDuration,
  formatPercent,
  formatRate,
  parseDuration,
  parseSize,
} from '../../../src/model/format.ts';

const K = 1024;
const M = K * K;
const G = K * M;

describe('formatBytes', () => {
  it.each([
    [0, '0'],
    [1, '1B'],
    [812, '812B'],
    [1023, '1023B'],
    [K, '1.0K'],
    [64 * M, '64.0M'],
    [99.94 * M, '99.9M'],
    [99.96 * M, '100M'],
    [487 * M, '487M'],
    [1023.4 * M, '1023M'],
    [1023.6 * M, '1.0G'],
    [G, '1.0G'],
    [2n ** 64n - 1n, '16.0E'],
    [9223372036854771712n, '8.0E'],
    [-64 * M, '-64.0M'],
    [0.2, '<1B'],
    [Number.NaN, '?'],
  ])('%d is %s', (count, expected) => {
    expect(formatBytes(count)).toBe(expected);
    expect(formatRate(Number(count))).toBe(expected);
  });

  it('never takes more than 5 columns', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), (count) => formatBytes(count).length <= 5));
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e19, noNaN: true }), (rate) => formatRate(rate).length <= 5),
    );
  });

  it('never shrinks while the number grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), fc.integer({ min: 0, max: 2 ** 50 }), (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        expect(parseSize(formatBytes(less))).toBeLessThanOrEqual(parseSize(formatBytes(more)));
      }),
    );
  });
});

describe('other numbers', () => {
  it.each([
    [0, '0.0'],
    [0.125, '12.5'],
    [1.482, '148.2'],
    [9.9994, '999.9'],
    [9.9996, '1000'],
    [99.99, '9999'],
    [-0.0001, '0.0'],
    [Number.POSITIVE_INFINITY, '?'],
  ])('the ratio %d is %s percent', (ratio, expected) => {
    expect(formatPercent(ratio)).toBe(expected);
  });

  it.each([
    [0, '0'],
    [31, '31'],
    [99_999, '99999'],
    [100_000, '100k'],
    [4_194_304, '4.2M'],
    [2n ** 63n, '9.2E'],
    [-3, '-3'],
  ])('%d things are %s', (count, expected) => {
    expect(formatCount(count)).toBe(expected);
  });

  it.each([
    [0, '0s'],
    [-5000, '0s'],
    [42_900, '42s'],
    [60_000, '1m'],
    [300_000, '5m'],
    [7_200_000, '2h'],
    [7_500_000, '2h5m'],
    [36_300_000, '10h'],
    [76 * 3_600_000, '3d4h'],
    [40 * 86_400_000, '40d'],
    [765 * 86_400_000, '2y35d'],
    [Number.NaN, '?'],
  ])('%d ms are %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  it.each([
    [0, '0.0s'],
    [12_340_000, '12.3s'],
    [59_970_000, '59s'],
    [7_500_000_000n, '2h5m'],
  ])('%d usec of CPU time are %s', (usec, expected) => {
    expect(formatCpuTime(usec)).toBe(expected);
  });

  it('marks what is absent in the characters the terminal has', () => {
    expect([absentMark(false), absentMark(true)]).toEqual(['–', '-']);
  });
});

describe('parseSize and parseDuration', () => {
  it.each([
    ['512', 512],
    ['0', 0],
    ['64M', 64 * M],
    ['64m', 64 * M],
    ['64MB', 64 * M],
    ['64MiB', 64 * M],
    [' 1.5G ', 1.5 * G],
    ['.5k', 512],
    ['812B', 812],
    ['1T', 1024 * G],
  ])('%j is %d bytes', (text, expected) => {
    expect(parseSize(text)).toBe(expected);
  });

  it.each(['', 'M', '-1', '1X', '1.2.3', '1e3', '99999E', '1 000', 'max', '0x10', 'NaN'])(
    '%j is not a size',
    (text) => {
      expect(() => parseSize(text)).toThrow(RangeError);
    },
  );

  it.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['3d4h', 273_600_000],
    ['1.5h', 5_400_000],
    ['1y', 31_536_000_000],
  ])('%j is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(['', 's', '5x', '1m1h', '-5m', 'h5'])('%j is not a duration', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
  });

  it('reads back what formatDuration prints, to the unit shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(formatDuration(parseDuration(formatDuration(ms)))).toBe(formatDuration(ms));
      }),
    );
  });
});
