/**
 * Which limit a container really lives under, and how a table shows it: its own, an ancestor's (`↑`), or none. Pure.
 */
import { type Count, type Limit, toNumber } from '../kernel/count.ts';
import { type Fact, isUnknown } from '../kernel/reading.ts';
import { absentMark, inheritedMark, UNKNOWN_MARK } from './format.ts';
import type { Container } from './host-model.ts';

export interface EffectiveLimit {
  readonly value: Limit;
  /** An ancestor sets it, not the container's own cgroup. */
  readonly inherited: boolean;
}

/** The memory limit that counts; `max` when only the host's memory limits it, even below a larger limit of its own. */
export function memoryLimit({ memory }: Container): Fact<EffectiveLimit> {
  if (memory.limitedBy === 'host') return { value: 'max', inherited: false };
  return effectiveLimit(memory.limitBytes, memory.effectiveLimitBytes);
}

export function pidsLimit({ pidsLimit: own, effectivePidsLimit }: Container): Fact<EffectiveLimit> {
  return effectiveLimit(own, effectivePidsLimit);
}

/** When the ancestors could not be read, its own limit is still a fact; "no limit" then is not. */
function effectiveLimit(own: Fact<Limit>, effective: Fact<Limit>): Fact<EffectiveLimit> {
  if (effective === undefined || isUnknown(effective)) {
    if (own === undefined) return effective;
    if (isUnknown(own)) return own;
    return own === 'max' && effective !== undefined ? effective : { value: own, inherited: false };
  }
  return { value: effective, inherited: effective !== own && effective !== 'max' };
}

/** Memory in use: the working set, or the sum over its processes where no cgroup counts it. */
export function memoryInUse({ memory }: Container): Fact<Count> {
  return memory.accounting === 'processes'
    ? memory.currentBytes
    : (memory.workingSetBytes ?? memory.currentBytes);
}

/** Memory in use against the limit that counts, 0..1; does not apply without a limit. */
export function memoryShare(c: Container): Fact<number> {
  const limit = memoryLimit(c);
  if (limit === undefined || isUnknown(limit)) return limit;
  if (limit.value === 'max' || limit.value === 0) return undefined;
  const used = memoryInUse(c);
  return used === undefined || isUnknown(used) ? used : toNumber(used) / toNumber(limit.value);
}

export function limitText(
  limit: Fact<EffectiveLimit>,
  format: (count: Count) => string,
  options: { readonly raw: boolean; readonly ascii: boolean },
): string {
  if (limit === undefined) return absentMark(options.ascii);
  if (isUnknown(limit)) return UNKNOWN_MARK;
  if (options.raw) return String(limit.value);
  if (limit.value === 'max') return absentMark(options.ascii);
  return format(limit.value) + (limit.inherited ? inheritedMark(options.ascii) : '');
}
