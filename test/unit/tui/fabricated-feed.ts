/** A sampler that makes its models and lists up, behind the port that the real one has. */
import type { Frame, Listing, ListKind, ListWish, ModelFeed } from '../../../src/live/feed.ts';
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import { frame } from './fabricate.ts';
import { listingFor } from './lists/index.ts';

export interface FabricatedOptions {
  /** As a sampler in a read that never returns: it cannot be closed. */
  readonly stuck?: boolean;
  /** Frames that pass before a list comes that was not asked for before. */
  readonly slowFrames?: number;
  /** The list that can never be taken. */
  readonly fails?: ListKind;
  /** Moment of the first frame, each later one a second after the one before; undefined: now. */
  readonly startMs?: number;
}

export class FabricatedFeed implements ModelFeed {
  readonly calls: string[] = [];
  readonly #containers: (tick: number) => readonly Container[];
  readonly #options: FabricatedOptions;
  readonly #frameListeners = new Set<(frame: Frame) => void>();
  readonly #troubleListeners = new Set<(message: string) => void>();
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #paused = false;
  #last: Frame | undefined;
  #wish: ListWish | undefined;
  #dueAtTick = 0;

  constructor(containers: (tick: number) => readonly Container[], options: FabricatedOptions = {}) {
    this.#containers = containers;
    this.#options = options;
  }

  start(intervalMs: number): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (!this.#paused) this.refreshNow();
    }, intervalMs);
  }

  get listeners(): number {
    return this.#frameListeners.size + this.#troubleListeners.size;
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  onTrouble(listener: (message: string) => void): () => void {
    this.#troubleListeners.add(listener);
    return () => this.#troubleListeners.delete(listener);
  }

  trouble(message: string): void {
    for (const listener of this.#troubleListeners) listener(message);
  }

  /** Answered later, as the real one does, but with the containers of the last frame. */
  want(wish: ListWish | undefined): void {
    this.calls.push(`want ${wish?.kind ?? 'nothing'}`);
    const { slowFrames = 0 } = this.#options;
    this.#wish = wish;
    this.#dueAtTick = this.#tick + slowFrames;
    if (slowFrames > 0) return;
    setImmediate(() => {
      if (this.#last !== undefined && this.#wish === wish) this.#tell(this.#last.model);
    });
  }

  refreshNow(): void {
    this.calls.push('refresh');
    const containers = this.#containers(this.#tick);
    this.#tick += 1;
    this.#show(containers);
  }

  #show(containers: readonly Container[]): void {
    this.#tell(frame(containers, { takenAtMs: this.#nowMs() }).model);
  }

  #tell(model: HostModel): void {
    const listing = this.#listing(model.containers, model.takenAtMs) ?? this.#last?.listing;
    this.#last = { ...frame([]), model, ...(listing !== undefined && { listing }) };
    for (const listener of this.#frameListeners) listener(this.#last);
  }

  #nowMs(): number {
    const { startMs } = this.#options;
    return startMs === undefined ? Date.now() : startMs + 1000 * (this.#tick - 1);
  }

  #listing(containers: readonly Container[], takenAtMs: number): Listing | undefined {
    if (this.#wish === undefined || this.#tick < this.#dueAtTick) return undefined;
    return listingFor(this.#wish, containers, {
      tick: this.#tick,
      takenAtMs,
      ...(this.#options.fails === this.#wish.kind && { failed: 'this list cannot be taken here' }),
    });
  }

  setIntervalMs(intervalMs: number): void {
    this.calls.push(`interval ${intervalMs}`);
    this.start(intervalMs);
  }

  setPaused(paused: boolean): void {
    this.calls.push(`paused ${paused}`);
    this.#paused = paused;
  }

  close(): Promise<void> {
    this.calls.push('close');
    if (this.#options.stuck === true) return new Promise(() => undefined);
    clearInterval(this.#timer);
    return Promise.resolve();
  }
}
