/** What of one container is drawn over time: CPU with throttling, memory, disk, network and pressure. Pure. */
import { type Limit, toNumber } from '../../src/kernel/count.ts';
import { type Fact, isKnown, isUnknown, known, mapFact } from '../../src/kernel/reading.ts';
import { memoryInUse, memoryLimit } from '../../src/model/column-limits.ts';
import { formatBytes, formatPercent } from '../../src/model/format.ts';
import type { Container } from '../../src/model/host-model.ts';
import type { Part } from '../blocks.ts';
import { maxWithin, peaksOf, type Rounding } from '../chart/scale.ts';
import type { History, Metric } from '../history.ts';
import { legend, type Panel } from './chart-panel.ts';
import { percentLabel, pressureChart, pressureText, ratesChart } from './resource-charts.ts';
import type { Showing } from './showing.ts';
import { shown } from './shown.ts';

const CPU_RATIO: Rounding = { base: 10, least: 0.1 };
const MEMORY_BYTES: Rounding = { base: 2, least: 1024 ** 2 };

/** Most asked for first. What does not apply to the container has none. */
export function containerPanels(container: Container, history: History, showing: Showing): Panel[] {
  const draw: Drawing = {
    container,
    ascii: !showing.unicode,
    series: (metric) => history.series(container.key, metric),
  };
  const panels = [
    cpuPanel(draw),
    memoryPanel(draw),
    diskPanel(draw),
    networkPanel(draw),
    pressurePanel(draw),
  ];
  return panels.filter((panel) => panel !== undefined);
}

interface Drawing {
  readonly container: Container;
  readonly ascii: boolean;
  series(metric: Metric): readonly number[];
}

function cpuPanel({ container: { cpu }, ascii, series }: Drawing): Panel {
  const used = series('cpu');
  const cores = limitOf(known(cpu.limitCores));
  const stops = series('throttled');
  // Without a quota there is nothing to say, unless it had one until lately.
  const isThrottled = cores !== undefined || stops.some((ratio) => ratio > 0);
  const throttled = isThrottled ? [{ values: stops, tone: 'watch' as const }] : [];
  const now = isUnknown(cpu.usageUsec) ? cpu.usageUsec : cpu.ratio;
  const percent = (ratio: number) => `${formatPercent(ratio)}%`;
  return {
    title: [
      legend(0, 'cpu', shown(now, percent, ascii), 'chart-1'),
      ...throttled.map(() => legend(1, 'throttled', shown(cpu.throttledRatio, percent, ascii), 'watch')),
      ...(cores === undefined ? [] : [legend(2, 'of', percentLabel(cores))]),
    ],
    series: [{ values: used, tone: 'chart-1' }, ...throttled],
    max: maxWithin(cores, peaksOf(used, ...throttled.map(({ values }) => values)), CPU_RATIO),
    format: percentLabel,
  };
}

function memoryPanel({ container, ascii, series }: Drawing): Panel {
  const [used, anon, file] = [series('mem'), series('anon'), series('file')];
  const most = limitOf(known(memoryLimit(container))?.value);
  const { anonBytes, fileBytes } = container.memory;
  const inUse = shown(memoryInUse(container), formatBytes, ascii);
  const of = most === undefined ? '' : `/${formatBytes(most)}`;
  return {
    title: [
      legend(0, 'mem', `${inUse}${of}`, 'chart-1'),
      ...optional(1, 'anon', anonBytes, 'chart-2', ascii),
      ...optional(2, 'file', fileBytes, 'chart-3', ascii),
      ...optional(3, 'other', otherBytes(container), undefined, ascii),
    ],
    series: [
      { values: used, tone: 'chart-1' },
      { values: anon, tone: 'chart-2' },
      { values: file, tone: 'chart-3' },
    ],
    max: maxWithin(most, peaksOf(used, anon, file), MEMORY_BYTES),
    format: formatBytes,
  };
}

function limitOf(limit: Limit | undefined): number | undefined {
  return limit === undefined || limit === 'max' ? undefined : toNumber(limit);
}

/** What is charged and neither anonymous nor of files: kernel memory, sockets. */
function otherBytes({ memory: { currentBytes, anonBytes, fileBytes } }: Container): Fact<number> {
  if (!isKnown(currentBytes) || !isKnown(anonBytes) || !isKnown(fileBytes)) return undefined;
  return Math.max(0, toNumber(currentBytes) - toNumber(anonBytes) - toNumber(fileBytes));
}

function diskPanel({ container: { io }, ascii, series }: Drawing): Panel | undefined {
  if (io.readBytes === undefined && io.writeBytes === undefined) return undefined;
  const read = isUnknown(io.readBytes) ? io.readBytes : io.readBytesPerSec;
  const written = isUnknown(io.writeBytes) ? io.writeBytes : io.writeBytesPerSec;
  return ratesChart(['disk read', 'write'], [read, written], [series('read'), series('write')], ascii);
}

function networkPanel({ container: { net }, ascii, series }: Drawing): Panel | undefined {
  if (net === undefined) return undefined;
  const received = isUnknown(net) ? net : net.rxBytesPerSec;
  const sent = isUnknown(net) ? net : net.txBytesPerSec;
  return ratesChart(['net received', 'sent'], [received, sent], [series('rx'), series('tx')], ascii);
}

function pressurePanel({ container: { pressure }, ascii, series }: Drawing): Panel | undefined {
  if (pressure === undefined) return undefined;
  const some = (resource: 'cpu' | 'memory' | 'io') =>
    shown(isUnknown(pressure) ? pressure : pressure[resource]?.someAvg10, pressureText, ascii);
  return pressureChart(
    { cpu: some('cpu'), memory: some('memory'), io: some('io') },
    { cpu: series('psi-cpu'), memory: series('psi-mem'), io: series('psi-io') },
  );
}

function optional(
  rank: number,
  label: string,
  bytes: Fact<number | bigint>,
  tone: 'chart-2' | 'chart-3' | undefined,
  ascii: boolean,
): Part[] {
  return bytes === undefined
    ? []
    : [legend(rank, label, shown(mapFact(bytes, formatBytes), String, ascii), tone)];
}
