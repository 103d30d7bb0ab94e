/**
 * When the last samples were taken: one ring of times that every series shares, so that all of them line up. A sample has a
 * number, its tick; a pause takes as many ticks as samples would have been taken in it, and nobody has figures for those.
 */

/** Samples that are kept: two minutes at one a second. */
export const SPAN = 120;
/** A step of more than this many intervals is a pause, not a late sample. */
const PAUSE_INTERVALS = 3;
/** Steps that the interval is read off: a sample asked for in between makes one of them short, not the interval. */
const RECENT_STEPS = 5;
/** Two long steps of about the same length are a new interval. */
const SAME_STEP = 0.3;

export class SampleTimes {
  readonly #times = new Float64Array(SPAN);
  #tick = -1;
  #steps: readonly number[] = [];
  #lastPauseMs: number | undefined;

  /** Number of the last sample; -1 before the first. */
  get tick(): number {
    return this.#tick;
  }

  /** The oldest tick that is still kept. */
  get oldest(): number {
    return Math.max(0, this.#tick - SPAN + 1);
  }

  get lastMs(): number | undefined {
    return this.#tick === -1 ? undefined : this.at(this.#tick);
  }

  at(tick: number): number {
    return this.#times[tick % SPAN] ?? Number.NaN;
  }

  /** Oldest first; those of a pause are in between. */
  all(): number[] {
    return Array.from({ length: this.#tick - this.oldest + 1 }, (_, i) => this.at(this.oldest + i));
  }

  /** The newest sample taken at or before `ms`, unless it is older than all that is kept. */
  tickAt(ms: number): number | undefined {
    for (let tick = this.#tick; tick >= this.oldest; tick -= 1) if (this.at(tick) <= ms) return tick;
    return undefined;
  }

  /** So far back that what was seen before says nothing of now: a recording rewound, or a clock set back. */
  isBackwards(ms: number): boolean {
    return this.lastMs !== undefined && this.lastMs - ms > PAUSE_INTERVALS * this.#intervalMs();
  }

  /** The tick of a sample taken at `ms`. */
  advance(ms: number): number {
    const lastMs = this.lastMs;
    const stepMs = lastMs === undefined ? 0 : ms - lastMs;
    const missed = this.#missed(stepMs);
    for (let i = 1; i <= missed; i += 1) this.#put((lastMs ?? ms) + (stepMs * i) / (missed + 1));
    this.#put(ms);
    return this.#tick;
  }

  #put(ms: number): void {
    this.#tick += 1;
    this.#times[this.#tick % SPAN] = ms;
  }

  #intervalMs(): number {
    return Math.max(0, ...this.#steps);
  }

  /** Samples that a step of `stepMs` left out; learns the interval from the steps that left out none. */
  #missed(stepMs: number): number {
    const intervalMs = this.#intervalMs();
    const isLong = intervalMs > 0 && stepMs > PAUSE_INTERVALS * intervalMs;
    if (!isLong) {
      this.#lastPauseMs = undefined;
      if (stepMs > 0) this.#steps = [...this.#steps, stepMs].slice(-RECENT_STEPS);
      return 0;
    }
    if (this.#lastPauseMs !== undefined && Math.abs(stepMs / this.#lastPauseMs - 1) < SAME_STEP) {
      this.#steps = [stepMs];
      return 0;
    }
    this.#lastPauseMs = stepMs;
    return Math.min(SPAN, Math.max(1, Math.round(stepMs / intervalMs) - 1));
  }
}
