/**
 * `cp` and `cat` for callers: starts the process that copies, asks it, and hears how it went. Ctrl-C ends the command even when
 * that process waits for a file system that never answers.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Done, type Failure, type Job, MESSAGES_FD, type Message } from './job.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** For the process that copies to clear away what it has not finished. */
const CLEAR_AWAY_MS = 1000;

export type Outcome =
  | { readonly how: 'done'; readonly done: Done }
  | { readonly how: 'failed'; readonly failure: Failure }
  | { readonly how: 'closed-pipe' }
  /** `left` is a file that could not be cleared away. */
  | { readonly how: 'interrupted'; readonly signal: NodeJS.Signals; readonly left: string | undefined };

export class FileHelper {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #exited: Promise<unknown>;

  /** Started before it is known what is asked, because that takes as long as its start. `stdout` pipe: see `output`. */
  constructor(
    stdio: { readonly stdin: 'inherit' | 'ignore'; readonly stdout: 'inherit' | 'pipe' },
    path = fileURLToPath(new URL('./files-helper.mjs', import.meta.url)),
  ) {
    this.#child = spawn(process.execPath, [path], { stdio: [stdio.stdin, stdio.stdout, 'inherit', 'pipe'] });
    const socket = this.#child.stdio[MESSAGES_FD];
    if (!(socket instanceof Socket)) throw new Error('the message descriptor is no socket');
    this.#socket = socket;
    // What goes wrong with the socket shows as an end without an answer.
    socket.on('error', () => socket.destroy());
    this.#exited = once(this.#child, 'exit');
  }

  get output(): Readable | null {
    return this.#child.stdout;
  }

  /** For one job only. */
  async run(job: Job, note: (text: string) => Promise<void>): Promise<Outcome> {
    const hearing = new Hearing(this.#child);
    try {
      this.#socket.write(`${JSON.stringify(job)}\n`);
      const outcome = await Promise.race([this.#answers(hearing, note), hearing.interrupted]);
      if (outcome.how === 'interrupted') this.#leave();
      else await this.#exited;
      return outcome;
    } finally {
      hearing.end();
    }
  }

  /** Nothing is asked of it after all. */
  close(): void {
    this.#socket.end();
    this.#leave();
  }

  #leave(): void {
    this.#child.unref();
    this.#socket.destroy();
    this.#child.stdout?.destroy();
  }

  async #answers(hearing: Hearing, note: (text: string) => Promise<void>): Promise<Outcome> {
    for await (const line of createInterface({ input: this.#socket })) {
      const message: Message = JSON.parse(line);
      if (message.kind === 'note') await note(message.text);
      else if (message.kind === 'temporary') hearing.temporary = message;
      else if (message.kind === 'placed') hearing.temporary = undefined;
      else if (message.kind === 'done') return { how: 'done', done: message };
      else if (message.kind === 'closed-pipe') return { how: 'closed-pipe' };
      else if (message.kind === 'broken')
        throw Object.assign(new Error(message.message), { stack: message.stack });
      else return hearing.orElse({ how: 'failed', failure: message.failure });
    }
    hearing.noMore();
    if (hearing.signal !== undefined) return hearing.interrupted;
    await this.#exited;
    throw new Error(
      `the process that copies ended without an answer: ${this.#child.signalCode ?? this.#child.exitCode}`,
    );
  }
}

/** Signals while a job runs. */
class Hearing {
  signal: NodeJS.Signals | undefined;
  temporary: Extract<Message, { kind: 'temporary' }> | undefined;
  readonly interrupted: Promise<Extract<Outcome, { how: 'interrupted' }>>;
  #heard: (signal: NodeJS.Signals) => void = () => undefined;
  /** The process that copies has said everything. */
  noMore: () => void = () => undefined;
  readonly #allHeard = new Promise<void>((resolve) => {
    this.noMore = resolve;
  });

  constructor(child: ChildProcess) {
    const heard = new Promise<NodeJS.Signals>((resolve) => {
      this.#heard = resolve;
    });
    this.interrupted = heard.then(async (signal) => {
      this.signal = signal;
      await endOf(child, signal, this.temporary === undefined ? 0 : CLEAR_AWAY_MS);
      // What it said last may be on its way still.
      if (this.temporary !== undefined) await Promise.race([this.#allHeard, after(CLEAR_AWAY_MS / 10)]);
      return { how: 'interrupted', signal, left: this.#clearAway() };
    });
    for (const signal of SIGNALS) process.on(signal, this.#heard);
  }

  /** A signal from the keyboard comes to the process that copies as well, and that may say so before we have heard it. */
  async orElse(failed: Extract<Outcome, { how: 'failed' }>): Promise<Outcome> {
    if (failed.failure.errno !== 'EINTR') return failed;
    return Promise.race([this.interrupted, after(CLEAR_AWAY_MS / 10).then(() => failed)]);
  }

  end(): void {
    for (const signal of SIGNALS) process.off(signal, this.#heard);
  }

  /** On the host only: a container's file system may be what does not answer. */
  #clearAway(): string | undefined {
    if (this.temporary === undefined) return undefined;
    if (this.temporary.where === 'container') return this.temporary.path;
    rmSync(this.temporary.path, { force: true });
    return undefined;
  }
}

/** Ends when it has ended, or cannot be ended. */
async function endOf(child: ChildProcess, signal: NodeJS.Signals, patienceMs: number): Promise<void> {
  const exited =
    child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, 'exit');
  if (patienceMs > 0) {
    child.kill(signal);
    if ((await Promise.race([exited.then(() => 'exited'), after(patienceMs)])) === 'exited') return;
  }
  child.kill('SIGKILL');
  await Promise.race([exited, after(CLEAR_AWAY_MS / 10)]);
}

function after(ms: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), ms));
}
