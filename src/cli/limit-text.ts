/** Limits and changes as text for people. */

import type { JournalEntry } from '../actions/limit/index.ts';
import type { Count, Limit } from '../kernel/count.ts';
import { type Fact, isUnknown, known } from '../kernel/reading.ts';
import { absentMark, formatBytes, formatCount, UNKNOWN_MARK } from '../model/format.ts';
import type { IoUse } from '../model/limits/io-use.ts';
import { IO_FIELDS, limitKey, type Unit } from '../model/limits/keys.ts';
import type { LimitRow, LimitValue } from '../model/limits/view.ts';
import type { FileWrite } from '../model/limits/write.ts';
import type { Cell, Table } from './print.ts';

export interface LimitTextOptions {
  readonly raw: boolean;
  readonly ascii: boolean;
}

const COLUMNS = [
  { title: 'LIMIT', align: 'left' },
  { title: 'VALUE', align: 'right' },
  { title: 'EFFECTIVE', align: 'right' },
  { title: 'CAPPED BY', align: 'left' },
  { title: 'IN USE', align: 'right' },
  { title: 'FILE', align: 'left' },
] as const;

export function limitTable(rows: readonly LimitRow[], options: LimitTextOptions): Table {
  return {
    columns: COLUMNS,
    rows: rows.map((row): readonly Cell[] => {
      const { name, value, effective, use } = limitTexts(row, options);
      return [name, value, effective, row.cappedBy ?? absentMark(options.ascii), use, row.why ?? row.file];
    }),
  };
}

export interface LimitTexts {
  /** One limit may have a line for each device and each size of pages: `io 8:0`, `hugetlb 2MB`. */
  readonly name: string;
  readonly value: string;
  readonly effective: string;
  readonly use: string;
}

export function limitTexts(row: LimitRow, options: LimitTextOptions): LimitTexts {
  return {
    name: [row.key, row.device ?? row.pageSize].filter((part) => part !== undefined).join(' '),
    value: shortText(row.value, row.unit, options),
    effective: shortText(row.effective, row.unit, options),
    use: useText(row, options) ?? absentMark(options.ascii),
  };
}

/** `60.0M, 3 OOM kills` */
function useText(row: LimitRow, options: LimitTextOptions): string | undefined {
  const { use, unit, oomKills } = row;
  if (row.ioUse !== undefined) return ioUseText(row, options);
  if (use === undefined) return undefined;
  const kills = known(oomKills);
  const text = valueText(use, unit, options);
  return kills === undefined || Number(kills) === 0
    ? text
    : `${text}, ${kills} OOM kill${Number(kills) === 1 ? '' : 's'}`;
}

/** `254:0 read 9.5M, written 1.2M`; of two looks as the limit is written: `254:0 rbps=1.0M,wbps=0,riops=40,wiops=0` */
function ioUseText({ ioUse, device: limited }: LimitRow, options: LimitTextOptions): string {
  if (ioUse === undefined || isUnknown(ioUse)) return UNKNOWN_MARK;
  const texts = ioUse.map(
    (use) => `${limited === undefined ? `${use.device} ` : ''}${diskText(use, options)}`,
  );
  return texts.length === 0 ? '0' : texts.join('; ');
}

function diskText(use: IoUse, options: LimitTextOptions): string {
  const bytes = (count: Count) => numberText(count, 'bytes', options);
  const { readBytesPerSec: rbps, writeBytesPerSec: wbps, readOpsPerSec: riops, writeOpsPerSec: wiops } = use;
  if (rbps === undefined || wbps === undefined)
    return `read ${bytes(use.readBytes)}, written ${bytes(use.writeBytes)}`;
  const operations = Object.entries({ riops, wiops }).flatMap(([name, rate]) =>
    rate === undefined ? [] : [`${name}=${numberText(Math.round(rate), 'count', options)}`],
  );
  return [`rbps=${bytes(Math.round(rbps))}`, `wbps=${bytes(Math.round(wbps))}`, ...operations].join(',');
}

/** A table has no room for a dozen rules in one cell. */
function shortText(value: Fact<LimitValue>, unit: Unit, options: LimitTextOptions): string {
  const text = valueText(value, unit, options);
  const rules = unit === 'devices' && !options.raw ? text.split(', ').length : 1;
  return rules === 1 ? text : `${rules} rules`;
}

function valueText(value: Fact<LimitValue>, unit: Unit, options: LimitTextOptions): string {
  if (value === undefined) return absentMark(options.ascii);
  if (isUnknown(value)) return UNKNOWN_MARK;
  if (typeof value === 'object') {
    const set = IO_FIELDS.filter((field) => value[field] !== 'max');
    const text = set.map(
      (field) => `${field}=${numberText(value[field], field.endsWith('bps') ? 'bytes' : 'count', options)}`,
    );
    return text.length === 0 ? 'max' : text.join(',');
  }
  return typeof value === 'string' ? value || absentMark(options.ascii) : numberText(value, unit, options);
}

function numberText(value: Limit, unit: Unit, { raw }: Pick<LimitTextOptions, 'raw'>): string {
  if (value === 'max' || raw) return String(value);
  if (unit === 'bytes' || unit === 'hugetlb') return formatBytes(value);
  if (unit === 'usec') return Number(value) === 0 ? '0' : `${Number(value) / 1000}ms`;
  if (unit === 'cores') return String(Math.round(Number(value) * 1000) / 1000);
  return unit === 'count' ? formatCount(value) : String(value);
}

/** `/sys/fs/cgroup/memory/docker/5196…/memory.limit_in_bytes: 64.0M -> 256M` */
export function changeText(
  { directory, file, device, key, from, to, shown }: FileWrite,
  readBack: string | undefined,
  options: LimitTextOptions,
): string {
  if (shown !== undefined) return `${directory}: ${file}: ${shown.from} -> ${shown.to}`;
  const text = (setting: string) => settingText(setting, key, file, options);
  const kept = readBack === undefined || readBack === to ? '' : ` (the kernel made it ${text(readBack)})`;
  const which = device === undefined ? '' : ` ${device}`;
  return `${directory}/${file}${which}: ${text(from)} -> ${text(to)}${kept}`;
}

function settingText(setting: string, id: string, file: string, { raw }: LimitTextOptions): string {
  if (setting === '') return '(empty)';
  const unit = limitKey(id)?.unit;
  const isBytes = unit === 'bytes' || unit === 'hugetlb' || file.includes('_bps_');
  if (isBytes && /^\d+$/.test(setting) && !raw) return formatBytes(BigInt(setting));
  return setting.replaceAll('\n', ', ');
}

/** `memory.limit_in_bytes 64.0M -> 256M` */
export function shortChangeText(
  { file, key, from, to, shown = { from, to } }: FileWrite,
  options: LimitTextOptions,
): string {
  const text = (setting: string) => settingText(setting, key, file, options);
  return `${file} ${text(shown.from)} -> ${text(shown.to)}`;
}

const HISTORY = [
  { title: 'WHEN', align: 'left' },
  { title: 'WHO', align: 'left' },
  { title: 'CONTAINER', align: 'left' },
  { title: 'END', align: 'left' },
  { title: 'WHAT', align: 'left' },
] as const;

export function historyTable(entries: readonly JournalEntry[], options: LimitTextOptions): Table {
  const undone = undoneIn(entries);
  return {
    columns: HISTORY,
    rows: entries.map((entry): readonly Cell[] => {
      const { when, who, end, what, changes } = historyTexts(entry, undone, options);
      return [when, who, entry.target.name, end, `${what}: ${changes.join(', ')}`];
    }),
  };
}

/** Ids of those that were taken back. */
export function undoneIn(entries: readonly JournalEntry[]): ReadonlySet<string> {
  return new Set(entries.flatMap(({ undoes, outcome }) => (outcome === 'done' ? (undoes ?? []) : [])));
}

export interface HistoryTexts {
  readonly when: string;
  readonly who: string;
  /** How it ended. */
  readonly end: string;
  readonly what: string;
  readonly changes: readonly string[];
}

export function historyTexts(
  { id, at, by, outcome, words, writes, until }: JournalEntry,
  undone: ReadonlySet<string>,
  options: LimitTextOptions,
): HistoryTexts {
  const user = by.user ?? String(by.uid);
  return {
    when: at,
    who: by.sudoUser === undefined ? user : `${user} (${by.sudoUser})`,
    end: undone.has(id) ? 'undone' : (outcome ?? 'interrupted'),
    what: `${words.join(' ')}${until === undefined ? '' : ` until ${until}`}`,
    changes: writes.map((write) => shortChangeText(write, options)),
  };
}
