/** What a change would do to the container, said before it is done: harm, which needs --force, and what is good to know. Pure. */

import { parseCpuList } from '../../kernel/cgroup/cpuset.ts';
import { type Limit, minLimit, toNumber } from '../../kernel/count.ts';
import { known } from '../../kernel/reading.ts';
import { formatBytes, formatCount } from '../format.ts';
import { onMemory, onMemoryHigh, onSwap } from './advice-memory.ts';
import { hostMost } from './amount-value.ts';
import { type LimitKey, limitKey } from './keys.ts';
import { LimitRefusal } from './refusal.ts';
import {
  countAt,
  effectiveFile,
  type LimitPlace,
  type LimitSnapshot,
  parsedAt,
  placeOf,
} from './snapshot.ts';
import { limitOf, mostAbove } from './values.ts';
import type { FileWrite } from './write.ts';

export interface Advice {
  readonly harms: readonly string[];
  readonly notes: readonly string[];
}

type Advisor = (write: FileWrite, to: Limit, place: LimitPlace, snapshot: LimitSnapshot) => Partial<Advice>;

/** Those on memory are loaded when they are asked (src/build/later.mjs). */
const ADVISORS: Readonly<Record<string, Advisor>> = {
  memory: (...asked) => onMemory(...asked),
  'memory-high': (...asked) => onMemoryHigh(...asked),
  swap: (...asked) => onSwap(...asked),
  pids: onPids,
};

export function adviseOn(writes: readonly FileWrite[], snapshot: LimitSnapshot): Advice {
  const found = writes.flatMap((write) => {
    const key = limitKey(write.key);
    const place = key && placeOf(snapshot, key);
    if (key === undefined || place === undefined) return [];
    if (key.unit === 'list') return [onCpuset(write, place)];
    const to = scalarOf(write, key);
    if (to === undefined) return [];
    const own = ADVISORS[key.id]?.(write, to, place, snapshot) ?? {};
    return [own, { notes: withoutEffect(write, to, key, place, snapshot) }];
  });
  return {
    harms: found.flatMap(({ harms = [] }) => harms),
    notes: found.flatMap(({ notes = [] }) => notes),
  };
}

/** In the key's unit; of cpu the cores. v1's sum of memory and swap is told by memory alone. */
function scalarOf({ file, to }: FileWrite, { unit, id }: LimitKey): Limit | undefined {
  if (id === 'cpu' && file === 'cpu.max') {
    const [quota = '', period = ''] = to.split(' ');
    return quota === 'max' ? 'max' : Number(quota) / Number(period);
  }
  if (!['bytes', 'count'].includes(unit) || file === 'memory.memsw.limit_in_bytes') return undefined;
  return limitOf(to, file);
}

function onPids(_: FileWrite, to: Limit, place: LimitPlace): Partial<Advice> {
  const now = known(countAt(place, 'pids.current'));
  if (now === undefined || to === 'max' || to > now) return {};
  return { notes: [`pids: there are ${formatCount(now)} now; it can start nothing more until some end`] };
}

/** v1 refuses more cores than a parent has; everything else is taken, and means nothing. */
function withoutEffect(
  { key: id }: FileWrite,
  to: Limit,
  key: LimitKey,
  place: LimitPlace,
  snapshot: LimitSnapshot,
): string[] {
  if (!key.inherits || to === 'max') return [];
  const { value, cappedBy = 'host' } = mostAbove(place, key, hostMost(key, snapshot));
  const most = known(value);
  if (most === undefined || most === 'max' || minLimit(to, most) === to) return [];
  const what = key.unit === 'bytes' ? formatBytes : (count: Limit) => String(count);
  const who = cappedBy === 'host' ? 'the host has' : `${cappedBy} allows`;
  return [`${id}=${what(toNumber(to))} has no effect: ${who} ${what(toNumber(most))}`];
}

function onCpuset({ key, file, to }: FileWrite, { version, above }: LimitPlace): Partial<Advice> {
  const [parent] = above;
  const effective = effectiveFile(file, version);
  const allowed = parent && known(parsedAt(parent, effective, (text) => parseCpuList(text, effective)));
  if (parent === undefined || allowed === undefined || to === '') return {};
  const outside = [...numbersOf(to)].filter((each) => !numbersOf(allowed).has(each));
  if (outside.length === 0) return {};
  return { notes: [`${key}: ${parent.path} has ${allowed} only, so ${outside.join(',')} has no effect`] };
}

function numbersOf(list: string): Set<number> {
  const ranges = list.split(',').map((part) => part.split('-').map(Number));
  return new Set(
    ranges.flatMap(([first = 0, last = first]) =>
      Array.from({ length: last - first + 1 }, (_, i) => first + i),
    ),
  );
}

/** The notes of a change, with the harm that `--force` accepts. @throws {LimitRefusal} without it */
export function accepted({ harms, notes }: Advice, force: boolean): readonly string[] {
  if (harms.length > 0 && !force) throw new LimitRefusal(harms.join('; '), true);
  return [...harms, ...notes];
}
