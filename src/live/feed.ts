/**
 * What a screen sees of the sampler: a stream of models and a few wishes back. The live sampler, a recording being
 * replayed and a test all stand behind the same port. Types only.
 */
import type { HostModel } from '../model/host-model.ts';

export interface Frame {
  readonly model: HostModel;
  /** What taking this sample cost the sampler itself. */
  readonly cost: { readonly durationMs: number; readonly cpuMs: number };
}

export interface ModelFeed {
  /** Calls back with each new frame, and at once with the last one when there is one. Returns a function that stops it. */
  onFrame(listener: (frame: Frame) => void): () => void;
  /** A sample that failed as a whole, or a sampler that died and was restarted: for the status line. */
  onTrouble(listener: (message: string) => void): () => void;
  refreshNow(): void;
  setIntervalMs(intervalMs: number): void;
  setPaused(paused: boolean): void;
  close(): Promise<void>;
}
