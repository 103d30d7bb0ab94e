/**
 * 64-bit kernel counters. JavaScript numbers are exact to 2^53, the kernel's go to 2^64: a value that does not fit stays a
 * bigint (and becomes a string in JSON), never a rounded number. Pure.
 */
import { KernelParseError } from './errors.ts';

export type Count = number | bigint;

/** "No limit", never -1 and never a page-rounded LONG_MAX. */
export type Limit = Count | 'max';

const DECIMAL = /^-?\d+$/;

/** One digit or more, and nothing else. */
export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text !== '';
}

/** One decimal integer, sign allowed. @throws {KernelParseError} on anything else */
export function parseCount(text: string, file: string): Count {
  const value = Number(text);
  // Nearly all: an expression would have to be compiled first.
  if (Number.isSafeInteger(value) && String(value) === text) return value;
  if (!DECIMAL.test(text)) throw new KernelParseError(file, 'expected a decimal integer', text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** A decimal integer known to fit a double exactly (pids, ids, ticks). @throws {KernelParseError} when it does not */
export function parseInteger(text: string, file: string): number {
  const value = parseCount(text, file);
  if (typeof value === 'bigint') throw new KernelParseError(file, 'integer beyond 2^53', text);
  return value;
}

/** For arithmetic on rates and shares, where a rounding of 1 in 2^53 does not matter. */
export function toNumber(count: Count): number {
  return typeof count === 'bigint' ? Number(count) : count;
}

/** The smaller of two limits; `max` is larger than any count. */
export function minLimit(a: Limit, b: Limit): Limit {
  if (a === 'max') return b;
  if (b === 'max') return a;
  return a <= b ? a : b;
}
