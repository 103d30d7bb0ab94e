/** What of the host is drawn over time: CPU, memory and pressure. Pure. */
import { type Fact, isUnknown, known, mapFact } from '../../src/kernel/reading.ts';
import { formatBytes, formatPercent } from '../../src/model/format.ts';
import type { HostModel } from '../../src/model/host-model.ts';
import { niceMax } from '../chart/scale.ts';
import type { History } from '../history.ts';
import { legend, type Panel } from './chart-panel.ts';
import { percentLabel, pressureChart, pressureText } from './resource-charts.ts';
import type { Showing } from './showing.ts';
import { shown } from './shown.ts';

export function hostPanels(model: HostModel, history: History, { unicode }: Showing): Panel[] {
  return [
    cpuPanel(model, history, !unicode),
    memoryPanel(model, history, !unicode),
    ...pressurePanel(model, history, !unicode),
  ];
}

function cpuPanel({ hostCpuRatio, host }: HostModel, history: History, ascii: boolean): Panel {
  const busy = shown(hostCpuRatio, (ratio) => `${formatPercent(ratio)}%`, ascii);
  return {
    title: [legend(0, 'cpu', busy, 'chart-1'), legend(1, 'of', `${host.cpus}`)],
    series: [{ values: history.hostSeries('cpu'), tone: 'chart-1' }],
    max: 1,
    format: percentLabel,
  };
}

function memoryPanel({ host }: HostModel, history: History, ascii: boolean): Panel {
  const used = history.hostSeries('memUsed');
  const total = known(host.memTotalBytes);
  const available = shown(host.memAvailableBytes, formatBytes, ascii);
  const inUse = shown(usedBytes(host), formatBytes, ascii);
  return {
    title: [
      legend(0, 'mem', `${inUse}/${shown(host.memTotalBytes, formatBytes, ascii)}`, 'chart-1'),
      legend(1, 'available', available),
    ],
    series: [{ values: used, tone: 'chart-1' }],
    max: total ?? niceMax(used, { base: 2, least: 1024 ** 3 }),
    format: formatBytes,
  };
}

/** What is not available to whoever asks for memory. */
export function usedBytes({ memTotalBytes, memAvailableBytes }: HostModel['host']): Fact<number> {
  if (memAvailableBytes === undefined || isUnknown(memAvailableBytes)) return memAvailableBytes;
  return mapFact(memTotalBytes, (total) => total - memAvailableBytes);
}

function pressurePanel({ host: { pressure } }: HostModel, history: History, ascii: boolean): Panel[] {
  if (pressure === undefined) return [];
  const some = (resource: 'cpu' | 'memory' | 'io') =>
    shown(isUnknown(pressure) ? pressure : pressure[resource]?.some?.avg10, pressureText, ascii);
  return [
    pressureChart(
      { cpu: some('cpu'), memory: some('memory'), io: some('io') },
      {
        cpu: history.hostSeries('psi-cpu'),
        memory: history.hostSeries('psi-mem'),
        io: history.hostSeries('psi-io'),
      },
    ),
  ];
}
