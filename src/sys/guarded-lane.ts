/** What guarded reads ask of whoever makes them: the native helper, or a thread where there is none. */
import type { Reading } from '../kernel/reading.ts';

/** What is asked of a file: its content, what statx(2) says of it (`status`, as bytes), or an extended attribute. */
export type Wanted = 'content' | 'status' | { readonly attribute: string };

export interface GuardedRequest {
  readonly path: string;
  /** Default: its content. */
  readonly wanted?: Wanted;
  readonly capBytes: number;
  /** Start time of the process: one that hung is left alone for a while, a later one with its pid is not. */
  readonly starttimeTicks: number;
}

export type Answer = (index: number, reading: Reading<Uint8Array>) => void;

export interface GuardedLane {
  /**
   * Reads from request `from` on, in their order, and answers each; blocks until all are read or one hangs for
   * `patienceMs`. Returns the index of the one that hangs, which is not answered, or how many there are.
   */
  read(requests: readonly GuardedRequest[], from: number, patienceMs: number, answer: Answer): number;
  /** Begins to read one; undefined where that cannot be done while the caller goes on. */
  begin?(request: GuardedRequest): BegunRead | undefined;
  close(): void;
}

/** Must be ended, once. */
export interface BegunRead {
  /** Blocks until it is read or hangs for `patienceMs`: undefined then. */
  end(patienceMs: number): Reading<Uint8Array> | undefined;
}
