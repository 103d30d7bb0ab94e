/** What is typed, on its way to the command: in order, and no faster than the command reads. */
import { closeSync, writeSync } from 'node:fs';
import { errnoOf } from '../../sys/failure.ts';

/** The kernel says nothing when there is room again, so it is asked; a command that does not read for long is asked less often. */
const FIRST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 20;
/** More than that is left to whoever types. */
const ENOUGH_BYTES = 64 * 1024;

export class MasterWriter {
  readonly #fd: number;
  readonly #onRoom: () => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #waitMs = FIRST_WAIT_MS;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** The descriptor is taken over. `onRoom` is called when everything has been taken, after `write` gave false. */
  constructor(masterFd: number, onRoom: () => void) {
    this.#fd = masterFd;
    this.#onRoom = onRoom;
  }

  /** False when no more should come for now. */
  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || bytes.length === 0) return true;
    this.#queue.push(Buffer.from(bytes));
    this.#queuedBytes += bytes.length;
    if (this.#timer === undefined) this.#flush();
    return this.#queuedBytes < ENOUGH_BYTES;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#fd);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #flush(): void {
    this.#timer = undefined;
    for (let [first] = this.#queue; first !== undefined; [first] = this.#queue) {
      const written = this.#tryToWrite(first);
      if (written === undefined) return;
      this.#waitMs = FIRST_WAIT_MS;
      this.#queuedBytes -= written;
      if (written < first.length) this.#queue[0] = first.subarray(written);
      else this.#queue.shift();
    }
    this.#onRoom();
  }

  /** Undefined when it has to wait, or there is nobody any more. */
  #tryToWrite(bytes: Buffer): number | undefined {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'EINTR') return 0;
      if (errno === 'EAGAIN') {
        this.#timer = setTimeout(() => this.#flush(), this.#waitMs);
        this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
      } else if (errno === 'EIO') this.close();
      else throw error;
      return undefined;
    }
  }
}
