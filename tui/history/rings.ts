/** The last figures of one thing, several of them side by side: 480 bytes each, in one piece of memory. */
import { SPAN } from './sample-times.ts';

export class Rings {
  readonly #values: Float32Array;
  readonly #figures: number;
  readonly #first: number;
  #last: number;

  /** @param first the tick of its first sample */
  constructor(figures: number, first: number) {
    this.#figures = figures;
    this.#values = new Float32Array(figures * SPAN).fill(Number.NaN);
    this.#first = first;
    this.#last = first - 1;
  }

  /** Tick of the last sample it was in. */
  get last(): number {
    return this.#last;
  }

  /** The figures of one sample, in the order of the rings; ticks left out before it are not known. */
  write(tick: number, figures: Iterable<number>): void {
    for (let missed = Math.max(this.#last + 1, tick - SPAN + 1); missed < tick; missed += 1) {
      for (let i = 0; i < this.#figures; i += 1) this.#values[i * SPAN + (missed % SPAN)] = Number.NaN;
    }
    let i = 0;
    for (const value of figures) {
      this.#values[i * SPAN + (tick % SPAN)] = value;
      i += 1;
    }
    this.#last = tick;
  }

  /** NaN for what is not known, was not there, or is too long ago. */
  at(figure: number, tick: number): number {
    if (tick < this.#first || tick > this.#last || tick <= this.#last - SPAN) return Number.NaN;
    return this.#values[figure * SPAN + (tick % SPAN)] ?? Number.NaN;
  }
}
