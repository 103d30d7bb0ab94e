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
export { SPAN };

/** Pressure is compared with what it was this long ago, or a little less when no sample is that old to the millisecond. */
const RISING_OVER_MS = 30_000;
const RISING_SLACK_MS = 5000;
const RISING_FACTOR = 2;
const RISING_AT_LEAST = 5;

const PRESSURE: Readonly<Record<PressureResource, Metric>> = {
  cpu: 'psi-cpu',
  memory: 'psi-mem',
  io: 'psi-io',
};

interface Track {
  readonly rings: Rings;
  readonly watched: Watched;
}

export class History {
  #times = new SampleTimes();
  #host = new Rings(HOST_METRICS.length, 0);
  #sinceMs = Number.NaN;
  /** The sample that pressure is compared with. */
  #comparedTick: number | undefined;
  readonly #tracks = new Map<string, Track>();
  /** Of the last sample: a container that did not change since is the very same object, and has the same figures. */
  #before: ReadonlySet<Container> = new Set();
  #containers: readonly Container[] = [];
  /** Made once a sample: charts tell by identity that nothing is new. */
  readonly #series = new Map<string, readonly number[]>();
  readonly #pasts = new Map<string, ContainerPast>();

  /** Does nothing with a sample that it has already: frames come again with another listing. */
  add({ model }: Frame): void {
    const atMs = model.takenAtMs;
    if (atMs === this.#times.lastMs) return;
    if (this.#times.isBackwards(atMs)) this.#forgetAll();
    if (this.#times.tick === -1) this.#sinceMs = atMs;
    const tick = this.#times.advance(atMs);
    this.#comparedTick = this.#times.tickAt(atMs - RISING_OVER_MS + RISING_SLACK_MS);
    this.#host.write(tick, hostFigures(model));
    for (const container of model.containers) {
      // Of what came and went between two samples nothing was measured, and on some hosts there are hundreds a minute.
      if (container.state !== 'exited') this.#see(container, tick, atMs);
    }
    for (const [key, { rings }] of this.#tracks) if (rings.last <= tick - SPAN) this.#tracks.delete(key);
    if (model.containers !== this.#containers) this.#before = new Set(model.containers);
    this.#containers = model.containers;
    this.#series.clear();
    this.#pasts.clear();
  }

  /** Oldest first, one number a sample, as many as `times`; NaN where it is not known or was not there. */
  series(key: string, metric: Metric): readonly number[] {
    const rings = this.#tracks.get(key)?.rings;
    return this.#read(`${metric} ${key}`, rings, METRICS.indexOf(metric));
  }

  hostSeries(metric: HostMetric): readonly number[] {
    return this.#read(metric, this.#host, HOST_METRICS.indexOf(metric));
  }

  /** When the samples of `series` were taken, oldest first. */
  times(): readonly number[] {
    return this.#times.all();
  }

  /** Undefined for a container that was in none of the last samples. */
  past(key: string): ContainerPast | undefined {
    const track = this.#tracks.get(key);
    if (track === undefined) return undefined;
    const made = this.#pasts.get(key) ?? track.watched.past(this.#rising(track.rings));
    this.#pasts.set(key, made);
    return made;
  }

  #see(container: Container, tick: number, atMs: number): void {
    const known = this.#tracks.get(container.key);
    if (this.#before.has(container) && known?.rings.repeat(tick) === true) {
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

  #read(name: string, rings: Rings | undefined, figure: number): readonly number[] {
    const { oldest, tick } = this.#times;
    const seen = this.#series.get(name);
    if (seen !== undefined) return seen;
    const made: number[] = [];
    for (let each = oldest; each <= tick; each += 1) made.push(rings?.at(figure, each) ?? Number.NaN);
    this.#series.set(name, made);
    return made;
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
    this.#before = new Set();
    this.#containers = [];
  }
}
