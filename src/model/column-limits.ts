/** Which limit a container really lives under, and how much of it is in use. Pure. */
import { type Count, toNumber } from '../kernel/count.ts';
import { type Fact, isUnknown } from '../kernel/reading.ts';
import type { Container } from './host-model.ts';
import { type EffectiveLimit, effectiveLimit } from './limit-column.ts';

/** The memory limit that counts; `max` when only the host's memory limits it, even below a larger limit of its own. */
export function memoryLimit({ memory }: Container): Fact<EffectiveLimit> {
  if (memory.limitedBy === 'host') return { value: 'max', inherited: false };
  return effectiveLimit(memory.limitBytes, memory.effectiveLimitBytes);
}

export function pidsLimit({ pidsLimit: own, effectivePidsLimit }: Container): Fact<EffectiveLimit> {
  return effectiveLimit(own, effectivePidsLimit);
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
