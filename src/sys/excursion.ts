/**
 * Looking at something from inside another uts or net namespace, for what no file tells from outside: the calling thread
 * joins it for one look and comes back. Needs CAP_SYS_ADMIN over both. Nothing in the namespace changes, and only this thread moves.
 */
import { closeSync, openSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { CLONE_FLAGS } from '../kernel/tables/namespaces.ts';
import { failedReading } from './failure.ts';
import { setns } from './koffi.ts';

export class Excursions {
  readonly #home: number;

  constructor(readonly type: 'uts' | 'net') {
    this.#home = openSync(`/proc/thread-self/ns/${type}`, 'r');
  }

  /** @throws when the thread cannot get back to its own */
  into<T>(fd: number, path: string, look: () => Reading<T>): Reading<T> {
    const flag = CLONE_FLAGS[this.type];
    try {
      // The way back is tried first.
      setns(this.#home, flag);
      setns(fd, flag);
    } catch (error) {
      return failedReading(error, path);
    }
    try {
      return look();
    } finally {
      setns(this.#home, flag);
    }
  }

  close(): void {
    closeSync(this.#home);
  }
}
