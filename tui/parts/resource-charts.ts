/** Charts that containers and the host have in common. Pure. */
import type { Fact } from '../../src/kernel/reading.ts';
import { formatBytes } from '../../src/model/format.ts';
import { niceMax, peaksOf, type Rounding } from '../chart/scale.ts';
import { legend, type Panel } from './chart-panel.ts';
import { shown } from './shown.ts';

const BYTES_PER_SEC: Rounding = { base: 2, least: 1024 };
const PRESSURE: Rounding = { base: 10, least: 10 };

type Pair<T> = readonly [T, T];

/** Two directions of the same traffic. */
export function ratesChart(
  labels: Pair<string>,
  now: Pair<Fact<number>>,
  series: Pair<readonly number[]>,
  ascii: boolean,
): Panel {
  const rate = (value: number) => `${formatBytes(value)}/s`;
  return {
    title: [
      legend(0, labels[0], shown(now[0], rate, ascii), 'chart-1'),
      legend(1, labels[1], shown(now[1], rate, ascii), 'chart-2'),
    ],
    series: [
      { values: series[0], tone: 'chart-1' },
      { values: series[1], tone: 'chart-2' },
    ],
    max: niceMax(peaksOf(...series), BYTES_PER_SEC),
    format: formatBytes,
  };
}

type PerResource<T> = Readonly<Record<'cpu' | 'memory' | 'io', T>>;

/** Work that waits, in percent of the last ten seconds. */
export function pressureChart(now: PerResource<string>, series: PerResource<readonly number[]>): Panel {
  return {
    title: [
      legend(0, 'pressure cpu', now.cpu, 'chart-1'),
      legend(1, 'memory', now.memory, 'chart-2'),
      legend(2, 'io', now.io, 'chart-3'),
    ],
    series: [
      { values: series.cpu, tone: 'chart-1' },
      { values: series.memory, tone: 'chart-2' },
      { values: series.io, tone: 'chart-3' },
    ],
    max: Math.min(100, niceMax(peaksOf(series.cpu, series.memory, series.io), PRESSURE)),
    format: pointsLabel,
  };
}

export function pressureText(avg10: number): string {
  return avg10.toFixed(1);
}

/** Labels of a scale: round numbers, so without decimals. */
export function percentLabel(ratio: number): string {
  return `${Math.round(ratio * 100)}%`;
}

function pointsLabel(percent: number): string {
  return `${Math.round(percent)}%`;
}
