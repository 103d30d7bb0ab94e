/**
 * Numbers as people write them: `256M`, `1.5`, `50%`, `max`, `20ms`, and changes of what is there: `+20%`, `-20%`, `+100M`. Pure.
 */
import { isDigits } from '../../kernel/count.ts';
import { parseSize } from '../format.ts';
import type { LimitKey } from './keys.ts';
import { LimitWordError } from './refusal.ts';

/** `value` in the key's unit; `ratio` 0.5 for 50 %. */
export type Amount =
  | { readonly how: 'set'; readonly value: number | 'max' }
  /** Of what the cgroups above allow, or of the host. */
  | { readonly how: 'share'; readonly ratio: number }
  /** Of what it is now, up or down. */
  | { readonly how: 'change'; readonly by: { readonly ratio: number } | { readonly value: number } };

const PERCENT = /^(\d+(?:\.\d+)?)%$/;
const percentIn = (word: string) => (word.endsWith('%') ? PERCENT.exec(word)?.[1] : undefined);
const NUMBER = /^(?:\d+(?:\.\d*)?|\.\d+)$/;

/** @throws {LimitWordError} */
export function parseAmount(key: LimitKey, text: string): Amount {
  const word = text.trim();
  if (word === 'max' || word === 'unlimited' || word === 'infinity') {
    if (key.hasMax) return { how: 'set', value: 'max' };
    throw wrong(key, text, 'it always has a value');
  }
  if (word.startsWith('+')) return { how: 'change', by: change(key, word.slice(1), 1) };
  if (word.startsWith('-')) {
    if (percentIn(word.slice(1)) !== undefined) return { how: 'change', by: change(key, word.slice(1), -1) };
    const none = key.hasMax ? ', or max for no limit' : '';
    throw wrong(key, text, `it cannot be negative; to lower it, write ${key.id}-=${word.slice(1)}${none}`);
  }
  const percent = percentIn(word);
  if (percent !== undefined) return share(key, text, Number(percent) / 100);
  return { how: 'set', value: withinRange(key, text, number(key, word)) };
}

/** For `KEY+=VALUE` and `KEY-=VALUE`. @throws {LimitWordError} */
export function parseChange(key: LimitKey, text: string, sign: 1 | -1): Amount {
  return { how: 'change', by: change(key, text.trim(), sign) };
}

function change(key: LimitKey, word: string, sign: 1 | -1): { ratio: number } | { value: number } {
  const percent = percentIn(word);
  if (percent !== undefined) return { ratio: (sign * Number(percent)) / 100 };
  return { value: sign * number(key, word) };
}

/** 50 % of a core is half a core, as systemd and top count; of everything else it is a share of what there is. */
function share(key: LimitKey, text: string, ratio: number): Amount {
  if (key.unit === 'cores') return { how: 'set', value: withinRange(key, text, ratio) };
  if (!key.inherits && key.unit !== 'bytes') throw wrong(key, text, 'it is no part of anything');
  if (ratio === 0) withinRange(key, text, 0);
  return { how: 'share', ratio };
}

/** @throws {LimitWordError} */
export function withinRange(key: LimitKey, text: string, value: number): number {
  if (value === 0 && key.zero !== undefined) throw wrong(key, text, key.zero);
  const { range } = key;
  if (range !== undefined && (value < range.least || value > range.most))
    throw wrong(key, text, `it goes from ${range.least} to ${range.most}`);
  return value;
}

function number(key: LimitKey, word: string): number {
  if (key.unit === 'bytes' || key.unit === 'hugetlb' || key.unit === 'io') return size(key, word);
  if (key.unit === 'usec') return usec(key, word);
  if (!isDigits(word) && !NUMBER.test(word)) throw wrong(key, word, `write it as ${key.example}`);
  const value = Number(word);
  if (key.unit !== 'cores' && !Number.isSafeInteger(value))
    throw wrong(
      key,
      word,
      Number.isInteger(value) ? 'that is more than can be counted' : 'it has no fractions',
    );
  if (value > MOST_CORES && key.unit === 'cores')
    throw wrong(key, word, 'there are no hosts with so many cores');
  return value;
}

const MOST_CORES = 1_000_000;

function size(key: LimitKey, word: string): number {
  try {
    return parseSize(word);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const isTooMuch = /^\d[\d.]*\s*(?:[kmgtpezy](?:i?b)?|b)?$/i.test(word);
    throw wrong(key, word, isTooMuch ? 'that is more than can be counted' : `write it as ${key.example}`);
  }
}

const USEC: Readonly<Record<string, number>> = { '': 1, us: 1, ms: 1000, s: 1_000_000 };

function usec(key: LimitKey, word: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)(us|ms|s)?$/.exec(word) ?? [];
  const value = Math.round(Number(digits) * (USEC[unit] ?? 1));
  if (digits === '' || !Number.isSafeInteger(value)) throw wrong(key, word, `write it as ${key.example}`);
  return value;
}

export function wrong(key: LimitKey, word: string, why: string): LimitWordError {
  return new LimitWordError(`${key.id}=${word}: ${why}`);
}
