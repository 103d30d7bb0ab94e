/**
 * The dashboard: models in, a terminal out. State changes are tui/update.ts, drawing is tui/render.ts, the terminal is
 * tui/terminal; this file only connects them, and sees to it that every way out goes through one door.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { Frame, ModelFeed } from '../src/live/feed.ts';
import type { Key } from './key.ts';
import { withError } from './message.ts';
import { renderScreen } from './render.ts';
import { type DashboardState, initialState } from './state.ts';
import type { Effect } from './step.ts';
import { HANGUP_STATUS, stopProcessGroup, watchExits } from './terminal/exits.ts';
import { Terminal } from './terminal/terminal.ts';
import { onKey, withClock, withFrame, withSize } from './update.ts';

export interface DashboardOptions {
  readonly intervalMs: number;
  /** False for LANG=C: nothing but ASCII goes to the terminal. */
  readonly unicode: boolean;
  readonly colour: boolean;
  readonly input?: ReadStream;
  readonly output?: WriteStream;
}

const CLOCK_MS = 1000;
/** How long the sampler may take to end; it can be stuck in a read that the kernel does not answer. */
const CLOSE_DEADLINE_MS = 2000;

/**
 * Runs until somebody quits or something ends it. Resolves with the exit status once the terminal is as it was: 0 after a
 * key, 1 after an error (printed), 128+n after signal n. Closes `feed`.
 */
export function runDashboard(feed: ModelFeed, options: DashboardOptions): Promise<number> {
  return new Dashboard(feed, options).run();
}

class Dashboard {
  readonly #feed: ModelFeed;
  readonly #terminal: Terminal;
  #state: DashboardState;
  #drawing: NodeJS.Immediate | undefined;
  #dirty = false;
  #stopped = false;
  #ending: { readonly status: number; readonly error?: unknown } | undefined;
  #end: () => void = () => undefined;

  constructor(feed: ModelFeed, options: DashboardOptions) {
    this.#feed = feed;
    const { input = process.stdin, output = process.stdout, intervalMs, unicode, colour } = options;
    const looks = { theme: 'dark', depth: colour ? '16' : 'mono', mouse: false } as const;
    this.#terminal = new Terminal(input, output, looks, {
      onKey: (key) => this.#key(key),
      onMouse: () => undefined,
      onResize: () => this.#change(withSize(this.#state, this.#terminal.size)),
      onReady: () => this.#draw(),
      onHangup: () => this.#finish(HANGUP_STATUS),
    });
    this.#state = initialState({ size: this.#terminal.size, unicode, intervalMs, nowMs: Date.now() });
  }

  async run(): Promise<number> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    const unwatch = watchExits({
      onSignal: (status) => this.#finish(status),
      onError: (error) => this.#finish(1, error),
      onStop: () => this.#catching(this.#stop()),
      onContinue: () => this.#continue(),
    });
    const clock = setInterval(() => this.#change(withClock(this.#state, Date.now())), CLOCK_MS);
    const unsubscribe = this.#subscribe();
    this.#open();
    await ended;
    unsubscribe();
    clearInterval(clock);
    clearImmediate(this.#drawing);
    const flushed = await this.#terminal.close();
    unwatch();
    const status = this.#report(flushed);
    await this.#closeFeed();
    return status;
  }

  #open(): void {
    try {
      this.#terminal.open();
      this.#change(this.#state);
    } catch (error) {
      this.#finish(1, error);
    }
  }

  #subscribe(): () => void {
    const stopFrames = this.#feed.onFrame((frame) => this.#frame(frame));
    const stopTrouble = this.#feed.onTrouble((text) => this.#change(withError(this.#state, text)));
    return () => {
      stopFrames();
      stopTrouble();
    };
  }

  #frame(frame: Frame): void {
    this.#change(withFrame(this.#state, frame, Date.now()));
  }

  #key(key: Key): void {
    const { state, effects } = onKey(this.#state, key);
    this.#change(state);
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case 'quit':
        this.#finish(0);
        break;
      case 'stop':
        this.#catching(this.#stop());
        break;
      case 'redraw':
        this.#terminal.redrawAll();
        break;
      case 'refresh':
        this.#feed.refreshNow();
        break;
      case 'interval':
        this.#feed.setIntervalMs(effect.intervalMs);
        break;
      case 'paused':
        this.#feed.setPaused(effect.paused);
    }
  }

  /** Draws once for all that happens in one turn of the event loop, and not at all while the terminal is behind. */
  #change(state: DashboardState): void {
    this.#state = state;
    this.#dirty = true;
    this.#drawing ??= setImmediate(() => {
      this.#drawing = undefined;
      this.#draw();
    });
  }

  #draw(): void {
    if (!this.#dirty || this.#stopped || this.#ending !== undefined || this.#terminal.busy) return;
    this.#dirty = false;
    this.#terminal.draw(renderScreen(this.#state, this.#state.size));
  }

  /** Gives the terminal back, stops, and takes it again when continued. */
  async #stop(): Promise<void> {
    if (this.#stopped || this.#ending !== undefined) return;
    this.#stopped = true;
    await this.#terminal.giveBack();
    if (this.#ending !== undefined) return;
    stopProcessGroup();
    // Where the kernel did not stop us no SIGCONT will come either.
    setImmediate(() => this.#continue());
  }

  #continue(): void {
    if (this.#ending !== undefined) return;
    this.#stopped = false;
    this.#terminal.take();
    // The terminal may have another size by now, and told only those who ran: Node asks anew on this signal.
    process.kill(process.pid, 'SIGWINCH');
    this.#change(this.#state);
  }

  #catching(work: Promise<void>): void {
    work.catch((error: unknown) => this.#finish(1, error));
  }

  /** The one door out; the first reason counts. */
  #finish(status: number, error?: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = { status, error };
    this.#end();
  }

  /** A thread stuck in the kernel keeps even process.exit() waiting; the shell shall have its prompt back. */
  async #closeFeed(): Promise<void> {
    const deadline = setTimeout(() => {
      process.stderr.write('porthole: the sampler hangs in the kernel; killed\n');
      process.kill(process.pid, 'SIGKILL');
    }, CLOSE_DEADLINE_MS);
    await this.#feed.close();
    clearTimeout(deadline);
  }

  #report(flushed: boolean): number {
    const { status, error } = this.#ending ?? { status: 1, error: new Error('ended without a reason') };
    // A terminal that takes no output would keep the process alive, and waiting in the next line, until it does.
    if (!flushed) process.exit(status);
    if (error !== undefined) process.stderr.write(`porthole: ${describe(error)}\n`);
    return status;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `dashboard: ${String(error)}`;
  return process.env['PORTHOLE_DEBUG'] === '1'
    ? (error.stack ?? error.message)
    : `dashboard: ${error.message}`;
}
