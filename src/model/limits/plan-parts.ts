/**
 * What has to be written for limits that are no single number in a file: quotas, lists, and those of devices and page sizes. Pure.
 * @see kernel/sched/core.c tg_set_cfs_bandwidth, block/blk-cgroup.c
 */

import { parseDevicesList } from '../../kernel/cgroup/devices.ts';
import { isUnknown } from '../../kernel/reading.ts';
import { parseSize } from '../format.ts';
import type { Amount } from './amount.ts';
import { amountValue } from './amount-value.ts';
import { type DeviceCheck, withCheck } from './bpf-devices.ts';
import { changedDevices } from './devices.ts';
import { IO_FIELDS, type IoField, type LimitFile, type LimitKey, THROTTLE_FILES } from './keys.ts';
import { missing } from './missing.ts';
import { LimitRefusal } from './refusal.ts';
import { type LimitRequest, quotaOfCores } from './request-parts.ts';
import { effectiveFile, type LimitPlace, type LimitSnapshot, quotaAt, settingAt } from './snapshot.ts';
import { limitOf } from './values.ts';
import { type FileWrite, type PlanStep, readable, theFile, writeOf } from './write.ts';

/** Not empty again while it has processes: then what it has now, which is the same in effect. */
export function listWrite(key: LimitKey, place: LimitPlace, list: string, notes: string[]): FileWrite {
  const write = writeOf(key, place, theFile(place, key), list);
  const effective = settingAt(place.own, { name: effectiveFile(write.file, place.version), kind: 'list' });
  if (write.from !== '' || effective === undefined || isUnknown(effective)) return write;
  notes.push(`${key.id}: it cannot be empty again while it has processes; --undo gives it ${effective}`);
  return { ...write, fromElse: effective };
}

/** The period stays as it is. */
export function cpuSteps(
  key: LimitKey,
  place: LimitPlace,
  amount: Amount,
  snapshot: LimitSnapshot,
): readonly PlanStep[] {
  theFile(place, key);
  const { periodUsec } = readable(quotaAt(place.own, place.version), `${place.own.directory}/cpu`);
  const cores = amountValue(key, place, amount, snapshot);
  const quotaUsec = cores === 'max' ? 'max' : quotaOfCores(key, cores, periodUsec);
  return quotaSteps(key, place, { quotaUsec, periodUsec });
}

/**
 * v1 has a file for each, and no moment in between may allow more than a parent does: the one that lowers goes first.
 */
export function quotaSteps(
  key: LimitKey,
  place: LimitPlace,
  { quotaUsec, periodUsec }: { readonly quotaUsec: number | 'max'; readonly periodUsec: number },
): readonly PlanStep[] {
  const file = theFile(place, key);
  if (place.version === 2) return [{ writes: [writeOf(key, place, file, `${quotaUsec} ${periodUsec}`)] }];
  const now = readable(quotaAt(place.own, 1), `${place.own.directory}/${file.name}`);
  const quota = writeOf(key, place, file, String(quotaUsec));
  const period = writeOf(key, place, { name: 'cpu.cfs_period_us', kind: 'count' }, String(periodUsec));
  const cores = (q: number | 'max', p: number) => (q === 'max' ? Number.POSITIVE_INFINITY : q / p);
  const quotaFirst = cores(quotaUsec, now.periodUsec) <= cores(now.quotaUsec, periodUsec);
  return [{ writes: quotaFirst ? [quota, period] : [period, quota], eitherOrder: true }];
}

export function ioWrites(
  { key, device, rates }: Extract<LimitRequest, { kind: 'io' }>,
  place: LimitPlace,
  devices: ReadonlyMap<string, string>,
): FileWrite[] {
  const number = devices.get(device);
  if (number === undefined) throw new LimitRefusal(`${key.id}: ${device} is no disk here`);
  const file = theFile(place, key);
  if (place.version === 2) {
    const write = writeOf(key, place, file, '', number);
    return [{ ...write, to: merged(write.from, rates) }];
  }
  return IO_FIELDS.flatMap((field) => {
    const wanted = rates[field];
    const throttle: LimitFile = { name: THROTTLE_FILES[field], kind: 'throttle-v1' };
    return wanted === undefined ? [] : [writeOf(key, place, throttle, String(wanted), number)];
  });
}

/** What was not asked for stays. */
function merged(from: string, rates: Readonly<Partial<Record<IoField, number | 'max'>>>): string {
  const now = new Map(from.split(' ').map((pair) => pair.split('=') as [string, string]));
  return IO_FIELDS.map((field) => `${field}=${rates[field] ?? now.get(field) ?? 'max'}`).join(' ');
}

export function devicesWrite(
  { key, device, access, allow }: Extract<LimitRequest, { kind: 'device' }>,
  place: LimitPlace,
  devices: ReadonlyMap<string, string>,
): FileWrite {
  const rule = `${devices.get(device)} ${access}`;
  const write = writeOf(key, place, theFile(place, key), '');
  if (write.kind === 'bpf') {
    const shown = { from: 'unknown', to: `${allow ? 'allow' : 'deny'} ${rule}, else as before` };
    return { ...write, to: withCheck(write.from, checkOf(rule, allow)), shown };
  }
  const change = changedDevices(write.from, rule, allow);
  if (change !== undefined) return { ...write, ...change };
  throw new LimitRefusal(
    `devices: a rule for more devices than ${rule} allows it: ${write.from.replaceAll('\n', ', ')}`,
  );
}

function checkOf(rule: string, allows: boolean): DeviceCheck {
  const [parsed] = parseDevicesList(rule);
  if (parsed === undefined) throw new Error(`${rule} is no rule`);
  return { ...parsed, allows };
}

/**
 * What is reserved is limited too, as runc does it, or a reservation would go beyond what can be used. Whole pages, as the
 * kernel rounds them.
 */
export function hugetlbWrites(
  { key, pageSize, amount }: Extract<LimitRequest, { kind: 'hugetlb' }>,
  place: LimitPlace,
  snapshot: LimitSnapshot,
): FileWrite[] {
  const v1 = place.version === 1;
  const kind = v1 ? 'bytes-v1' : 'bytes';
  const suffix = v1 ? 'limit_in_bytes' : 'max';
  const file: LimitFile = { name: `hugetlb.${pageSize}.${suffix}`, kind };
  if (!place.own.texts.has(file.name)) throw noPageSize(place, key, pageSize);
  const current = limitOf(readable(settingAt(place.own, file), file.name), file.name);
  const value = amountValue(key, place, amount, snapshot, current);
  const size = parseSize(pageSize);
  const to = String(value === 'max' ? value : value - (value % size));
  const reserved: LimitFile = { name: `hugetlb.${pageSize}.rsvd.${suffix}`, kind };
  return [file, reserved].flatMap((each) =>
    place.own.texts.has(each.name) ? [writeOf(key, place, each, to)] : [],
  );
}

function noPageSize(place: LimitPlace, key: LimitKey, pageSize: string): LimitRefusal {
  const sizes = [...place.own.texts.keys()].flatMap(
    (name) => /^hugetlb\.(\w+)\.(?:max|limit_in_bytes)$/.exec(name)?.[1] ?? [],
  );
  return sizes.length === 0
    ? missing(place, key)
    : new LimitRefusal(`hugetlb: no pages of ${pageSize} here; there are ${sizes.join(', ')}`);
}
