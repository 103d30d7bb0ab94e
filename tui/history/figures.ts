/** Which figures of a container and of the host are remembered, and where a model has them. NaN for what is not known. Pure. */
import { type Count, toNumber } from '../../src/kernel/count.ts';
import { type Fact, known } from '../../src/kernel/reading.ts';
import { memoryInUse } from '../../src/model/column-limits.ts';
import type { Container, HostModel } from '../../src/model/host-model.ts';

/** Ratios 0..1 (of one core for cpu), bytes, bytes a second, or avg10 of `some` in percent. */
export const METRICS = [
  'cpu',
  'throttled',
  'mem',
  'anon',
  'file',
  'read',
  'write',
  'rx',
  'tx',
  'psi-cpu',
  'psi-mem',
  'psi-io',
  'pids',
] as const;
export type Metric = (typeof METRICS)[number];

export const HOST_METRICS = ['cpu', 'memUsed', 'psi-cpu', 'psi-mem', 'psi-io'] as const;
export type HostMetric = (typeof HOST_METRICS)[number];

type Figure<T> = (from: T) => number;

const CONTAINER: Readonly<Record<Metric, Figure<Container>>> = {
  cpu: ({ cpu }) => cpu.ratio ?? Number.NaN,
  throttled: ({ cpu }) => cpu.throttledRatio ?? Number.NaN,
  mem: (container) => figure(memoryInUse(container)),
  anon: ({ memory }) => figure(memory.anonBytes),
  file: ({ memory }) => figure(memory.fileBytes),
  read: ({ io }) => io.readBytesPerSec ?? Number.NaN,
  write: ({ io }) => io.writeBytesPerSec ?? Number.NaN,
  rx: ({ net }) => known(net)?.rxBytesPerSec ?? Number.NaN,
  tx: ({ net }) => known(net)?.txBytesPerSec ?? Number.NaN,
  'psi-cpu': ({ pressure }) => known(pressure)?.cpu?.someAvg10 ?? Number.NaN,
  'psi-mem': ({ pressure }) => known(pressure)?.memory?.someAvg10 ?? Number.NaN,
  'psi-io': ({ pressure }) => known(pressure)?.io?.someAvg10 ?? Number.NaN,
  pids: ({ pidsCount }) => figure(pidsCount),
};

const HOST: Readonly<Record<HostMetric, Figure<HostModel>>> = {
  cpu: ({ hostCpuRatio }) => hostCpuRatio ?? Number.NaN,
  memUsed: ({ host }) => figure(host.memTotalBytes) - figure(host.memAvailableBytes),
  'psi-cpu': ({ host }) => known(host.pressure)?.cpu?.some?.avg10 ?? Number.NaN,
  'psi-mem': ({ host }) => known(host.pressure)?.memory?.some?.avg10 ?? Number.NaN,
  'psi-io': ({ host }) => known(host.pressure)?.io?.some?.avg10 ?? Number.NaN,
};

/** In the order of METRICS. */
export function containerFigures(container: Container): number[] {
  return METRICS.map((metric) => CONTAINER[metric](container));
}

/** In the order of HOST_METRICS. */
export function hostFigures(model: HostModel): number[] {
  return HOST_METRICS.map((metric) => HOST[metric](model));
}

function figure(fact: Fact<Count>): number {
  const value = known(fact);
  return value === undefined ? Number.NaN : toNumber(value);
}
