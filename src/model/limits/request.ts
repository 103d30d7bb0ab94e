/** `KEY=VALUE` words as what somebody wants. Which device a path is, and what there is now, comes later. Pure. */
import { parseAmount, parseChange, wrong } from './amount.ts';
import { type LimitKey, limitKey, limitKeyIds } from './keys.ts';
import { nearest } from './nearest.ts';
import { LimitWordError } from './refusal.ts';
import {
  cpuList,
  deviceRequest,
  hugetlbRequest,
  ioRequest,
  type LimitRequest,
  quotaRequest,
} from './request-parts.ts';

export type { LimitRequest } from './request-parts.ts';

/** @throws {LimitWordError} */
export function parseLimitWords(words: readonly string[]): LimitRequest[] {
  const requests = words.map(parseWord);
  const seen = new Set<string>();
  for (const request of requests) {
    const part = 'device' in request ? request.device : 'pageSize' in request ? request.pageSize : '';
    // Two views of one limit would be written one over the other.
    const files = [...request.key.files[1], ...request.key.files[2]].map(({ name }) => name).join();
    const what = `${files === '' ? request.key.id : files} ${part}`;
    if (seen.has(what)) throw new LimitWordError(`${request.key.id} is given twice`);
    seen.add(what);
  }
  return requests;
}

/** Of `KEY=VALUE`, `KEY+=VALUE` and `KEY-=VALUE`: the key is letters, with hyphens between them. */
function partsOf(word: string): { name: string; sign: string; value: string } | undefined {
  const end = word.indexOf('=');
  const sign = word[end - 1] ?? '';
  const isSigned = sign === '+' || sign === '-';
  const name = word.slice(0, isSigned ? end - 1 : Math.max(end, 0));
  if (name === '' || name.endsWith('-') || ![...name].every(isOfKey)) return undefined;
  return { name, sign: isSigned ? sign : '', value: word.slice(end + 1) };
}

function isOfKey(character: string): boolean {
  return (
    character === '-' || (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z')
  );
}

function parseWord(word: string): LimitRequest {
  const parts = partsOf(word);
  if (parts === undefined)
    throw new LimitWordError(`${JSON.stringify(word)} is not KEY=VALUE, as in memory=256M`);
  const { name, sign, value } = parts;
  const key = limitKey(name.toLowerCase());
  if (key === undefined) throw unknownKey(name);
  if (value.trim() === '' && key.unit !== 'list') throw wrong(key, value, `write it as ${key.example}`);
  if (sign !== '') {
    if (!['bytes', 'cores', 'count', 'usec', 'weight'].includes(key.unit))
      throw wrong(key, value, 'it cannot be changed by an amount');
    return { kind: 'amount', key, amount: parseChange(key, value, sign === '+' ? 1 : -1) };
  }
  return parseValue(key, value);
}

function unknownKey(name: string): LimitWordError {
  const meant = nearest(name, limitKeyIds());
  const hint = meant === undefined ? `there are ${limitKeyIds().join(', ')}` : `did you mean ${meant}?`;
  return new LimitWordError(`no limit is called ${JSON.stringify(name)}; ${hint}`);
}

function parseValue(key: LimitKey, value: string): LimitRequest {
  switch (key.unit) {
    case 'list':
      return { kind: 'list', key, list: cpuList(key, value) };
    case 'io':
      return ioRequest(key, value);
    case 'hugetlb':
      return hugetlbRequest(key, value);
    case 'devices':
      return deviceRequest(key, value);
    case 'cores':
      return quotaRequest(key, value) ?? { kind: 'amount', key, amount: parseAmount(key, value) };
    default:
      return { kind: 'amount', key, amount: parseAmount(key, value) };
  }
}
