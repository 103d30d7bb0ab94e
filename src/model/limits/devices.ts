/**
 * The list of devices that a v1 cgroup may use, and what to write into devices.allow and devices.deny to make one list of another,
 * line by line in the same order. Pure.
 *
 * A cgroup that may use everything lists `a *:* rwm` alone; what was denied to it since the kernel does not list. Here such a
 * denial is a line more, with `!` before it, that is known only from what was written; with `?` it may have been there. The first
 * can be taken back, the second not: nobody knows whether there was anything.
 * @see security/device_cgroup.c: dev_exception_add, dev_exception_rm
 */
import { type DeviceRule, parseDevicesList } from '../../kernel/cgroup/devices.ts';

export interface DeviceWrite {
  readonly file: 'devices.allow' | 'devices.deny';
  readonly value: string;
}

const EVERYTHING = 'a *:* rwm';
const DENIED = '!';
const MAYBE = '?';
const allow = (value: string): DeviceWrite => ({ file: 'devices.allow', value });
const deny = (value: string): DeviceWrite => ({ file: 'devices.deny', value });

/** Which device, without what may be done with it. */
const keyOf = ({ type, major, minor }: DeviceRule) => `${type} ${major}:${minor}`;
const lineOf = (key: string, access: string) => `${key} ${access}`;
const ordered = (access: Iterable<string>) => [...'rwm'].filter((each) => new Set(access).has(each)).join('');
const without = (access: string, less: string) => ordered([...access].filter((each) => !less.includes(each)));

export interface DeviceChange {
  readonly from: string;
  readonly to: string;
}

/** The list with one rule more or less. Undefined: a rule for more devices than that allows it, and stays. */
export function changedDevices(list: string, rule: string, allows: boolean): DeviceChange | undefined {
  if (list === EVERYTHING) {
    const other = `${EVERYTHING}\n${allows ? MAYBE : DENIED}${rule}`;
    return allows ? { from: other, to: list } : { from: list, to: other };
  }
  const rules = rulesOf(list);
  const [change] = parseDevicesList(rule);
  if (change === undefined) throw new Error(`${rule} is no rule`);
  const key = keyOf(change);
  const now = rules.get(key) ?? '';
  const isCovered = () =>
    [...rules].some(([wide, access]) => covers(wide, key) && without(access, change.access) !== access);
  if (!allows && now === '' && isCovered()) return undefined;
  rules.set(key, allows ? ordered(now + change.access) : without(now, change.access));
  const lines = [...rules].flatMap(([each, access]) => (access === '' ? [] : [lineOf(each, access)]));
  return { from: list, to: lines.join('\n') };
}

/** `c *:*` covers `c 1:5`. */
function covers(wide: string, narrow: string): boolean {
  const [type, wideMajor, wideMinor] = wide.split(/[ :]/);
  const [narrowType, major, minor] = narrow.split(/[ :]/);
  return (
    type === narrowType &&
    (wideMajor === '*' || wideMajor === major) &&
    (wideMinor === '*' || wideMinor === minor)
  );
}

export function deviceWrites(from: string, to: string): DeviceWrite[] {
  const [now, wanted] = [from.split('\n'), to.split('\n')];
  const marked = (lines: readonly string[], others: readonly string[], marks: string) =>
    lines.flatMap((line) =>
      line !== '' && marks.includes(line[0] ?? ' ') && !others.includes(line) ? [line.slice(1)] : [],
    );
  const taken = marked(now, wanted, DENIED + MAYBE).map(allow);
  const given = marked(wanted, now, DENIED).map(deny);
  return [...taken, ...given, ...ruleWrites(rulesOf(from), rulesOf(to))];
}

function ruleWrites(now: Map<string, string>, wanted: ReadonlyMap<string, string>): DeviceWrite[] {
  const writes: DeviceWrite[] = [];
  for (const [key, access] of now) {
    const less = without(access, wanted.get(key) ?? '');
    if (less !== '') writes.push(deny(lineOf(key, less)));
    const rest = without(access, less);
    if (rest === '') now.delete(key);
    else now.set(key, rest);
  }
  for (const [key, access] of wanted) {
    const more = without(access, now.get(key) ?? '');
    if (more !== '') writes.push(allow(lineOf(key, more)));
    now.set(key, access);
  }
  return [...writes, ...orderWrites([...now.keys()], wanted)];
}

/** A rule that was added is last: from the first that is not where it was, all are added anew. */
function orderWrites(now: readonly string[], wanted: ReadonlyMap<string, string>): DeviceWrite[] {
  const rules = [...wanted];
  const first = rules.findIndex(([key], index) => now[index] !== key);
  if (first < 0) return [];
  return rules
    .slice(first)
    .flatMap(([key, access]) => [deny(lineOf(key, access)), allow(lineOf(key, access))]);
}

function rulesOf(list: string): Map<string, string> {
  return new Map(parseDevicesList(listedDevices(list)).map((rule) => [keyOf(rule), rule.access]));
}

/** As the kernel lists it: without what it does not list. */
export function listedDevices(setting: string): string {
  const isListed = (line: string) => line !== '' && !(DENIED + MAYBE).includes(line[0] ?? ' ');
  return setting.split('\n').filter(isListed).join('\n');
}
