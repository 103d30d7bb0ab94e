/**
 * v1: freezer.state. Nothing tells when a cgroup that freezes is frozen, so it is asked: at once at first, for most are frozen
 * within a millisecond, then in growing pauses, writing the wish again each time for what was born meanwhile.
 * @see Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseFreezerState } from '../../kernel/cgroup/freezer.ts';
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import type { Freezer, FreezerState } from './freezer.ts';
import { needed } from './needed.ts';

const FILE = 'freezer.state';
const STATES = { THAWED: 'thawed', FREEZING: 'freezing', FROZEN: 'frozen' } as const;
/** Asked without a pause: giving up the thread takes longer than most cgroups take to freeze. */
const TRIES_AT_ONCE = 50;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 20;

export class FreezerV1 implements Freezer {
  readonly file = FILE;
  readonly values = { frozen: 'FROZEN', thawed: 'THAWED' };
  #pauseMs = FIRST_PAUSE_MS;

  constructor(private readonly cgroup: HeldCgroup) {}

  state(): FreezerState {
    return STATES[parseFreezerState(needed(this.cgroup, FILE))];
  }

  isWished(): boolean {
    return needed(this.cgroup, 'freezer.self_freezing').trim() === '1';
  }

  wish(frozen: boolean): void {
    this.#pauseMs = FIRST_PAUSE_MS;
    this.cgroup.write(FILE, frozen ? this.values.frozen : this.values.thawed);
  }

  async wait(patienceMs: number): Promise<void> {
    for (let tries = 0; tries < TRIES_AT_ONCE; tries++) {
      if (this.state() !== 'freezing') return;
      this.cgroup.write(FILE, this.values.frozen);
    }
    await sleep(Math.min(this.#pauseMs, patienceMs));
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  close(): void {
    // Holds nothing of its own.
  }
}
