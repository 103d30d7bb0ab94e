import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { durationMs, durationText } from '../../../src/cli/duration.ts';

describe('durationMs', () => {
  it.each([
    ['1ms', 1],
    ['250ms', 250],
    ['30s', 30_000],
    ['30', 30_000],
    ['0.5', 500],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['365d', 31_536_000_000],
  ])('%s', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each([
    '',
    '0',
    '0s',
    '0.4ms',
    '-1',
    '-1s',
    '+1',
    '1e3',
    '1 s',
    '1S',
    '1w',
    's',
    '366d',
    '9'.repeat(400),
    'Infinity',
    '0x10',
  ])('%j is none', (text) => expect(() => durationMs(text)).toThrow(InvalidArgumentError));
});

describe('durationText', () => {
  it.each([
    [250, '250ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [59_960, '1m'],
    [90_000, '1m 30s'],
    [3_600_000, '1h'],
    [90_061_000, '1d 1h'],
  ])('%i', (ms, text) => expect(durationText(ms)).toBe(text));
});
