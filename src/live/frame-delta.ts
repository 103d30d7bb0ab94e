/**
 * A model as the worker tells it: what differs from the one before, so that a host on which nothing happens costs next to
 * nothing to tell. What did not change stays the very same object on the other side. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Container, HostModel } from '../model/host-model.ts';
import type { HostFacts, SampleNote } from '../model/sample.ts';

/** The fields that are others now; everything when some are no longer there. */
type Change<T> = { readonly whole: T } | { readonly changed: Partial<T> };

/** What differs from the model before; everything in the first one. Processes are not told: no screen shows those of a sample. */
export interface ModelDelta {
  readonly takenAtMs: number;
  readonly hostCpuRatio: number | undefined;
  readonly vanished: number;
  readonly host: Change<HostFacts> | undefined;
  readonly notes: readonly SampleNote[] | undefined;
  /** By key. */
  readonly containers: readonly (readonly [key: string, Change<Container>])[];
  /** All keys in their order, when they or it changed. */
  readonly order: readonly string[] | undefined;
}

/** @param before what was told last; undefined for somebody who knows nothing yet */
export function modelDelta(before: HostModel | undefined, now: HostModel): ModelDelta {
  const isSameOrder = before !== undefined && hasSameKeys(before.containers, now.containers);
  return {
    takenAtMs: now.takenAtMs,
    hostCpuRatio: now.hostCpuRatio,
    vanished: now.vanished,
    host: changeOf(before?.host, now.host),
    notes: isDeepStrictEqual(before?.notes, now.notes) ? undefined : now.notes,
    containers: isSameOrder ? changesInPlace(before.containers, now) : changesByKey(before, now),
    order: isSameOrder ? undefined : now.containers.map(({ key }) => key),
  };
}

function hasSameKeys(before: readonly Container[], now: readonly Container[]): boolean {
  if (before === now) return true;
  return before.length === now.length && now.every(({ key }, index) => before[index]?.key === key);
}

type Changes = (readonly [key: string, Change<Container>])[];

function changesInPlace(before: readonly Container[], { containers }: HostModel): Changes {
  const changes: Changes = [];
  if (before === containers) return changes;
  for (let index = 0; index < containers.length; index += 1) {
    const container = containers[index];
    const change = container && changeOf(before[index], container);
    if (change !== undefined && container !== undefined) changes.push([container.key, change]);
  }
  return changes;
}

function changesByKey(before: HostModel | undefined, { containers }: HostModel): Changes {
  const known = byKey(before);
  const changes: Changes = [];
  for (const container of containers) {
    const change = changeOf(known.get(container.key), container);
    if (change !== undefined) changes.push([container.key, change]);
  }
  return changes;
}

/** The model that `delta` tells. @param before as this function made it of the delta before; undefined for the first */
export function modelAfter(before: HostModel | undefined, delta: ModelDelta): HostModel {
  const { takenAtMs, hostCpuRatio, vanished } = delta;
  return {
    takenAtMs,
    host: afterChange(before?.host, delta.host),
    ...(hostCpuRatio !== undefined && { hostCpuRatio }),
    containers: containersAfter(before, delta),
    processes: new Map(),
    containerOfPid: new Map(),
    notes: delta.notes ?? before?.notes ?? [],
    vanished,
  };
}

function containersAfter(
  before: HostModel | undefined,
  { containers, order }: ModelDelta,
): readonly Container[] {
  if (before !== undefined && order === undefined) {
    const changes = new Map(containers);
    if (changes.size === 0) return before.containers;
    return before.containers.map((each) => afterChange(each, changes.get(each.key)));
  }
  const known = byKey(before);
  for (const [key, change] of containers) known.set(key, afterChange(known.get(key), change));
  const keys = order ?? before?.containers.map(({ key }) => key) ?? [];
  return keys.map((key) => afterChange(known.get(key), undefined));
}

function byKey(model: HostModel | undefined): Map<string, Container> {
  return new Map(model?.containers.map((each) => [each.key, each]));
}

/**
 * Field by field, mostly by identity: whoever makes models keeps what did not move. What was made anew and says the same is
 * not told: to those who draw it another object is another figure. Undefined when nothing differs.
 */
function changeOf<T extends object>(before: T | undefined, now: T): Change<T> | undefined {
  if (before === now) return undefined;
  if (before === undefined) return { whole: now };
  for (const field in before) if (!(field in now)) return { whole: now };
  const changed: Partial<T> = {};
  let isSame = true;
  for (const field in now) {
    if (field in before && saysTheSame(before[field], now[field])) continue;
    changed[field] = now[field];
    isSame = false;
  }
  return isSame ? undefined : { changed };
}

/** Of plain values, as what is told is. */
function saysTheSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, other] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
  return (
    one.length === other.size &&
    one.every(([name, value]) => other.has(name) && saysTheSame(value, other.get(name)))
  );
}

function afterChange<T extends object>(before: T | undefined, change: Change<T> | undefined): T {
  if (change !== undefined && 'whole' in change) return change.whole;
  if (before === undefined) throw new Error('a change was told of what was never told');
  return change === undefined ? before : { ...before, ...change.changed };
}
