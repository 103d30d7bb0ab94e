/** A limit in its own unit, whatever the file that holds it counts in, and the smallest of it and those above. Pure. */
import { type Limit, minLimit, parseCount, toNumber } from '../../kernel/count.ts';
import { type Fact, isUnknown, known, mapFact } from '../../kernel/reading.ts';
import { blkioOfIoWeight, ioWeightOfBlkio, sharesOfWeight, swapOf, weightOfShares } from './conversions.ts';
import type { LimitFile, LimitKey } from './keys.ts';
import { fileOf, type LimitLevel, type LimitPlace, quotaAt, settingAt } from './snapshot.ts';

const MEMORY_V1: LimitFile = { name: 'memory.limit_in_bytes', kind: 'bytes-v1' };

/** Bytes, cores, a count, microseconds, a weight; `max` for none. Undefined where that cgroup has no such file. */
export function valueAt(place: LimitPlace, level: LimitLevel, key: LimitKey): Fact<Limit> {
  if (key.id === 'cpu') {
    return mapFact(quotaAt(level, place.version), ({ quotaUsec, periodUsec }) =>
      quotaUsec === 'max' ? 'max' : quotaUsec / periodUsec,
    );
  }
  const file = fileOf(place, key);
  if (file === undefined) return undefined;
  const value = mapFact(settingAt(level, file), (text) => limitOf(text, file.name));
  if (key.id === 'swap' && place.version === 1) return swapV1(level, value);
  return mapFact(value, (limit) => (limit === 'max' ? limit : inKeysUnit(key, file, limit)));
}

export function limitOf(setting: string, file: string): Limit {
  return setting === 'max' ? 'max' : parseCount(setting, file);
}

function swapV1(level: LimitLevel, memsw: Fact<Limit>): Fact<Limit> {
  const memory = settingAt(level, MEMORY_V1);
  if (memory === undefined || isUnknown(memory)) return memory;
  return mapFact(memsw, (limit) => swapOf(limit, limitOf(memory, MEMORY_V1.name)));
}

/** bfq counts as blkio does, up to 1000. */
const isBlkio = ({ name }: LimitFile) => name !== 'io.weight';

function inKeysUnit(key: LimitKey, file: LimitFile, value: Exclude<Limit, 'max'>): Limit {
  const plain = toNumber(value);
  if (key.id === 'cpu-weight' && file.name === 'cpu.shares') return weightOfShares(plain);
  if (key.id === 'cpu-shares' && file.name === 'cpu.weight') return sharesOfWeight(plain);
  if (key.id === 'io-weight' && isBlkio(file)) return Math.max(1, ioWeightOfBlkio(plain));
  if (key.id === 'blkio-weight' && !isBlkio(file)) return blkioOfIoWeight(plain);
  return value;
}

/** The other way round: a value as the file counts, for what is one number in one file. */
export function inFilesUnit(key: LimitKey, file: LimitFile, value: Limit): string {
  if (value === 'max') return 'max';
  const plain = toNumber(value);
  if (key.id === 'cpu-weight' && file.name === 'cpu.shares') return String(sharesOfWeight(plain));
  if (key.id === 'cpu-shares' && file.name === 'cpu.weight') return String(weightOfShares(plain));
  if (key.id === 'io-weight' && isBlkio(file)) return String(blkioOfIoWeight(plain));
  if (key.id === 'blkio-weight' && !isBlkio(file)) return String(ioWeightOfBlkio(plain));
  return String(value);
}

export interface EffectiveValue {
  readonly value: Fact<Limit>;
  /** The cgroup path that sets it, or `host`; undefined when it is its own or there is none. */
  readonly cappedBy?: string;
}

/** Of equal ones the innermost sets it. */
export function effectiveOf(
  own: Fact<Limit>,
  above: readonly { readonly path: string; readonly value: Fact<Limit> }[],
  hostMost?: number,
): EffectiveValue {
  let least = own ?? 'max';
  let cappedBy: string | undefined;
  if (isUnknown(least)) return { value: least };
  for (const { path, value } of above) {
    if (isUnknown(value)) return { value };
    if (value === undefined || minLimit(least, value) === least) continue;
    least = value;
    cappedBy = path;
  }
  if (hostMost !== undefined && minLimit(least, hostMost) !== least) {
    least = hostMost;
    cappedBy = 'host';
  }
  return { value: least, ...(cappedBy !== undefined && { cappedBy }) };
}

export function effectiveAt(place: LimitPlace, key: LimitKey, hostMost?: number): EffectiveValue {
  const own = valueAt(place, place.own, key);
  if (!key.inherits) return { value: own };
  return effectiveOf(own, aboveAt(place, key), hostMost);
}

function aboveAt(place: LimitPlace, key: LimitKey) {
  return place.above.map((level) => ({ path: level.path, value: valueAt(place, level, key) }));
}

/** The most that the cgroups above and the host leave it, whatever its own limit is. */
export function mostAbove(place: LimitPlace, key: LimitKey, hostMost?: number): EffectiveValue {
  return effectiveOf('max', aboveAt(place, key), hostMost);
}

/** A number to count with; undefined for none and for what is not known. */
export function numberOf(value: Fact<Limit>): number | undefined {
  const limit = known(value);
  return limit === undefined || limit === 'max' ? undefined : toNumber(limit);
}
