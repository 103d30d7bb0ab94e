/**
 * The last figures of one thing, several of them side by side, in one piece of memory. It grows with what there is to keep:
 * on a host where containers come and go every second, most of those remembered were there for a few samples.
 */
import { SPAN } from './sample-times.ts';

const FIRST_CAPACITY = SPAN / 8;

export class Rings {
  readonly #figures: number;
  readonly #first: number;
  #last: number;
  /** The last that stands in memory: what was the same at every sample since is not written again. */
  #written: number;
  #capacity = FIRST_CAPACITY;
  #values: Float32Array;

  /** @param first the tick of its first sample */
  constructor(figures: number, first: number) {
    this.#figures = figures;
    this.#first = first;
    this.#last = first - 1;
    this.#written = first - 1;
    this.#values = new Float32Array(figures * FIRST_CAPACITY).fill(Number.NaN);
  }

  /** Tick of the last sample it was in. */
  get last(): number {
    return this.#last;
  }

  /** The figures of one sample, in the order of the rings; ticks left out before it are not known. */
  write(tick: number, figures: readonly number[]): void {
    this.#growTo(Math.min(SPAN, tick - this.#first + 1));
    this.#writeRepeated(tick);
    for (let missed = Math.max(this.#last + 1, tick - SPAN + 1); missed < tick; missed += 1) {
      for (let i = 0; i < this.#figures; i += 1) this.#values[this.#index(i, missed)] = Number.NaN;
    }
    for (let i = 0; i < figures.length; i += 1) this.#values[this.#index(i, tick)] = figures[i] ?? Number.NaN;
    this.#last = tick;
    this.#written = tick;
  }

  /** The figures of its last sample once more, at every one since up to this. */
  repeatTo(tick: number): void {
    if (this.#last >= this.#first && tick > this.#last) this.#last = tick;
  }

  /** Was it the same at all samples from this one on? */
  isSameSince(tick: number): boolean {
    return this.#first <= tick && this.#written <= tick;
  }

  /** Those that a sample at `tick` leaves in sight. */
  #writeRepeated(tick: number): void {
    const from = this.#written;
    for (let i = 0; i < this.#figures; i += 1) {
      const value = this.#values[this.#index(i, from)] ?? Number.NaN;
      for (let each = Math.max(from + 1, tick - SPAN + 1); each <= this.#last; each += 1)
        this.#values[this.#index(i, each)] = value;
    }
  }

  /** NaN for what is not known, was not there, or is too long ago. */
  at(figure: number, tick: number): number {
    if (tick < this.#first || tick > this.#last || tick <= this.#last - SPAN) return Number.NaN;
    return this.#values[this.#index(figure, Math.min(tick, this.#written))] ?? Number.NaN;
  }

  /** `at` for each tick of a range, without asking again and again what is the same for all of them. */
  read(figure: number, from: number, to: number): number[] {
    const read = new Array<number>(Math.max(0, to - from + 1)).fill(this.at(figure, this.#last));
    const last = Math.min(to, this.#last);
    for (let tick = from; tick <= last && tick < this.#written; tick += 1)
      read[tick - from] = this.at(figure, tick);
    for (let tick = Math.max(from, this.#last + 1); tick <= to; tick += 1) read[tick - from] = Number.NaN;
    return read;
  }

  /**
   * The highest of each part of `length` ticks, as many parts as end at `to`, none of them reaching before `from`; NaN where
   * none is known. Most stand still: their parts are all the same, and none is gone through.
   */
  peaks(
    figure: number,
    range: { readonly from: number; readonly to: number },
    length: number,
    parts: number,
  ) {
    const { from, to } = range;
    const [written, last] = [this.#written, this.#last];
    const still = this.at(figure, last);
    const peaks: number[] = [];
    for (let part = parts - 1; part >= 0; part -= 1) {
      const end = to - part * length;
      const start = Math.max(from, end - length + 1);
      if (start >= written && start <= last && start <= end) peaks.push(still);
      else peaks.push(this.#highest(figure, start, Math.min(end, last)));
    }
    return peaks;
  }

  #highest(figure: number, from: number, to: number): number {
    let found = Number.NaN;
    for (let tick = from; tick <= to; tick += 1) {
      const value = this.at(figure, tick);
      if (!(value <= found) && !Number.isNaN(value)) found = value;
    }
    return found;
  }

  /** No figure comes round before the capacity is the whole span. */
  #index(figure: number, tick: number): number {
    return figure * this.#capacity + ((tick - this.#first) % SPAN);
  }

  #growTo(samples: number): void {
    if (samples <= this.#capacity) return;
    const before = this.#capacity;
    while (this.#capacity < samples) this.#capacity *= 2;
    const grown = new Float32Array(this.#figures * this.#capacity).fill(Number.NaN);
    for (let i = 0; i < this.#figures; i += 1) {
      grown.set(this.#values.subarray(i * before, (i + 1) * before), i * this.#capacity);
    }
    this.#values = grown;
  }
}
