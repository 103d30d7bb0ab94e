/**
 * v2 (Linux 5.2): cgroup.freeze is the wish, `frozen` of cgroup.events is what is. A change of the latter wakes who polls it.
 * @see Documentation/admin-guide/cgroup-v2.rst, "cgroup.freeze"
 */
import { constants, readSync } from 'node:fs';
import { parseCgroupEvents } from '../../kernel/cgroup/events.ts';
import { UnsupportedError } from '../../kernel/errors.ts';
import { errnoOf } from '../../sys/failure.ts';
import { closeDescriptor } from '../../sys/koffi.ts';
import { changed, waitChanged } from '../../sys/poll.ts';
import { CgroupGoneError } from '../cgroup/gone.ts';
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import type { Freezer, FreezerState } from './freezer.ts';
import { needed } from './needed.ts';

const FILE = 'cgroup.freeze';
const EVENTS_BYTES = 4096;
/** Most cgroups are frozen sooner than another thread could begin to wait for it. */
const AT_ONCE_MS = 5;
/** How long at most a thread waits: whoever gives up, or ends, need not wait for it longer. */
const SLICE_MS = 100;

export class FreezerV2 implements Freezer {
  readonly file = FILE;
  readonly values = { frozen: '1', thawed: '0' };
  readonly #buffer = Buffer.alloc(EVENTS_BYTES);
  #waited = false;
  #inUse: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly cgroup: HeldCgroup,
    private readonly eventsFd: number,
  ) {}

  static open(cgroup: HeldCgroup): FreezerV2 {
    const freezer = new FreezerV2(cgroup, cgroup.openFile('cgroup.events', constants.O_RDONLY));
    if (freezer.#events().frozen !== undefined) return freezer;
    freezer.close();
    throw new UnsupportedError(cgroup.fileName(FILE), 'Linux 5.2');
  }

  state(): FreezerState {
    if (this.#events().frozen === true) return 'frozen';
    return this.isWished() ? 'freezing' : 'thawed';
  }

  isWished(): boolean {
    return needed(this.cgroup, FILE).trim() === '1';
  }

  wish(frozen: boolean): void {
    this.#waited = false;
    this.cgroup.write(FILE, frozen ? this.values.frozen : this.values.thawed);
  }

  async wait(patienceMs: number): Promise<void> {
    if (!this.#waited) {
      this.#waited = true;
      waitChanged(this.eventsFd, Math.min(patienceMs, AT_ONCE_MS));
      return;
    }
    const waiting = changed(this.eventsFd, Math.min(patienceMs, SLICE_MS));
    this.#inUse = waiting;
    await waiting;
  }

  close(): void {
    void this.#inUse.finally(() => closeDescriptor(this.eventsFd));
  }

  /** Reading it is what a later poll is measured by. */
  #events() {
    try {
      const length = readSync(this.eventsFd, this.#buffer, 0, EVENTS_BYTES, 0);
      return parseCgroupEvents(this.#buffer.toString('latin1', 0, length));
    } catch (error) {
      if (errnoOf(error) === 'ENODEV') throw new CgroupGoneError(this.cgroup.path, { cause: error });
      throw error;
    }
  }
}
