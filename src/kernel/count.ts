/**
 * 64-bit kernel counters. JavaScript numbers are exact to 2^53, the kernel's go to 2^64: a value that does not fit stays a
 * bigint (and becomes a string in JSON), never a rounded number. Pure.
 */
import { KernelParseError } from './errors.ts';

export type Count = number | bigint;

/** "No limit", never -1 and never a page-rounded LONG_MAX. */
export type Limit = Count | 'max';

/** One digit or more, and nothing else. */
export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text !== '';
}

const MINUS = 0x2d;
const ZERO = 0x30;

/** One decimal integer, sign allowed: digit by digit, as the hottest of all that is parsed. @throws {KernelParseError} on anything else */
export function parseCount(text: string, file: string): Count {
  const isNegative = text.charCodeAt(0) === MINUS;
  const from = isNegative ? 1 : 0;
  let value = 0;
  for (let at = from; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) throw notDecimal(text, file);
    value = value * 10 + digit;
  }
  if (text.length === from) throw notDecimal(text, file);
  // What was rounded on the way is larger as well.
  if (value > Number.MAX_SAFE_INTEGER) return BigInt(text);
  return isNegative ? -value : value;
}

function notDecimal(text: string, file: string): KernelParseError {
  return new KernelParseError(file, 'expected a decimal integer', text);
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
