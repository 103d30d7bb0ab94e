/**
 * What the last samples said of each container and of the host: charts, sparklines and "since when" come from here. It is
 * added to in place, the one part of the dashboard's state that is: copying 200 containers' rings for every sample would
 * cost more than the sample, and what was read once never changes. No I/O.
 */
import type { Frame } from '../src/live/feed.ts';
import type { Container } from '../src/model/host-model.ts';
import {
  containerFigures,
  HOST_METRICS,
  type HostMetric,
  hostFigures,
  METRICS,
  type Metric,
} from './history/figures.ts';
import { type ContainerPast, type PressureResource, Watched } from './history/past.ts';
import { Rings } from './history/rings.ts';
import { SampleTimes, SPAN } from './history/sample-times.ts';

export type { ContainerPast, HostMetric, Metric };
export { METRICS, SPAN };

/** Pressure is compared with what it was this long ago, or a little less when no sample is that old to the millisecond. */
const RISING_OVER_MS = 30_000;
const RISING_SLACK_MS = 5000;
const RISING_FACTOR = 2;
const RISING_AT_LEAST = 5;
/** The host, and whose charts stood on the screens before. */
const MOST_CHARTED = 4;

const PRESSURE: Readonly<Record<PressureResource, Metric>> = {
  cpu: 'psi-cpu',
  memory: 'psi-mem',
  io: 'psi-io',
};

interface Track {
  readonly rings: Rings;
  readonly watched: Watched;
}

/** Values of one figure as they were read last. */
interface Series {
  from: number;
  tick: number;
  readonly values: readonly number[];
}

export class History {
  #times = new SampleTimes();
  #host = new Rings(HOST_METRICS.length, 0);
  #sinceMs = Number.NaN;
  /** The sample that pressure is compared with. */
  #comparedTick: number | undefined;
  readonly #tracks = new Map<string, Track>();
  /** Of the last sample: a container that did not change since is the very same object, and has the same figures. */
  #containers: readonly Container[] = [];
  /** Those that are not over. */
  #living = 0;
  /** Since this tick no container has moved: their tracks are told when somebody reads them, or when one moves. */
  #stillFrom: number | undefined;
  /** By figure and length, of what was read: whoever draws it tells by identity that nothing is new. */
  #series = new WeakMap<Rings, Map<number, Series>>();
  /** The same of charts, which are kept with what they were drawn of: of whom they were drawn last. */
  #charted = new Map<Rings, Map<number, Series>>();
  /** Made once a sample. */
  #allTimes: readonly number[] | undefined;
  readonly #pasts = new Map<string, ContainerPast>();

  /** Does nothing with a sample that it has already: frames come again with another listing. */
  add({ model }: Frame): void {
    const atMs = model.takenAtMs;
    if (atMs === this.#times.lastMs) return;
    if (this.#times.isBackwards(atMs)) this.#forgetAll();
    const before = this.#times.tick;
    const lastMs = this.#times.lastMs ?? atMs;
    if (before === -1) this.#sinceMs = atMs;
    const tick = this.#times.advance(atMs);
    this.#allTimes = undefined;
    this.#comparedTick = this.#times.tickAt(atMs - RISING_OVER_MS + RISING_SLACK_MS);
    this.#host.write(tick, hostFigures(model));
    this.#pasts.clear();
    const isStill = model.containers === this.#containers && tick === before + 1;
    // Some of those that are gone may be to be forgotten.
    if (isStill && this.#tracks.size === this.#living) {
      this.#stillFrom ??= before;
      return;
    }
    this.#standStill(before, lastMs);
    this.#seeAll(model.containers, tick, atMs);
    for (const [key, { rings }] of this.#tracks) if (rings.last <= tick - SPAN) this.#tracks.delete(key);
  }

  /** Oldest first, one number a sample, as many as `times`, or the last `samples`; NaN where it is not known or was not there. */
  series(key: string, metric: Metric, samples = SPAN): readonly number[] {
    return this.#read(this.#track(key)?.rings, METRICS.indexOf(metric), samples);
  }

  hostSeries(metric: HostMetric, samples = SPAN): readonly number[] {
    return this.#read(this.#host, HOST_METRICS.indexOf(metric), samples);
  }

  /**
   * The last `samples` in `columns` parts of equal length, the newest at the end: the highest of each, NaN where none is known.
   * As many samples as there are share a column, so that all are shown.
   */
  peaks(key: string, metric: Metric, samples: number, columns: number): readonly number[] {
    const { tick, oldest } = this.#times;
    const rings = this.#track(key)?.rings;
    const figure = METRICS.indexOf(metric);
    const from = Math.max(oldest, tick - samples + 1);
    const perColumn = Math.max(1, Math.ceil((tick - from + 1) / columns));
    if (rings === undefined) return new Array<number>(columns).fill(Number.NaN);
    return rings.peaks(figure, { from, to: tick }, perColumn, columns);
  }

  /** When the samples of `series` were taken, oldest first. */
  times(): readonly number[] {
    this.#allTimes ??= this.#times.all();
    return this.#allTimes;
  }

  /** Undefined for a container that was in none of the last samples. */
  past(key: string): ContainerPast | undefined {
    const made = this.#pasts.get(key);
    if (made !== undefined) return made;
    const track = this.#track(key);
    if (track === undefined) return undefined;
    const past = track.watched.past(this.#rising(track.rings));
    this.#pasts.set(key, past);
    return past;
  }

  #seeAll(containers: readonly Container[], tick: number, atMs: number): void {
    const before = this.#containers;
    let others: ReadonlySet<Container> | undefined;
    let living = 0;
    for (let i = 0; i < containers.length; i += 1) {
      const container = containers[i];
      // Of what came and went between two samples nothing was measured, and on some hosts there are hundreds a minute.
      if (container === undefined || container.state === 'exited') continue;
      living += 1;
      let isSame = before[i] === container;
      if (!isSame && before[i]?.key !== container.key) {
        others ??= new Set(before);
        isSame = others.has(container);
      }
      this.#see(container, isSame, tick, atMs);
    }
    this.#living = living;
    this.#containers = containers;
  }

  #see(container: Container, isSame: boolean, tick: number, atMs: number): void {
    const known = this.#tracks.get(container.key);
    if (isSame && known !== undefined && known.rings.last === tick - 1) {
      known.rings.repeatTo(tick);
      known.watched.seeAgain(atMs);
      return;
    }
    known?.watched.see(container, atMs);
    const track = known ?? {
      rings: new Rings(METRICS.length, tick),
      watched: new Watched(container, atMs, this.#sinceMs),
    };
    track.rings.write(tick, containerFigures(container));
    this.#tracks.set(container.key, track);
  }

  /** Tells all tracks that nothing moved up to `tick`. */
  #standStill(tick: number, atMs: number): void {
    if (this.#stillFrom === undefined) return;
    this.#stillFrom = undefined;
    for (const { key, state } of this.#containers) {
      const track = state === 'exited' ? undefined : this.#tracks.get(key);
      track?.rings.repeatTo(tick);
      track?.watched.seeAgain(atMs);
    }
  }

  #track(key: string): Track | undefined {
    const track = this.#tracks.get(key);
    // What was not there any more when all stood still has ended before.
    if (this.#stillFrom !== undefined && track !== undefined && track.rings.last >= this.#stillFrom)
      track.rings.repeatTo(this.#times.tick);
    return track;
  }

  #read(rings: Rings | undefined, figure: number, samples: number): readonly number[] {
    const { tick } = this.#times;
    const from = Math.max(this.#times.oldest, tick - samples + 1);
    if (rings === undefined) return Array.from({ length: tick - from + 1 }, () => Number.NaN);
    const known = this.#seriesOf(rings, samples);
    const name = figure * (SPAN + 1) + samples;
    const seen = known.get(name);
    if (seen !== undefined && isSameSeries(seen, rings, from, tick)) {
      seen.from = from;
      seen.tick = tick;
      return seen.values;
    }
    const values = rings.read(figure, from, tick);
    known.set(name, { from, tick, values });
    return values;
  }

  #seriesOf(rings: Rings, samples: number): Map<number, Series> {
    const isCharted = samples === SPAN;
    const all = isCharted ? this.#charted : this.#series;
    const known = all.get(rings) ?? new Map<number, Series>();
    if (isCharted) this.#charted.delete(rings);
    all.set(rings, known);
    const [oldest] = this.#charted.keys();
    if (this.#charted.size > MOST_CHARTED && oldest !== undefined) this.#charted.delete(oldest);
    return known;
  }

  #rising(rings: Rings): ContainerPast['psiRising'] {
    const now = this.#times.tick;
    const then = this.#comparedTick;
    const rising: Partial<Record<PressureResource, boolean>> = {};
    for (const resource of ['cpu', 'memory', 'io'] as const) {
      const figure = METRICS.indexOf(PRESSURE[resource]);
      const before = then === undefined ? Number.NaN : rings.at(figure, then);
      const value = rings.at(figure, now);
      if (Number.isNaN(before) || Number.isNaN(value)) continue;
      rising[resource] = value >= RISING_AT_LEAST && value >= RISING_FACTOR * before;
    }
    return rising;
  }

  #forgetAll(): void {
    this.#times = new SampleTimes();
    this.#host = new Rings(HOST_METRICS.length, 0);
    this.#tracks.clear();
    this.#containers = [];
    this.#living = 0;
    this.#stillFrom = undefined;
    this.#series = new WeakMap();
    this.#charted.clear();
  }
}

/** Read at this sample, or as many as then and all of them the same ever since. */
function isSameSeries(seen: Series, rings: Rings, from: number, tick: number): boolean {
  if (seen.tick === tick && seen.from === from) return true;
  return (
    tick - from === seen.tick - seen.from &&
    rings.last === tick &&
    rings.isSameSince(Math.min(seen.from, from))
  );
}
