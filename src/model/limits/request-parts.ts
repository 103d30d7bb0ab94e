/** What somebody wants, and values that have parts: quotas, lists of processors, devices and page sizes with what is meant for them. Pure. */
import { type Amount, parseAmount, withinRange, wrong } from './amount.ts';
import { IO_FIELDS, type IoField, type LimitKey } from './keys.ts';

export type LimitRequest =
  | { readonly kind: 'amount'; readonly key: LimitKey; readonly amount: Amount }
  | {
      readonly kind: 'quota';
      readonly key: LimitKey;
      readonly quotaUsec: number | 'max';
      readonly periodUsec: number;
    }
  | { readonly kind: 'list'; readonly key: LimitKey; readonly list: string }
  /** `device` is a path or "major:minor". */
  | {
      readonly kind: 'io';
      readonly key: LimitKey;
      readonly device: string;
      readonly rates: Readonly<Partial<Record<IoField, number | 'max'>>>;
    }
  /** As the files are named: `2MB`. */
  | { readonly kind: 'hugetlb'; readonly key: LimitKey; readonly pageSize: string; readonly amount: Amount }
  | {
      readonly kind: 'device';
      readonly key: LimitKey;
      readonly allow: boolean;
      readonly device: string;
      readonly access: string;
    };

const LEAST_QUOTA_USEC = 1000;
const PERIOD_USEC = { least: 1000, most: 1_000_000 } as const;

/** `QUOTA/PERIOD` in microseconds, as cpu.max has them. */
export function quotaRequest(key: LimitKey, value: string): LimitRequest | undefined {
  const [, quota, period] = /^\s*(max|\d+)\s*\/\s*(\d+)\s*$/.exec(value) ?? [];
  if (quota === undefined || period === undefined) return undefined;
  const periodUsec = Number(period);
  if (periodUsec < PERIOD_USEC.least || periodUsec > PERIOD_USEC.most)
    throw wrong(key, value, `periods go from ${PERIOD_USEC.least} to ${PERIOD_USEC.most} microseconds`);
  if (quota === 'max') return { kind: 'quota', key, quotaUsec: 'max', periodUsec };
  const quotaUsec = withinRange(key, value, Number(quota));
  if (quotaUsec < LEAST_QUOTA_USEC || !Number.isSafeInteger(quotaUsec))
    throw wrong(key, value, `the quota is at least ${LEAST_QUOTA_USEC} microseconds`);
  return { kind: 'quota', key, quotaUsec, periodUsec };
}

/** Quota of so many cores. @throws {LimitWordError} when the kernel counts no part of a period that small */
export function quotaOfCores(key: LimitKey, cores: number, periodUsec: number): number {
  const quota = Math.round(cores * periodUsec);
  if (quota >= LEAST_QUOTA_USEC) return quota;
  const least = LEAST_QUOTA_USEC / periodUsec;
  throw wrong(key, String(cores), `with a period of ${periodUsec} microseconds the least is ${least} cores`);
}

const MOST_CPU = 8191;

/** As the kernel writes it back: sorted, neighbours joined. */
export function cpuList(key: LimitKey, text: string): string {
  const word = text.trim();
  if (word === '') return '';
  if (!/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(word)) throw wrong(key, text, `write it as ${key.example}`);
  const numbers = new Set<number>();
  for (const part of word.split(',')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    if (last < first) throw wrong(key, text, `${part} ends before it begins`);
    if (last > MOST_CPU) throw wrong(key, text, `there is no ${last}`);
    for (let each = first; each <= last; each += 1) numbers.add(each);
  }
  return listText([...numbers].sort((a, b) => a - b));
}

function listText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const each of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === each - 1) last[1] = each;
    else ranges.push([each, each]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

export function ioRequest(key: LimitKey, value: string): LimitRequest {
  const [, device = '', words = ''] = /^(.+?):(max|(?:[a-z]+=.*))$/is.exec(value.trim()) ?? [];
  if (device === '') throw wrong(key, value, `write it as ${key.example}`);
  if (words === 'max') return { kind: 'io', key, device, rates: noRates() };
  const rates: Partial<Record<IoField, number | 'max'>> = {};
  for (const pair of words.split(',')) {
    const [name = '', amount = ''] = pair.split('=').map((part) => part.trim());
    const field = IO_FIELDS.find((each) => each === name);
    if (field === undefined) throw wrong(key, value, `${name} is none of ${IO_FIELDS.join(', ')}`);
    rates[field] = rate(key, field, amount);
  }
  return { kind: 'io', key, device, rates };
}

function noRates(): Record<IoField, 'max'> {
  return { rbps: 'max', wbps: 'max', riops: 'max', wiops: 'max' };
}

function rate(key: LimitKey, field: IoField, text: string): number | 'max' {
  const amount = parseAmount(key, text.replace(/\/s$/, ''));
  if (amount.how !== 'set') throw wrong(key, `${field}=${text}`, 'write a rate a second, or max');
  if (amount.value === 0) throw wrong(key, `${field}=0`, '0 would stop it for good; write max for no limit');
  return amount.value;
}

export function hugetlbRequest(key: LimitKey, value: string): LimitRequest {
  const [, pageSize = '', amount = ''] = /^(\d+[KMG]B):(.+)$/i.exec(value.trim()) ?? [];
  if (pageSize === '') throw wrong(key, value, `write it as ${key.example}`);
  return { kind: 'hugetlb', key, pageSize: pageSize.toUpperCase(), amount: parseAmount(key, amount) };
}

/** What Linux has room for: 12 and 20 bits. */
const MOST_MAJOR = 4095;
const MOST_MINOR = 1_048_575;

/** `allow:/dev/fuse:rw`, `deny:c:10:229:rwm`; all three accesses unless told. */
export function deviceRequest(key: LimitKey, value: string): LimitRequest {
  const [, how = '', device = '', access = 'rwm'] =
    /^(allow|deny):(\/.+?|[abc]:(?:\d+|\*):(?:\d+|\*))(?::([rwm]{1,3}))?$/.exec(value.trim()) ?? [];
  if (how === '') throw wrong(key, value, `write it as ${key.example} or devices=deny:c:10:229`);
  const [, major = '*', minor = '*'] = device.startsWith('/') ? [] : device.split(':');
  if (Number(major === '*' ? 0 : major) > MOST_MAJOR || Number(minor === '*' ? 0 : minor) > MOST_MINOR)
    throw wrong(key, value, `numbers of devices go to ${MOST_MAJOR}:${MOST_MINOR}`);
  const ordered = [...'rwm'].filter((each) => access.includes(each)).join('');
  return { kind: 'device', key, allow: how === 'allow', device, access: ordered };
}
