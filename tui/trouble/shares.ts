/** Limits that are nearly used up, and a CPU quota that stops its container. Pure. */
import { toNumber } from '../../src/kernel/count.ts';
import { type Fact, known } from '../../src/kernel/reading.ts';
import { memoryLimit, memoryShare, pidsLimit } from '../../src/model/column-limits.ts';
import { formatPercent } from '../../src/model/format.ts';
import type { Container } from '../../src/model/host-model.ts';
import type { EffectiveLimit } from '../../src/model/limit-column.ts';
import { levelOf, type Thresholds, type Trouble } from './trouble.ts';

const MEMORY: Thresholds = { watch: 0.8, act: 0.95 };
const PIDS: Thresholds = { watch: 0.8, act: 0.9 };
/** Below one period of a hundred a quota does its work at the edge. */
const THROTTLED: Thresholds = { watch: 0.01, act: 0.25 };

export function memoryTrouble(container: Container): Trouble | undefined {
  const share = known(memoryShare(container)) ?? 0;
  const level = levelOf(share, MEMORY);
  if (level === undefined) return undefined;
  return { level, about: 'memory', reason: `memory ${ofLimit(share, memoryLimit(container))}` };
}

export function pidsTrouble(container: Container): Trouble | undefined {
  const limit = pidsLimit(container);
  const most = known(limit)?.value;
  const count = known(container.pidsCount);
  if (most === undefined || most === 'max' || count === undefined) return undefined;
  const share = toNumber(count) / toNumber(most);
  const level = levelOf(share, PIDS);
  return level === undefined ? undefined : { level, about: 'pids', reason: `pids ${ofLimit(share, limit)}` };
}

export function throttleTrouble({ cpu: { throttledRatio = 0 } }: Container): Trouble | undefined {
  const level = levelOf(throttledRatio, THROTTLED);
  if (level === undefined) return undefined;
  return { level, about: 'cpu', reason: `throttled ${formatPercent(throttledRatio)}% of the time` };
}

function ofLimit(share: number, limit: Fact<EffectiveLimit>): string {
  const whose = known(limit)?.inherited === true ? 'the limit by an ancestor' : 'its limit';
  return `${formatPercent(share)}% of ${whose}`;
}
