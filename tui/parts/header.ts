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
import { type Block, type Cell, kept, line, type Part, part } from '../blocks.ts';
import { meter, sparkline } from '../chart/bars.ts';
import type { Glyphs } from '../glyphs.ts';
import { formatInterval } from '../interval-text.ts';
import { Last } from '../last.ts';
import { type DashboardState, staleMs } from '../state.ts';
import { worstLevel } from '../trouble.ts';
import { tabLine } from './tabs.ts';

/** The header as it was drawn last. */
export class Header {
  readonly #tabs = new Last<Block>();
  readonly #counts = new Last<readonly Part[]>();

  blocks(state: DashboardState, glyphs: Glyphs): Block[] {
    const { tabs, tab, variant, scope, size } = state;
    const tabLines = this.#tabs.get([tabs, tab, variant, scope?.container.name, size.columns, glyphs], () =>
      kept(tabLine(state, glyphs)),
    );
    if (state.frame === undefined) return [line({ text: ' porthole', tone: 'strong' }), line(), tabLines];
    const { model } = state.frame;
    const counts = this.#counts.get([model.containers, state.allKinds, state.troubles], () =>
      countParts(model, state),
    );
    return [hostLine(model, state, glyphs), samplingLine(counts, model, state), tabLines];
  }
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
  const spark = sparkline(history.hostSeries('cpu', MINUTE_SAMPLES), SPARK_COLUMNS, {
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

/** How many containers there are, and how many of them need somebody's eye. */
function countParts({ containers }: HostModel, { troubles, allKinds }: DashboardState): Part[] {
  const frozen = containers.filter((each) => each.state === 'frozen' || each.state === 'freezing').length;
  const levels = [...troubles.values()].map(worstLevel).filter((level) => level !== undefined);
  const counted = containers.filter(({ kind }) => allKinds || kind !== 'sandbox').length;
  return [
    part(0, { text: ` ${counted} ${counted === 1 ? 'container' : 'containers'}`, tone: 'strong' }),
    ...(frozen === 0 ? [] : [part(1, { text: `${frozen} frozen`, tone: 'frozen' })]),
    ...(levels.length === 0
      ? []
      : [part(1, { text: `${levels.length} in trouble`, tone: levels.includes('act') ? 'act' : 'watch' })]),
  ];
}

function samplingLine(counts: readonly Part[], { host, takenAtMs }: HostModel, state: DashboardState): Block {
  return {
    kind: 'ends',
    gap: 2,
    left: counts,
    right: [
      labelled(5, 'cgroups', host.cgroupMode),
      labelled(6, 'rights', host.self.uid === 0 ? 'root' : `uid ${host.self.uid}`),
      samplingPart(state),
      labelled(4, 'self', cost(state)),
      part(3, { text: `${clock(takenAtMs)} ` }),
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
