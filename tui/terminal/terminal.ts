/**
 * The terminal as the dashboard borrows it: taken whole (alternate screen, raw mode), given back whole, any number of times.
 * Nothing outside this folder writes to it.
 */
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Key } from '../key.ts';
import type { MouseEvent } from '../mouse.ts';
import type { ScreenLine, Size } from '../screen-line.ts';
import type { ColourDepth } from './abilities.ts';
import { inConsoleFont } from './console-font.ts';
import { KeyReader } from './key-reader.ts';
import { PacedOutput } from './paced-output.ts';
import { Painter } from './painter.ts';
import { paletteFor } from './palette.ts';
import type { ThemeName } from './themes.ts';

/** Alternate screen, cursor hidden, no wrap at the right edge, pasted text in brackets. */
const TAKE = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h';
/** Presses and the wheel, with places as numbers: a terminal selects text itself while Shift is held. */
const TAKE_MOUSE = '\x1b[?1000h\x1b[?1006h';
/**
 * Half a frame, attributes and colours, wrap, mouse reports, bracketed paste, keypad and cursor keys, cursor, first screen.
 * Cleared before, for those without a second screen (the Linux console): nothing of ours stays there.
 */
const GIVE_BACK =
  '\x1b[?2026l\x1b[0m\x1b[H\x1b[2J\x1b[?7h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h\x1b[?1049l';
/** How long a terminal that takes no output may delay the exit. */
const FLUSH_DEADLINE_MS = 1000;

export interface TerminalOptions {
  readonly theme: ThemeName;
  readonly depth: ColourDepth;
  /** Report presses of the mouse, which then selects no text any more. */
  readonly mouse: boolean;
  /** It has the font of the Linux console. */
  readonly consoleFont: boolean;
}

export interface TerminalEvents {
  onKey(key: Key): void;
  onMouse(event: MouseEvent): void;
  onResize(): void;
  /** The terminal can take a newer frame. */
  onReady(): void;
  /** The terminal is gone: closed, hung up, at its end. */
  onHangup(): void;
}

export class Terminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #events: TerminalEvents;
  readonly #keys: KeyReader;
  readonly #paced: PacedOutput;
  readonly #painter: Painter;
  readonly #depth: ColourDepth;
  readonly #mouse: boolean;
  #taken = false;
  #gone = false;

  constructor(input: ReadStream, output: WriteStream, options: TerminalOptions, events: TerminalEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
    this.#depth = options.depth;
    this.#mouse = options.mouse;
    const inputEvents = {
      onKey: (key: Key) => events.onKey(key),
      onMouse: (event: MouseEvent) => events.onMouse(event),
      onAnswer: () => this.#paced.answer(),
    };
    const nowMs = () => performance.now();
    this.#keys = new KeyReader(input, inputEvents, nowMs);
    this.#paced = new PacedOutput(output, nowMs, () => this.#free());
    const palette = paletteFor(options.theme, options.depth);
    this.#painter = new Painter(this.#paced, palette, options.consoleFont ? inConsoleFont : undefined);
  }

  get size(): Size {
    return { columns: this.#output.columns, rows: this.#output.rows };
  }

  get busy(): boolean {
    return this.#paced.busy;
  }

  open(): void {
    for (const event of ['end', 'close', 'error']) this.#input.on(event, this.#hangup);
    for (const event of ['close', 'error']) this.#output.on(event, this.#hangup);
    this.#output.on('resize', this.#resize);
    process.on('exit', this.#lastResort);
    this.take();
  }

  /** Also when it was ours already: after a stop we did not see coming, a shell has changed its modes. */
  take(): void {
    if (this.#gone) return;
    if (this.#taken) this.#keys.stop();
    // Modes first: in the background the kernel stops us right there, before anything is written over the shell's screen.
    this.#keys.start();
    setBlocking(this.#output, false);
    this.#paced.stop();
    this.#paced.open(this.#mouse ? TAKE + TAKE_MOUSE : TAKE);
    this.#painter.forget();
    this.#taken = true;
  }

  draw(lines: readonly ScreenLine[]): void {
    if (this.#taken && !this.#gone) this.#painter.draw(lines);
  }

  /** Into the clipboard, by the terminal (OSC 52); one that does not know it does nothing. */
  copy(text: string): void {
    if (this.#taken && !this.#gone)
      this.#output.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`);
  }

  redrawAll(): void {
    this.#painter.forget();
  }

  /** From the next frame on, which is drawn as a whole. */
  setTheme(theme: ThemeName): void {
    this.#painter.setPalette(paletteFor(theme, this.#depth));
  }

  /** False when the terminal did not take its restoration in time. */
  async giveBack(): Promise<boolean> {
    if (!this.#taken) return true;
    this.#taken = false;
    const flushed = this.#gone || (await this.#flush(GIVE_BACK));
    this.#paced.stop();
    this.#keys.stop();
    if (flushed) setBlocking(this.#output, true);
    return flushed;
  }

  /** Gives back and lets go of both streams. */
  async close(): Promise<boolean> {
    const flushed = await this.giveBack();
    this.#keys.destroy();
    this.#output.removeListener('resize', this.#resize);
    process.removeListener('exit', this.#lastResort);
    // A terminal that is gone can fail once more, later: those two listeners stay, and hold nothing open.
    if (this.#gone) return flushed;
    for (const event of ['end', 'close', 'error']) this.#input.removeListener(event, this.#hangup);
    for (const event of ['close', 'error']) this.#output.removeListener(event, this.#hangup);
    return flushed;
  }

  /** False when the terminal did not take it in time. Its answers are waited for, or the shell would get them. */
  async #flush(text: string): Promise<boolean> {
    let written = false;
    const taken = new Promise<void>((resolve) => {
      this.#output.write(text, () => {
        written = true;
        resolve();
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_DEADLINE_MS);
    });
    await Promise.race([Promise.all([taken, this.#paced.quiet()]), deadline]);
    clearTimeout(timer);
    return written;
  }

  #free(): void {
    if (!this.#taken || this.#gone) return;
    this.#events.onReady();
    // What is left of the frame before, if there was no newer one.
    this.#painter.goOn();
  }

  readonly #resize = (): void => {
    this.#painter.forget();
    this.#events.onResize();
  };

  readonly #hangup = (): void => {
    if (this.#gone) return;
    this.#gone = true;
    this.#events.onHangup();
  };

  /** Somebody called process.exit() while the screen was ours. */
  readonly #lastResort = (): void => {
    if (!this.#taken || this.#gone || !('fd' in this.#output) || typeof this.#output.fd !== 'number') return;
    try {
      writeSync(this.#output.fd, GIVE_BACK);
    } catch (error) {
      // The process is ending and its terminal does not take output: there is nobody left to tell.
      if (!(error instanceof Error && 'errno' in error)) throw error;
    }
  };
}

/**
 * Node writes to terminals synchronously, so one that stops reading (a stalled line, a stopped terminal program) would stop
 * us too, signals included. The handle has the switch; there is no public name for it.
 */
function setBlocking(output: WriteStream, blocking: boolean): void {
  if (!('_handle' in output)) return;
  const handle = output._handle;
  if (typeof handle !== 'object' || handle === null || !('setBlocking' in handle)) return;
  if (typeof handle.setBlocking === 'function') handle.setBlocking(blocking);
}
