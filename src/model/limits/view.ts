/** Every limit of a container: its own, the one that counts, who sets that, and what is used beside it. Pure. */
import { parseCpuList } from '../../kernel/cgroup/cpuset.ts';
import { parseIoMax, parseThrottleV1 } from '../../kernel/cgroup/io-max.ts';
import { type Count, type Limit, minLimit } from '../../kernel/count.ts';
import { type Fact, isKnown, isUnknown, known, mapFact } from '../../kernel/reading.ts';
import { hostMost } from './amount-value.ts';
import { type IoUse, isUsed, ofDevice } from './io-use.ts';
import { IO_FIELDS, type IoField, type LimitKey, limitKeys, THROTTLE_FILES, type Unit } from './keys.ts';
import { whyMissing } from './missing.ts';
import { payloadOf } from './settings.ts';
import {
  countAt,
  effectiveFile,
  fileOf,
  type LimitLevel,
  type LimitPlace,
  type LimitSnapshot,
  parsedAt,
  placeOf,
  settingAt,
} from './snapshot.ts';
import { ioUseOf, type LimitUse, type UseOverTime, useOf } from './use.ts';
import { effectiveAt, effectiveOf, valueAt } from './values.ts';

export type IoRates = Readonly<Record<IoField, Limit>>;
export type LimitValue = Limit | string | IoRates;

/** Shape of `porthole limit --json`. */
export interface LimitRow {
  readonly key: string;
  /** The file that holds it. */
  readonly file: string;
  readonly unit: Unit;
  /** Of the hierarchy. */
  readonly version: 1 | 2;
  /** As the file takes it. */
  readonly setting?: string;
  /** Of io, "major:minor"; of hugetlb the page size. */
  readonly device?: string;
  readonly pageSize?: string;
  readonly value: Fact<LimitValue>;
  readonly effective: Fact<LimitValue>;
  /** The cgroup above that makes it less than its own, or `host`. */
  readonly cappedBy?: string;
  /** What is used of it now. */
  readonly use?: Fact<Count>;
  /** Of io, for each disk that was used. */
  readonly ioUse?: Fact<readonly IoUse[]>;
  /** Of memory: processes that were killed at the limit. */
  readonly oomKills?: Fact<Count>;
  /** Of lists on v1: the same as the cgroup above has, as every new cgroup is given it. */
  readonly inherited?: true;
  /** Why there is no value. */
  readonly why?: string;
}

/** @param over what takes two looks */
export function limitRows(snapshot: LimitSnapshot, over: UseOverTime = {}): LimitRow[] {
  const use: Use = { ...useOf(snapshot), cores: over.cores };
  const io = over.io ?? ioUseOf(snapshot);
  return limitKeys()
    .filter(({ isOtherView }) => isOtherView !== true)
    .flatMap((key) => {
      const place = placeOf(snapshot, key);
      if (place === undefined) return [];
      if (key.unit === 'hugetlb') return hugetlbRows(place, key);
      if (key.unit === 'devices') return [devicesRow(place, key)];
      if (fileOf(place, key) === undefined) return missingRow(place, key);
      if (key.unit === 'io') return ioRows(place, key, io);
      return [key.unit === 'list' ? listRow(place, key) : numberRow(place, key, snapshot, use)];
    });
}

interface Use extends LimitUse {
  readonly cores: number | undefined;
}

function rowOf(place: LimitPlace, key: LimitKey, file: string) {
  return { key: key.id, file: `${place.own.directory}/${file}`, unit: key.unit, version: place.version };
}

/** A limit that this version does not know at all is left out; one that is not switched on is not. */
function missingRow(place: LimitPlace, key: LimitKey): LimitRow[] {
  const [file] = key.files[place.version];
  if (file === undefined) return [];
  const row = rowOf(place, key, file.name);
  const unknown = { unknown: 'unsupported', path: row.file, errno: 'ENOENT' } as const;
  return [{ ...row, value: unknown, effective: unknown, why: whyMissing(place, key) }];
}

function numberRow(place: LimitPlace, key: LimitKey, snapshot: LimitSnapshot, use: Use): LimitRow {
  const { value, cappedBy } = effectiveAt(place, key, hostMost(key, snapshot));
  const used = useFor(key, use);
  const file = fileOf(place, key);
  const setting = file && known(settingAt(place.own, file));
  return {
    ...rowOf(place, key, file?.name ?? ''),
    ...(file !== undefined && setting !== undefined && { setting: payloadOf(file.kind, setting) }),
    value: valueAt(place, place.own, key),
    effective: value,
    ...(cappedBy !== undefined && { cappedBy }),
    ...(used !== undefined && { use: used }),
    ...(key.id === 'memory' && use.oomKills !== undefined && { oomKills: use.oomKills }),
  };
}

function useFor({ id }: LimitKey, use: Use): Fact<Count> {
  if (id === 'cpu') return use.cores;
  if (id === 'memory' || id === 'memory-high' || id === 'memory-low') return use.memoryBytes;
  if (id === 'swap') return use.swapBytes;
  return id === 'pids' ? use.pids : undefined;
}

function listRow(place: LimitPlace, key: LimitKey): LimitRow {
  const name = fileOf(place, key)?.name ?? '';
  const [parent] = place.above;
  const list = (file: string, level: LimitLevel = place.own) =>
    parsedAt(level, file, (text) => parseCpuList(text, file));
  const value = list(name);
  const effective = list(effectiveFile(name, place.version)) ?? value;
  const isCapped = isKnown(value) && isKnown(effective) && value !== effective;
  const isInherited =
    place.version === 1 && parent !== undefined && isKnown(value) && list(name, parent) === value;
  return {
    ...rowOf(place, key, name),
    ...(isKnown(value) && { setting: value }),
    value,
    effective,
    ...(isCapped && parent !== undefined && { cappedBy: parent.path }),
    ...(isInherited && { inherited: true as const }),
  };
}

function devicesRow(place: LimitPlace, key: LimitKey): LimitRow {
  const file = key.files[1][0];
  if (place.version === 2 || file === undefined) {
    const unknown = { unknown: 'unsupported', path: place.own.directory, errno: 'ENOENT' } as const;
    const why = 'on v2 a BPF program decides, and no file says what it allows';
    return { ...rowOf(place, key, ''), file: place.own.directory, value: unknown, effective: unknown, why };
  }
  const value = mapFact(settingAt(place.own, file), (text) => text.replaceAll('\n', ', '));
  return { ...rowOf(place, key, file.name), value, effective: value };
}

/** A row for each disk that it or a cgroup above it is limited on; one that says so where there is none. */
function ioRows(place: LimitPlace, key: LimitKey, use: Fact<readonly IoUse[]>): LimitRow[] {
  const row = rowOf(place, key, fileOf(place, key)?.name ?? '');
  const own = ratesAt(place, place.own);
  const above = place.above.map((level) => ({ path: level.path, rates: ratesAt(place, level) }));
  if (own === undefined || isUnknown(own)) return [{ ...row, value: own, effective: own }];
  const devices = new Set(
    [own, ...above.map(({ rates }) => known(rates))].flatMap((each) => [...(each?.keys() ?? [])]),
  );
  if (devices.size === 0)
    return [{ ...row, value: 'max', effective: 'max', ...ioUse(use, (all) => all.filter(isUsed)) }];
  return [...devices].sort().map((device) => ({
    ...row,
    device,
    ...ratesOf(device, own, above),
    ...ioUse(use, (all) => [ofDevice(all, device)]),
  }));
}

function ioUse(
  use: Fact<readonly IoUse[]>,
  choose: (all: readonly IoUse[]) => readonly IoUse[],
): Pick<LimitRow, 'ioUse'> {
  const chosen = mapFact(use, choose);
  return chosen === undefined ? {} : { ioUse: chosen };
}

type DeviceRates = ReadonlyMap<string, IoRates>;

function ratesOf(
  device: string,
  own: DeviceRates,
  above: readonly { readonly path: string; readonly rates: Fact<DeviceRates> }[],
): Pick<LimitRow, 'value' | 'effective' | 'cappedBy'> {
  const value = own.get(device) ?? NO_RATES;
  let cappedBy: string | undefined;
  const effective = { ...value };
  for (const { path, rates } of above) {
    const theirs = known(rates)?.get(device) ?? NO_RATES;
    for (const field of IO_FIELDS) {
      if (minLimit(effective[field], theirs[field]) === effective[field]) continue;
      effective[field] = theirs[field];
      cappedBy = path;
    }
  }
  return { value, effective, ...(cappedBy !== undefined && { cappedBy }) };
}

const NO_RATES: IoRates = { rbps: 'max', wbps: 'max', riops: 'max', wiops: 'max' };

function ratesAt(place: LimitPlace, level: LimitLevel): Fact<DeviceRates> {
  if (place.version === 2) {
    return parsedAt(level, 'io.max', (text) => {
      const limits = parseIoMax(text);
      return new Map(
        limits.map((each) => [
          each.device,
          {
            rbps: each.readBytesPerSec,
            wbps: each.writeBytesPerSec,
            riops: each.readOpsPerSec,
            wiops: each.writeOpsPerSec,
          },
        ]),
      );
    });
  }
  const found = new Map<string, IoRates>();
  for (const field of IO_FIELDS) {
    const file = THROTTLE_FILES[field];
    const limits = parsedAt(level, file, (text) => parseThrottleV1(text, file));
    if (isUnknown(limits)) return limits;
    for (const [device, limit] of limits ?? [])
      found.set(device, { ...(found.get(device) ?? NO_RATES), [field]: limit });
  }
  return found;
}

const HUGETLB = /^hugetlb\.(\w+)\.(?:max|limit_in_bytes)$/;

function hugetlbRows(place: LimitPlace, key: LimitKey): LimitRow[] {
  const kind = place.version === 1 ? 'bytes-v1' : 'bytes';
  const names = [...place.own.texts.keys()].filter((name) => HUGETLB.test(name)).sort();
  return names.map((name) => {
    const at = (level: LimitLevel) =>
      mapFact(settingAt(level, { name, kind }), (text): Limit => (text === 'max' ? 'max' : Number(text)));
    const above = place.above.map((level) => ({ path: level.path, value: at(level) }));
    const { value, cappedBy } = effectiveOf(at(place.own), above);
    const pageSize = HUGETLB.exec(name)?.[1] ?? '';
    const used = countAt(place, `hugetlb.${pageSize}.${place.version === 1 ? 'usage_in_bytes' : 'current'}`);
    return {
      ...rowOf(place, key, name),
      pageSize,
      value: at(place.own),
      effective: value,
      ...(used !== undefined && { use: used }),
      ...(cappedBy !== undefined && { cappedBy }),
    };
  });
}
