/** Two lines that say where you are: the host, and what is being looked at and how. */
import { type Fact, isUnknown, mapFact } from '../../src/kernel/reading.ts';
import {
  absentMark,
  formatBytes,
  formatDuration,
  formatPercent,
  UNKNOWN_MARK,
} from '../../src/model/format.ts';
import type { HostModel } from '../../src/model/host-model.ts';
import { type Block, line, type Part, part } from '../blocks.ts';
import type { Glyphs } from '../glyphs.ts';
import { formatInterval } from '../interval-text.ts';
import type { DashboardState } from '../state.ts';
import { worstLevel } from '../trouble.ts';
import { tabLine } from './tabs.ts';

/** Beyond this many intervals without a frame the figures are old, and the header says how old. */
const STALE_INTERVALS = 3;
const STALE_AT_LEAST_MS = 3000;

export function header(state: DashboardState, glyphs: Glyphs): Block[] {
  const tabs = tabLine(state, glyphs);
  if (state.frame === undefined) return [line({ text: ' porthole', tone: 'strong' }), line(), tabs];
  const { model } = state.frame;
  return [hostLine(model, state, glyphs), samplingLine(model, state), tabs];
}

function hostLine(model: HostModel, { unicode }: DashboardState, glyphs: Glyphs): Block {
  const { host } = model;
  const show = (fact: Fact<string>) => factText(fact, !unicode);
  const dot = { text: ` ${glyphs.separator} `, tone: 'faint' as const };
  const used =
    isUnknown(host.memAvailableBytes) || host.memAvailableBytes === undefined
      ? host.memAvailableBytes
      : subtract(host.memTotalBytes, host.memAvailableBytes);
  return {
    kind: 'ends',
    gap: 2,
    left: [
      part(
        0,
        { text: ' porthole', tone: 'strong' },
        dot,
        { text: host.hostname, tone: 'strong' },
        ...[dot, { text: `Linux ${host.kernelRelease}` }],
        ...[
          dot,
          { text: `up ${show(mapFact(host.uptimeSeconds, (seconds) => formatDuration(seconds * 1000)))}` },
        ],
      ),
    ],
    right: [
      labelled(1, 'cpu', `${show(percent(model.hostCpuRatio))} of ${host.cpus}`),
      labelled(
        2,
        'mem',
        `${show(mapFact(used, formatBytes))}/${show(mapFact(host.memTotalBytes, formatBytes))} `,
      ),
    ],
  };
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
  const ageMs = state.nowMs - state.receivedAtMs;
  if (ageMs > Math.max(STALE_AT_LEAST_MS, STALE_INTERVALS * state.intervalMs)) {
    return part(1, { text: `no sample for ${formatDuration(ageMs)}`, tone: 'watch' });
  }
  return labelled(2, 'every', formatInterval(state.intervalMs));
}

function cost({ frame, costRatio, unicode }: DashboardState): string {
  const share = costRatio === undefined ? absentMark(!unicode) : `${formatPercent(costRatio)}%`;
  return `${share} ${Math.round(frame?.cost.durationMs ?? 0)}ms`;
}

function labelled(rank: number, label: string, text: string): Part {
  return part(rank, { text: `${label} `, tone: 'faint' }, { text });
}

function percent(ratio: number | undefined): Fact<string> {
  return ratio === undefined ? undefined : `${formatPercent(ratio)}%`;
}

function subtract(total: Fact<number>, part: number): Fact<number> {
  return mapFact(total, (value) => value - part);
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
