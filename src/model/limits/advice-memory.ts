/** What a limit of memory would do to a container that uses some: told before it is set. Pure. */
import { type Limit, toNumber } from '../../kernel/count.ts';
import { known } from '../../kernel/reading.ts';
import { formatBytes } from '../format.ts';
import type { LimitPlace, LimitSnapshot } from './snapshot.ts';
import { memoryUseOf } from './use.ts';
import type { FileWrite } from './write.ts';

/** Harm wants `--force`. */
type Advice = Partial<Record<'harms' | 'notes', readonly string[]>>;

export function onMemory(_: FileWrite, to: Limit, { version }: LimitPlace, snapshot: LimitSnapshot): Advice {
  const use = memoryUseOf(snapshot);
  const inUse = known(use.workingSetBytes);
  const all = known(use.memoryBytes);
  if (inUse === undefined || all === undefined || to === 'max') return {};
  if (to < inUse) {
    const numbers = `memory=${formatBytes(to)} is below the ${formatBytes(inUse)} that it uses (${formatBytes(all)} with file pages)`;
    const would =
      version === 2
        ? `the kernel would kill processes in it until it fits; memory-high=${formatBytes(to)} slows it down and takes its pages instead`
        : 'the kernel would take its pages and refuse when that is not enough (EBUSY); v1 has no memory-high';
    return { harms: [`${numbers}: ${would}`] };
  }
  if (to >= all) return {};
  return { notes: [`memory: ${formatBytes(toNumber(all) - toNumber(to))} of file pages will be dropped`] };
}

export function onMemoryHigh(_: FileWrite, to: Limit, __: LimitPlace, snapshot: LimitSnapshot): Advice {
  const inUse = known(memoryUseOf(snapshot).workingSetBytes);
  if (inUse === undefined || to === 'max' || to >= inUse) return {};
  return {
    notes: [
      `memory-high=${formatBytes(to)} is below the ${formatBytes(inUse)} that it uses: it will be slowed down until it fits`,
    ],
  };
}

export function onSwap(_: FileWrite, to: Limit, __: LimitPlace, snapshot: LimitSnapshot): Advice {
  const inUse = known(memoryUseOf(snapshot).swapBytes);
  if (inUse === undefined || to === 'max' || to >= inUse) return {};
  return { notes: [`swap: ${formatBytes(inUse)} is swapped already and stays so; nothing more will be`] };
}
