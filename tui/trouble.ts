/** What needs a person's eye in a container, most urgent first, in words. Pure. */

import { known } from '../src/kernel/reading.ts';
import { memoryShare } from '../src/model/column-limits.ts';
import { formatPercent } from '../src/model/format.ts';
import type { Container } from '../src/model/host-model.ts';

/** `act`: something failed or is about to; `watch`: it could. */
export type TroubleLevel = 'act' | 'watch';

export interface Trouble {
  readonly level: TroubleLevel;
  /** The part of the row it shows in. */
  readonly about: 'memory' | 'cpu' | 'oom';
  readonly reason: string;
}

const MEMORY_ACT = 0.95;
const MEMORY_WATCH = 0.8;
/** Less is a quota doing its work at the edge, in one period of a hundred. */
const THROTTLED_WATCH = 0.01;

export function troublesOf(container: Container): Trouble[] {
  const troubles = [oomTrouble(container), memoryTrouble(container), throttleTrouble(container)];
  return troubles
    .filter((trouble) => trouble !== undefined)
    .sort((a, b) => Number(a.level === 'watch') - Number(b.level === 'watch'));
}

export function worstLevel(troubles: readonly Trouble[]): TroubleLevel | undefined {
  return troubles[0]?.level;
}

function memoryTrouble(container: Container): Trouble | undefined {
  const share = known(memoryShare(container));
  if (share === undefined || share < MEMORY_WATCH) return undefined;
  const level = share >= MEMORY_ACT ? 'act' : 'watch';
  return { level, about: 'memory', reason: `memory ${formatPercent(share)}% of its limit` };
}

function oomTrouble({ memory }: Container): Trouble | undefined {
  const kills = known(memory.oomKills) ?? 0;
  if (kills === 0) return undefined;
  return { level: 'act', about: 'oom', reason: `${kills} OOM ${kills === 1 ? 'kill' : 'kills'}` };
}

function throttleTrouble({ cpu }: Container): Trouble | undefined {
  const ratio = cpu.throttledRatio ?? 0;
  if (ratio < THROTTLED_WATCH) return undefined;
  return { level: 'watch', about: 'cpu', reason: `throttled ${formatPercent(ratio)}% of the time` };
}
