/** What a container uses and may use, and who says so. */
import { toNumber } from '../../src/kernel/count.ts';
import { type Fact, isKnown, isUnknown, mapFact } from '../../src/kernel/reading.ts';
import { memoryInUse, memoryShare } from '../../src/model/column-limits.ts';
import {
  formatBytes,
  formatCount,
  formatCpuTime,
  formatDuration,
  formatPercent,
  formatRate,
} from '../../src/model/format.ts';
import type { Container } from '../../src/model/host-model.ts';
import { type Block, fact } from '../blocks.ts';
import { shown } from './shown.ts';

/** All figures, in words. */
export function figures(container: Container, ascii: boolean): Block[] {
  return [
    stateFact(container),
    fact('cpu', cpu(container, ascii)),
    ...throttling(container),
    fact('memory', memory(container, ascii)),
    ...memoryParts(container),
    fact('limit', memoryLimits(container, ascii)),
    ...oomKills(container),
    fact('processes', processes(container, ascii)),
    fact('disk', disk(container, ascii)),
    ...network(container, ascii),
    ...pressure(container, ascii),
  ];
}

/** What stands beside charts: the figures that no chart has. */
export function uncharted(container: Container, ascii: boolean): Block[] {
  return [
    stateFact(container),
    fact('limit', memoryLimits(container, ascii)),
    fact('processes', processes(container, ascii)),
    ...pressure(container, ascii),
  ];
}

function stateFact(container: Container): Block {
  return fact('state', state(container), container.state === 'running' ? 'plain' : 'frozen');
}

function state({ state, frozenBy }: Container): string {
  return frozenBy === undefined ? state : `${state}, as ${frozenBy} asks`;
}

function cpu({ cpu: { ratio, usageUsec, limitCores } }: Container, ascii: boolean): string {
  const now = isUnknown(usageUsec) ? usageUsec : mapFact(ratio, (value) => `${formatPercent(value)}%`);
  const limit = shown(limitCores, (cores) => (cores === 'max' ? 'no quota' : `quota ${cores} cores`), ascii);
  return `${shown(now, String, ascii)}, ${limit}, ${shown(usageUsec, formatCpuTime, ascii)} so far`;
}

function throttling({ cpu: { throttledRatio, throttledUsec } }: Container): Block[] {
  if (throttledRatio === undefined && throttledUsec === undefined) return [];
  const now = throttledRatio === undefined ? [] : [`${formatPercent(throttledRatio)}% of periods`];
  const total =
    throttledUsec === undefined ? [] : [`${formatDuration(toNumber(throttledUsec) / 1000)} so far`];
  return [fact('throttled', [...now, ...total].join(', '))];
}

function memory(container: Container, ascii: boolean): string {
  const inUse = `${shown(memoryInUse(container), formatBytes, ascii)} in use`;
  const share = memoryShare(container);
  const ofLimit = isKnown(share) ? `, ${formatPercent(share)}% of the limit` : '';
  const sum =
    container.memory.accounting === 'processes' ? ', summed over its processes (no cgroup of its own)' : '';
  return inUse + ofLimit + sum;
}

function memoryParts({ memory }: Container): Block[] {
  const parts: readonly (readonly [string, Fact<number | bigint>])[] = [
    ['charged', memory.currentBytes],
    ['anon', memory.anonBytes],
    ['file', memory.fileBytes],
    ['shmem', memory.shmemBytes],
    ['swap', memory.swapBytes],
  ];
  const texts = parts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${shown(value, formatBytes, false)}`],
  );
  return texts.length === 0 ? [] : [fact('', texts.join(', '))];
}

function memoryLimits({ memory, cgroup }: Container, ascii: boolean): string {
  const limit = (value: number | bigint | 'max') => (value === 'max' ? 'none' : formatBytes(value));
  const own = `own ${shown(memory.limitBytes, limit, ascii)}`;
  const effective = shown(memory.effectiveLimitBytes, limit, ascii);
  if (memory.limitedBy === 'host') return `${own}; the host has ${effective}`;
  const isOwn = memory.limitedBy === undefined || Object.values(cgroup.paths).includes(memory.limitedBy);
  return isOwn
    ? `${own}, effective ${effective}`
    : `${own}; effective ${effective}, set by ${memory.limitedBy}`;
}

function oomKills({ memory: { oomKills } }: Container): Block[] {
  return oomKills === undefined ? [] : [fact('OOM kills', shown(oomKills, String, false))];
}

function processes({ pidsCount, pidsLimit, effectivePidsLimit }: Container, ascii: boolean): string {
  const limit = (value: number | bigint | 'max') => (value === 'max' ? 'none' : formatCount(value));
  const own = `${shown(pidsCount, formatCount, ascii)}, own limit ${shown(pidsLimit, limit, ascii)}`;
  const differs = isKnown(effectivePidsLimit) && effectivePidsLimit !== pidsLimit;
  return differs ? `${own}, effective ${limit(effectivePidsLimit)}` : own;
}

function disk({ io }: Container, ascii: boolean): string {
  const way = (word: string, perSecond: number | undefined, total: Fact<number | bigint>) =>
    `${word} ${shown(isUnknown(total) ? total : perSecond, formatRate, ascii)}/s (${shown(total, formatBytes, ascii)})`;
  return `${way('read', io.readBytesPerSec, io.readBytes)}, ${way('write', io.writeBytesPerSec, io.writeBytes)}`;
}

function network({ net }: Container, ascii: boolean): Block[] {
  if (net === undefined) return [];
  const text = shown(
    net,
    ({ rxBytesPerSec, txBytesPerSec, rxBytes, txBytes }) =>
      `received ${shown(rxBytesPerSec, formatRate, ascii)}/s (${formatBytes(rxBytes)}), ` +
      `sent ${shown(txBytesPerSec, formatRate, ascii)}/s (${formatBytes(txBytes)})`,
    ascii,
  );
  return [fact('network', text)];
}

function pressure({ pressure }: Container, ascii: boolean): Block[] {
  if (pressure === undefined) return [];
  const text = shown(
    pressure,
    (all) =>
      Object.entries(all)
        .map(([resource, { someAvg10, fullAvg10 }]) => {
          const full = fullAvg10 === undefined ? '' : ` full ${fullAvg10.toFixed(1)}%`;
          return `${resource} some ${shown(someAvg10, (value) => `${value.toFixed(1)}%`, ascii)}${full}`;
        })
        .join(', '),
    ascii,
  );
  return [fact('pressure', text)];
}
