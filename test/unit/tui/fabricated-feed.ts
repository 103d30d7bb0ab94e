/** A sampler that makes its models up, behind the port that the real one has. */
import type { Frame, ListWish, ModelFeed } from '../../../src/live/feed.ts';
import type { Container } from '../../../src/model/host-model.ts';
import { frame } from './fabricate.ts';

export class FabricatedFeed implements ModelFeed {
  readonly calls: string[] = [];
  readonly #containers: (tick: number) => readonly Container[];
  /** As a sampler in a read that never returns: it cannot be closed. */
  readonly #stuck: boolean;
  readonly #frameListeners = new Set<(frame: Frame) => void>();
  readonly #troubleListeners = new Set<(message: string) => void>();
  #timer: NodeJS.Timeout | undefined;
  #tick = 0;
  #paused = false;

  constructor(containers: (tick: number) => readonly Container[], stuck = false) {
    this.#containers = containers;
    this.#stuck = stuck;
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

  want(wish: ListWish | undefined): void {
    this.calls.push(`want ${wish?.kind ?? 'nothing'}`);
  }

  refreshNow(): void {
    this.calls.push('refresh');
    const next = frame(this.#containers(this.#tick), { takenAtMs: Date.now() });
    this.#tick += 1;
    for (const listener of this.#frameListeners) listener(next);
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
    if (this.#stuck) return new Promise(() => undefined);
    clearInterval(this.#timer);
    return Promise.resolve();
  }
}
