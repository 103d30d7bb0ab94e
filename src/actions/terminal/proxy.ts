/**
 * Between the caller and a command that has a terminal of its own: what is typed goes in, what is written comes out, the size
 * follows, until the command ends or the caller leaves it.
 */
import { readSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { errnoOf } from '../../sys/failure.ts';
import { duplicate, endOfInputKey, setSize, sizeOf } from '../../sys/terminal.ts';
import { DetachKeys } from './detach-keys.ts';
import { MasterWriter } from './master-writer.ts';
import { TerminalModes } from './modes.ts';
import type { Terminal } from './open.ts';
import { RawMode } from './raw-mode.ts';

export interface ProxyOptions {
  /** Fulfilled when the command has ended: what it wrote is in the terminal by then. */
  readonly ended: Promise<unknown>;
  /** The caller's terminal: put into raw mode, and its size followed. Undefined when there is none. */
  readonly callerFd?: number;
  /** Undefined: every key goes through. */
  readonly detachKeys?: Uint8Array;
}

/**
 * `ended`: everything that the command wrote has been written. `detached`: by the keys; the command runs, and is sent a hang-up
 * when the last descriptor of the master is closed. `hung-up`: the caller's terminal or the reader of stdout has gone.
 */
export type ProxyEnd = 'ended' | 'detached' | 'hung-up';

/** After its end somebody may still have the terminal, a process that it left behind: that long it may write on. */
const LAST_OUTPUT_MS = 100;
const LOOK_AGAIN_MS = 10;
const PIECE_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * The master stays the caller's to close; the slave is closed when the command has ended: until then there is no end of file that
 * could come too early.
 * Rejects with what `stdin` or `stdout` fail with; the caller's terminal is as it was in any case.
 */
export async function proxy(
  terminal: Pick<Terminal, 'masterFd' | 'closeSlave'>,
  stdin: Readable,
  stdout: Writable,
  options: ProxyOptions,
): Promise<ProxyEnd> {
  const { callerFd } = options;
  const { masterFd } = terminal;
  const rawMode = callerFd === undefined ? undefined : RawMode.enter(callerFd);
  const followSize = () => {
    if (callerFd === undefined) return;
    rawMode?.again();
    unlessHungUp(() => setSize(masterFd, sizeOf(callerFd)));
  };
  const modes = new TerminalModes();
  let exchange: Exchange | undefined;
  for (const signal of SIZE_SIGNALS) process.on(signal, followSize);
  try {
    followSize();
    exchange = new Exchange(terminal, stdin, stdout, modes, options);
    return await exchange.over;
  } finally {
    for (const signal of SIZE_SIGNALS) process.off(signal, followSize);
    if (callerFd !== undefined && stdout.writable) await written(stdout, modes.undo());
    rawMode?.leave();
    exchange?.release();
  }
}

/** After a stop the shell may have had the terminal, and another size. */
const SIZE_SIGNALS = ['SIGWINCH', 'SIGCONT'] as const;

class Exchange {
  readonly over: Promise<ProxyEnd>;
  readonly #masterFd: number;
  readonly #closeSlave: () => void;
  readonly #stdin: Readable;
  readonly #stdout: Writable;
  readonly #modes: TerminalModes;
  readonly #master: ReadStream;
  readonly #writer: MasterWriter;
  readonly #keys: DetachKeys | undefined;
  readonly #hasTerminal: boolean;
  #settle: { readonly end: (how: ProxyEnd) => void; readonly fail: (error: unknown) => void } | undefined;
  #isInLine = false;
  #hasEnded = false;
  #isOver = false;
  #isDraining = false;

  constructor(
    { masterFd, closeSlave }: Pick<Terminal, 'masterFd' | 'closeSlave'>,
    stdin: Readable,
    stdout: Writable,
    modes: TerminalModes,
    { ended, detachKeys, callerFd }: ProxyOptions,
  ) {
    this.#masterFd = masterFd;
    this.#closeSlave = closeSlave;
    this.#stdin = stdin;
    this.#stdout = stdout;
    this.#modes = modes;
    this.#hasTerminal = callerFd !== undefined;
    this.#keys = detachKeys === undefined ? undefined : new DetachKeys(detachKeys);
    this.#writer = new MasterWriter(duplicate(masterFd), () => stdin.resume());
    this.#master = new ReadStream(duplicate(masterFd));
    this.over = new Promise<ProxyEnd>((resolve, reject) => {
      this.#settle = { end: resolve, fail: reject };
    }).finally(() => this.#close());
    this.#stdin.on('data', this.#onTyped).on('end', this.#onNoMore).on('error', this.#onInputError);
    this.#stdout.on('drain', this.#onDrain).on('error', this.#onOutputError);
    this.#master.on('data', this.#onOutput).on('error', this.#onMasterError);
    // It was paused when somebody had it before us, and a listener alone does not change that.
    this.#stdin.resume();
    ended.then(
      () => this.#onEnded(),
      (error: unknown) => this.#settle?.fail(error),
    );
  }

  #close(): void {
    this.#isOver = true;
    this.#stdin.off('data', this.#onTyped).off('end', this.#onNoMore).pause();
    this.#stdout.off('drain', this.#onDrain);
    this.#writer.close();
    this.#master.off('data', this.#onOutput).destroy();
    this.#closeSlave();
  }

  /** Until now errors that came late had somebody to hear them. */
  release(): void {
    this.#stdin.off('error', this.#onInputError);
    this.#stdout.off('error', this.#onOutputError);
  }

  readonly #onTyped = (bytes: Buffer) => {
    const { forward, isDetached } = this.#keys?.take(bytes) ?? { forward: bytes, isDetached: false };
    this.#isInLine = bytes.at(-1) !== LINE_FEED;
    const hasRoom = this.#writer.write(forward);
    if (isDetached) this.#settle?.end('detached');
    else if (!hasRoom) this.#stdin.pause();
  };

  /** A terminal that ends has gone; a file that ends is read as if somebody typed that it does. */
  readonly #onNoMore = () => {
    if (this.#hasTerminal) this.#settle?.end('hung-up');
    else unlessHungUp(() => this.#endInput());
  };

  /** Behind an unfinished line the first one only hands that over. */
  #endInput(): void {
    const key = endOfInputKey(this.#masterFd);
    if (key !== undefined) this.#writer.write(Uint8Array.from(this.#isInLine ? [key, key] : [key]));
  }

  readonly #onOutput = (bytes: Buffer) => {
    this.#modes.see(bytes);
    if (!this.#stdout.write(bytes)) this.#master.pause();
  };

  readonly #onDrain = () => {
    if (!this.#isDraining) this.#master.resume();
  };

  /** EIO: nobody has the other side, not even we: somebody in there hung it up, and may open it again. */
  readonly #onMasterError = (error: Error) => {
    if (errnoOf(error) === 'EIO') void this.#drain();
    else this.#settle?.fail(error);
  };

  readonly #onInputError = (error: Error) => {
    if (errnoOf(error) === 'EIO') this.#settle?.end('hung-up');
    else this.#settle?.fail(error);
  };

  readonly #onOutputError = (error: Error) => {
    if (['EIO', 'EPIPE'].includes(errnoOf(error) ?? '')) this.#settle?.end('hung-up');
    else this.#settle?.fail(error);
  };

  #onEnded(): void {
    this.#hasEnded = true;
    this.#closeSlave();
    this.#takeOver();
  }

  /** A stream that fails forgets what it has read: it is left when it has nothing, and the rest is read without it. */
  #takeOver(): void {
    if (this.#isOver || this.#isDraining) return;
    if (this.#master.readableLength > 0)
      this.#stdout.once('drain', () => setImmediate(() => this.#takeOver()));
    else void this.#drain();
  }

  async #drain(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#master.off('data', this.#onOutput).destroy();
    const bytes = Buffer.allocUnsafe(PIECE_BYTES);
    let quietSinceMs = performance.now();
    while (!this.#isOver) {
      const length = tryToRead(this.#masterFd, bytes);
      if (typeof length === 'number') {
        const piece = Buffer.from(bytes.subarray(0, length));
        this.#modes.see(piece);
        await written(this.#stdout, piece);
        quietSinceMs = performance.now();
      } else if (
        this.#hasEnded &&
        (length === 'closed' || performance.now() - quietSinceMs >= LAST_OUTPUT_MS)
      ) {
        await written(this.#stdout, '');
        this.#settle?.end('ended');
        return;
      } else await sleep(LOOK_AGAIN_MS);
    }
  }
}

/** `closed`: nobody has the other side, and everything that was written has been read. */
function tryToRead(fd: number, into: Buffer): number | 'nothing yet' | 'closed' {
  try {
    return readSync(fd, into, 0, into.length, null) || 'closed';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EAGAIN' || errno === 'EINTR') return 'nothing yet';
    if (errno === 'EIO') return 'closed';
    throw error;
  }
}

/** When everything that was written before has left this process; also when nobody takes it any more. */
function written(stream: Writable, text: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve());
  });
}

/** A terminal that has been closed: its end is told elsewhere. */
function unlessHungUp(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!['EIO', 'ENOTTY', 'EBADF'].includes(errnoOf(error) ?? '')) throw error;
  }
}
