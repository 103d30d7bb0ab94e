/** Times as people type them: `30s`, `1.5m`, `250ms`, `2h`, `1d`; a number alone is seconds. */
import { InvalidArgumentError } from 'commander';

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SHAPE = /^(?<number>\d+(?:\.\d+)?)(?<unit>ms|s|m|h|d)?$/;
/** Longer than anybody waits, and well within what timers can count. */
const MOST_MS = 365 * UNITS_MS.d;

/** Milliseconds, at least one. @throws {InvalidArgumentError} for commander: wrong usage */
export function durationMs(text: string): number {
  const { number = '', unit = 's' } = SHAPE.exec(text)?.groups ?? {};
  const ms = Number(number) * (unit in UNITS_MS ? UNITS_MS[unit as keyof typeof UNITS_MS] : Number.NaN);
  if (number === '' || !(ms >= 1 && ms <= MOST_MS))
    throw new InvalidArgumentError('expected a time from 1ms to 365d, such as 250ms, 30s, 10m or 2h.');
  return ms;
}

/** `30s`, `1m 30s`, `250ms`: the two largest units. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${Number(ms.toPrecision(2))}ms`;
  const parts: string[] = [];
  let rest = Math.round(ms / 100) * 100;
  for (const unit of ['d', 'h', 'm'] as const) {
    const count = Math.floor(rest / UNITS_MS[unit]);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * UNITS_MS[unit];
  }
  if (rest > 0 && parts.length < 2) parts.push(`${rest / 1000}s`);
  return parts.slice(0, 2).join(' ');
}
