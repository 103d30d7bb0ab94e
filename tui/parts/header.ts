/** Two lines that say where you are: the host, and what is being looked at and how. */
import { type Fact, isUnknown, known, mapFact } from '../../src/kernel/reading.ts';
import {
  absentMark,
  formatBytes,
  formatDuration,
  formatPercent,
  UNKNOWN_MARK,
} from '../../src/model/format.ts';
import type { HostModel } from '../../src/model/host-model.ts';
import { type Block, type Cell, line, type Part, part } from '../blocks.ts';
import { meter, sparkline } from '../chart/bars.ts';
import type { Glyphs } from '../glyphs.ts';
import { formatInterval } from '../interval-text.ts';
import { type DashboardState, staleMs } from '../state.ts';
import { worstLevel } from '../trouble.ts';
import { tabLine } from './tabs.ts';

export function header(state: DashboardState, glyphs: Glyphs): Block[] {
  const tabs = tabLine(state, glyphs);
  if (state.frame === undefined) return [line({ text: ' porthole', tone: 'strong' }), line(), tabs];
  const { model } = state.frame;
  return [hostLine(model, state, glyphs), samplingLine(model, state), tabs];
}

function hostLine(model: HostModel, state: DashboardState, glyphs: Glyphs): Block {
  const { host } = model;
  const { unicode } = state;
  const show = (fact: Fact<string>) => factText(fact, !unicode);
  const dot = { text: `${glyphs.separator} `, tone: 'faint' as const };
  const uptime = show(mapFact(host.uptimeSeconds, (seconds) => formatDuration(seconds * 1000)));
  return {
    kind: 'ends',
    gap: 1,
    left: [
      part(0, { text: ' porthole ', tone: 'strong' }, dot, { text: host.hostname, tone: 'strong' }),
      part(6, dot, { text: `Linux ${host.kernelRelease}` }),
      part(7, dot, { text: `up ${uptime}` }),
    ],
    right: [...cpuParts(model, state), ...memoryParts(model, state), ...pressurePart(host, state)],
  };
}

const SPARK_COLUMNS = 8;
const METER_COLUMNS = 8;
/** From this width on figures have pictures beside them. */
const PICTURES_FROM = 120;

function cpuParts(model: HostModel, { history, unicode, size }: DashboardState): Part[] {
  const text = `${factText(percent(model.hostCpuRatio), !unicode)} of ${model.host.cpus}`;
  const spark = sparkline(history.hostSeries('cpu').slice(-MINUTE_SAMPLES), SPARK_COLUMNS, {
    max: 1,
    unicode,
  });
  const picture = size.columns < PICTURES_FROM ? [] : [{ text: `${spark} `, tone: 'chart-1' as const }];
  return [part(1, { text: ' cpu ', tone: 'faint' }, ...picture, { text })];
}

const MINUTE_SAMPLES = 60;

function memoryParts({ host }: HostModel, { unicode, size }: DashboardState): Part[] {
  const { memTotalBytes: total, memAvailableBytes: available } = host;
  const used: Fact<number> =
    available === undefined || isUnknown(available) ? available : mapFact(total, (all) => all - available);
  const show = (fact: Fact<number>) => factText(mapFact(fact, formatBytes), !unicode);
  const ratio = (known(used) ?? Number.NaN) / (known(total) ?? Number.NaN);
  const picture =
    size.columns < PICTURES_FROM
      ? []
      : [{ text: `${meter(ratio, METER_COLUMNS, unicode)} `, tone: 'chart-2' as const }];
  return [part(2, { text: ' mem ', tone: 'faint' }, ...picture, { text: `${show(used)}/${show(total)} ` })];
}

/** Share of the last ten seconds in which somebody waited; absent where the kernel does not count it. */
function pressurePart({ pressure }: HostModel['host'], { unicode }: DashboardState): Part[] {
  if (pressure === undefined) return [];
  if (isUnknown(pressure)) return [part(5, { text: ' psi ', tone: 'faint' }, { text: `${UNKNOWN_MARK} ` })];
  const cells = (['cpu', 'memory', 'io'] as const).flatMap((resource): Cell[] => {
    const waited = pressure[resource]?.some?.avg10;
    const text = waited === undefined ? absentMark(!unicode) : waited.toFixed(1);
    return [{ text: ` ${resource === 'memory' ? 'mem' : resource} `, tone: 'faint' }, { text }];
  });
  return [part(5, { text: ' psi', tone: 'faint' }, ...cells, { text: ' ' })];
}

function samplingLine(model: HostModel, state: DashboardState): Block {
  const { containers, host } = model;
  const frozen = containers.filter((each) => each.state === 'frozen' || each.state === 'freezing').length;
  const levels = [...state.troubles.values()].map(worstLevel).filter((level) => level !== undefined);
  const counted = containers.filter(({ kind }) => state.allKinds || kind !== 'sandbox').length;
  return {
    kind: 'ends',
    gap: 2,
    left: [
      part(0, { text: ` ${counted} ${counted === 1 ? 'container' : 'containers'}`, tone: 'strong' }),
      ...(frozen === 0 ? [] : [part(1, { text: `${frozen} frozen`, tone: 'frozen' })]),
      ...(levels.length === 0
        ? []
        : [part(1, { text: `${levels.length} in trouble`, tone: levels.includes('act') ? 'act' : 'watch' })]),
    ],
    right: [
      labelled(5, 'cgroups', host.cgroupMode),
      labelled(6, 'rights', host.self.uid === 0 ? 'root' : `uid ${host.self.uid}`),
      samplingPart(state),
      labelled(4, 'self', cost(state)),
      part(3, { text: `${clock(model.takenAtMs)} ` }),
    ],
  };
}

function samplingPart(state: DashboardState): Part {
  if (state.paused) return part(1, { text: 'PAUSED', tone: 'watch' });
  const ageMs = staleMs(state);
  if (ageMs !== undefined) return part(1, { text: `no sample for ${formatDuration(ageMs)}`, tone: 'watch' });
  return labelled(2, 'every', formatInterval(state.intervalMs));
}

/** Of the whole program: share of one core, how long the last sample took, and memory. */
function cost({ frame, own, unicode }: DashboardState): string {
  const share = own === undefined ? absentMark(!unicode) : `${formatPercent(own.cpuRatio)}%`;
  const memory = own === undefined ? '' : ` ${formatBytes(own.rssBytes)}`;
  return `${share} ${Math.round(frame?.cost.durationMs ?? 0)}ms${memory}`;
}

function labelled(rank: number, label: string, text: string): Part {
  return part(rank, { text: `${label} `, tone: 'faint' }, { text });
}

function percent(ratio: number | undefined): Fact<string> {
  return ratio === undefined ? undefined : `${formatPercent(ratio)}%`;
}

function factText(fact: Fact<string>, ascii: boolean): string {
  if (isUnknown(fact)) return UNKNOWN_MARK;
  return fact ?? absentMark(ascii);
}

/** Local time of day, `12:04:31`. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
