/** What there is now: the files of a container's cgroups and of those above them, as text. Plain data. */
import { parseCpuMax } from '../../kernel/cgroup/cpu-max.ts';
import { parseSingleCount } from '../../kernel/cgroup/value.ts';
import type { Count } from '../../kernel/count.ts';
import { KernelParseError } from '../../kernel/errors.ts';
import { type Fact, factOf, isUnknown, mapFact, type Reading } from '../../kernel/reading.ts';
import type { LimitFile, LimitKey } from './keys.ts';
import { settingOf } from './settings.ts';

/** Of the files that a directory lists, by name: what they say, or why they could not be read. A map is one. */
export interface LimitTexts {
  has(name: string): boolean;
  get(name: string): Reading<string> | undefined;
  keys(): Iterable<string>;
}

/** One cgroup. */
export interface LimitLevel {
  readonly path: string;
  readonly directory: string;
  readonly texts: LimitTexts;
}

/** The container's cgroup in one hierarchy, and all above it. */
export interface LimitPlace {
  /** As `porthole cgroups` calls it: `v2`, or v1's controllers. */
  readonly hierarchy: string;
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly own: LimitLevel;
  /** From its parent up to the mount. */
  readonly above: readonly LimitLevel[];
}

export interface LimitSnapshot {
  readonly places: readonly LimitPlace[];
  readonly host: { readonly memTotalBytes?: number | undefined; readonly cpus?: number };
}

/** The hierarchy that holds a limit; a v1 mount of its controller counts before v2. */
export function placeOf({ places }: LimitSnapshot, key: LimitKey): LimitPlace | undefined {
  const v1 = places.find(
    ({ version, controllers }) => version === 1 && controllers.includes(key.controller[1]),
  );
  if (v1 !== undefined) return v1;
  return places.find(
    ({ version, controllers }) =>
      version === 2 && (key.controller[2] === '' || controllers.includes(key.controller[2])),
  );
}

/** The file that holds a limit here; undefined when neither is there. */
export function fileOf(place: LimitPlace, key: LimitKey): LimitFile | undefined {
  return key.files[place.version].find(({ name }) => place.own.texts.has(name));
}

/** What a file says, as `settingOf` has it. Absent where the cgroup has no such file. */
export function settingAt(level: LimitLevel, { name, kind }: LimitFile, device?: string): Fact<string> {
  return parsedAt(level, name, (text) => settingOf(kind, text, name, device));
}

export function parsedAt<T>(level: LimitLevel, name: string, parse: (text: string) => T): Fact<T> {
  const reading = level.texts.get(name);
  const text = reading === undefined ? undefined : factOf(reading);
  if (text === undefined || isUnknown(text)) return text;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof KernelParseError)) throw error;
    return { unknown: 'unsupported', path: `${level.directory}/${name}`, errno: 'EPARSE' };
  }
}

export function countAt({ own }: LimitPlace, file: string): Fact<Count> {
  return parsedAt(own, file, (text) => parseSingleCount(text, file));
}

/** Of a cpuset's list; v1 calls it in another way. */
export function effectiveFile(name: string, version: 1 | 2): string {
  return version === 2 ? `${name}.effective` : name.replace('.', '.effective_');
}

export interface Quota {
  readonly quotaUsec: number | 'max';
  readonly periodUsec: number;
}

/** v2 has both in one file. */
export function quotaAt(level: LimitLevel, version: 1 | 2): Fact<Quota> {
  if (version === 2) return parsedAt(level, 'cpu.max', parseCpuMax);
  const quota = settingAt(level, { name: 'cpu.cfs_quota_us', kind: 'quota-v1' });
  const period = settingAt(level, { name: 'cpu.cfs_period_us', kind: 'count' });
  if (period === undefined || isUnknown(period)) return period;
  return mapFact(quota, (text) => ({
    quotaUsec: text === 'max' ? 'max' : Number(text),
    periodUsec: Number(period),
  }));
}
