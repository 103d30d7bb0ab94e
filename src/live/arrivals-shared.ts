/** What the watch of arrivals and its worker thread say to each other. Types and constants only. */
import type { MessagePort } from 'node:worker_threads';
import type { EndedProcess } from '../model/sample.ts';

export interface ArrivalsSettings {
  /** A subscribed socket of the process connector, and the end of a pipe that wakes the worker: of this very process. */
  readonly socket: number;
  readonly wakeUp: number;
  readonly port: MessagePort;
  readonly shared: SharedArrayBuffer;
}

/** Words of the shared memory: what the worker is at, and how many requests it has answered. */
export const WORD = { state: 0, answered: 1, count: 2 } as const;
export const STATE = { starting: 0, ready: 1 } as const;
/** Bytes on the pipe. */
export const REQUEST = { drain: 0x64, quit: 0x71 } as const;

/** The answer to one request. */
export interface ArrivalsMessage {
  readonly executed: readonly number[];
  readonly exited: readonly number[];
  readonly ended: readonly EndedProcess[];
  readonly overflowed: boolean;
}
