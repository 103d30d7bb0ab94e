/** What an amount comes to, given what there is. Pure. */
import { type Limit, toNumber } from '../../kernel/count.ts';
import type { Amount } from './amount.ts';
import type { LimitKey } from './keys.ts';
import { LimitRefusal, LimitWordError } from './refusal.ts';
import type { LimitPlace, LimitSnapshot } from './snapshot.ts';
import { mostAbove, valueAt } from './values.ts';
import { readable } from './write.ts';

/** @throws {LimitRefusal | LimitWordError} */
export function amountValue(
  key: LimitKey,
  place: LimitPlace,
  amount: Amount,
  snapshot: LimitSnapshot,
  current: Limit = readable(valueAt(place, place.own, key), `${place.own.directory}/${key.id}`),
): number | 'max' {
  if (amount.how === 'set') return amount.value;
  if (amount.how === 'share') {
    const most = readable(mostAbove(place, key, hostMost(key, snapshot)).value, place.own.directory);
    if (most === 'max')
      throw new LimitRefusal(`${key.id}: nothing above limits it, so there is nothing to take a part of`);
    return rounded(key, toNumber(most) * amount.ratio);
  }
  if (current === 'max')
    throw new LimitRefusal(
      `${key.id}: it has no limit that could be changed by an amount; give it one first`,
    );
  const now = toNumber(current);
  const value = rounded(key, 'ratio' in amount.by ? now * (1 + amount.by.ratio) : now + amount.by.value);
  return checkedChange(key, value, now);
}

function checkedChange(key: LimitKey, value: number, now: number): number {
  const { least = 0, most = Number.MAX_SAFE_INTEGER } = key.range ?? {};
  const lowest = key.zero === undefined ? least : Math.max(least, Number.MIN_VALUE);
  if (value >= lowest && value <= most) return value;
  throw new LimitWordError(`${key.id}: from ${now} that would come to ${value}, which it cannot be`);
}

function rounded(key: LimitKey, value: number): number {
  return key.unit === 'cores' ? value : Math.round(value);
}

export function hostMost(key: LimitKey, { host }: LimitSnapshot): number | undefined {
  return key.id === 'memory' || key.id === 'memory-high' || key.id === 'memory-low'
    ? host.memTotalBytes
    : undefined;
}
