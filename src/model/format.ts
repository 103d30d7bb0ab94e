/**
 * Numbers for people. Sizes and counts take at most 5 columns, so that units never change a column's width. Pure.
 */
import { type Count, toNumber } from '../kernel/count.ts';

/** Denied, unsupported or gone: there is an answer, but we could not get it. */
export const UNKNOWN_MARK = '?';
/** Does not apply, or is not measured yet. `absentMark` gives the form for terminals without UTF-8. */
export const ABSENT_MARK = '–';
/** After a limit that an ancestor sets. */
export const INHERITED_MARK = '↑';

export function absentMark(ascii: boolean): string {
  return ascii ? '-' : ABSENT_MARK;
}

export function inheritedMark(ascii: boolean): string {
  return ascii ? '^' : INHERITED_MARK;
}

const SIZE_UNITS = ['K', 'M', 'G', 'T', 'P', 'E', 'Z'];
const COUNT_UNITS = ['k', 'M', 'G', 'T', 'P', 'E'];

/** Bytes in powers of 1024: `0`, `812B`, `64.0M`, `487M`, `1.0G`. */
export function formatBytes(count: Count): string {
  const value = toNumber(count);
  if (!Number.isFinite(value)) return UNKNOWN_MARK;
  if (value < 0) return `-${formatBytes(-value)}`;
  if (value === 0) return '0';
  if (value < 1) return '<1B';
  if (Math.round(value) < 1024) return `${Math.round(value)}B`;
  return scaled(value, 1024, SIZE_UNITS);
}

/** Bytes a second, in the units of `formatBytes`; what is less than one byte but not nothing is `<1B`, not 0. */
export function formatRate(perSecond: number): string {
  return formatBytes(perSecond);
}

/** Things counted: exact up to 99999, then in powers of 1000: `31`, `123k`, `1.2M`. */
export function formatCount(count: Count): string {
  const value = toNumber(count);
  if (!Number.isFinite(value)) return UNKNOWN_MARK;
  if (value < 0) return `-${formatCount(-value)}`;
  return value < 100_000 ? String(Math.round(value)) : scaled(value, 1000, COUNT_UNITS);
}

/** A share as percent without its sign: 0.125 is `12.5`. One decimal below 1000 %, none above: 99.99 is `9999`. */
export function formatPercent(ratio: number): string {
  const percent = ratio * 100;
  if (!Number.isFinite(percent)) return UNKNOWN_MARK;
  return Math.abs(percent) < 999.95 ? (Math.round(percent * 10) / 10 || 0).toFixed(1) : percent.toFixed(0);
}

/** One decimal below 100, none above; the next unit rather than four digits that round to it. */
function scaled(value: number, base: number, units: readonly string[]): string {
  let rest = value;
  let text = '';
  for (const unit of units) {
    rest /= base;
    text = `${rest < 99.95 ? rest.toFixed(1) : rest.toFixed(0)}${unit}`;
    if (Math.round(rest) < base) break;
  }
  return text;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** How long, rounded down, the smaller unit only while it matters: `42s`, `5m`, `2h`, `2h5m`, `3d4h`, `40d`, `2y35d`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN_MARK;
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return twoUnits(ms, HOUR, 'h', MINUTE, 'm');
  if (ms < 2 * YEAR) return twoUnits(ms, DAY, 'd', HOUR, 'h');
  return twoUnits(ms, YEAR, 'y', DAY, 'd');
}

function twoUnits(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return whole >= 10 || rest === 0 ? `${whole}${largeUnit}` : `${whole}${largeUnit}${rest}${smallUnit}`;
}

/** CPU time used, from microseconds: tenths of a second up to a minute, then as `formatDuration`. */
export function formatCpuTime(usec: Count): string {
  const seconds = toNumber(usec) / 1e6;
  return Math.abs(seconds) < 59.95 ? `${seconds.toFixed(1)}s` : formatDuration(seconds * SECOND);
}

const SIZE = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:([kmgtpe])(?:i?b)?|b)?$/i;

/** `512`, `64M`, `1.5G`, `10KiB`: bytes, units in powers of 1024 as docker reads them. @throws {RangeError} on others */
export function parseSize(text: string): number {
  const match = SIZE.exec(text.trim());
  const power = match?.[2] === undefined ? 0 : SIZE_UNITS.indexOf(match[2].toUpperCase()) + 1;
  const bytes = match === null ? Number.NaN : Math.round(Number(match[1]) * 1024 ** power);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new RangeError(
    `${JSON.stringify(text)} is not a size: write bytes or a number with K, M, G, T, as in 1.5G`,
  );
}

const DURATION =
  /^(?:(\d+(?:\.\d+)?)y)?(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?$/i;

/** `90`, `90s`, `5m`, `3d4h`: milliseconds; a bare number is seconds. @throws {RangeError} on others */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const match = trimmed === '' ? null : DURATION.exec(trimmed);
  if (match === null) {
    throw new RangeError(`${JSON.stringify(text)} is not a duration: write 90s, 5m, 2h or 3d4h`);
  }
  return [YEAR, DAY, HOUR, MINUTE, SECOND].reduce(
    (sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unit,
    0,
  );
}
