/**
 * A program in a real terminal that a test can read: a pseudo-terminal (@lydell/node-pty) whose screen is @xterm/headless.
 * Waiting is always for something to be seen, never for time to pass.
 */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { SlowLine } from './slow-line.ts';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Between the program and the screen, whatever the kernel takes. */
  readonly bytesPerSecond?: number;
  /** False: it answers no questions. */
  readonly answers?: boolean;
  /** False: it has only one screen, as the Linux console of most kernels. */
  readonly secondScreen?: boolean;
}

export interface Exit {
  readonly exitCode: number;
  readonly signal: number | undefined;
}

const WAIT_MS = 15_000;
const STILL_MS = 300;
const SMALLER_THAN_A_FRAME = 500;
/** A program that is stopped or killed in the middle of a frame does not end it: terminals wait no longer than this. */
const FRAME_MS = 1000;

export class TestTerminal {
  readonly #pty: IPty;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  readonly #watchers = new Set<() => void>();
  readonly #slowLine: SlowLine | undefined;
  readonly exited: Promise<Exit>;
  #cursorHidden = false;
  /** While a frame is open (mode 2026), of which nobody is to see a part. */
  #openFrame: NodeJS.Timeout | undefined;
  #output = '';

  private constructor(file: string, args: readonly string[], options: TerminalOptions) {
    const { columns: cols = 80, rows = 24, env = {}, cwd, bytesPerSecond } = options;
    this.#screen = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 1000 });
    this.#watchCursor();
    if (bytesPerSecond === undefined) this.#watchFrames();
    if (options.secondScreen === false) this.#ignoreSecondScreen();
    this.#pty = spawn(file, [...args], {
      cols,
      rows,
      name: env['TERM'] ?? 'xterm-256color',
      env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const show = (text: string): void => {
      this.#output += text;
      this.#screen.write(text, () => this.#seen());
    };
    const slowLine = bytesPerSecond === undefined ? undefined : new SlowLine(bytesPerSecond, show);
    this.#slowLine = slowLine;
    this.#pty.onData(slowLine === undefined ? show : (text) => slowLine.push(text));
    if (options.answers !== false) this.#screen.onData((text) => this.#pty.write(text));
    this.exited = new Promise((resolve) => {
      // The screen takes in what it was given a little later.
      this.#pty.onExit(({ exitCode, signal }) => this.#screen.write('', () => resolve({ exitCode, signal })));
    });
  }

  static start(file: string, args: readonly string[], options: TerminalOptions = {}): TestTerminal {
    return new TestTerminal(file, args, options);
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Lines of the visible screen, without blanks at their ends. */
  get lines(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from({ length: this.#screen.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** Everything ever written, escape sequences included. */
  get output(): string {
    return this.#output;
  }

  /** The most bytes that were ever on their way over the slow line. */
  get mostBytesOnLine(): number {
    return this.#slowLine?.mostBytes ?? 0;
  }

  get onAlternateScreen(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  get cursorHidden(): boolean {
    return this.#cursorHidden;
  }

  get modes() {
    return this.#screen.modes;
  }

  get columns(): number {
    return this.#screen.cols;
  }

  /** What a line shows from a cell on: columns count cells, in which a wide character takes two. */
  textFrom(row: number, column: number): string {
    const { active } = this.#screen.buffer;
    return active.getLine(active.viewportY + row)?.translateToString(true, column) ?? '';
  }

  /** Colour and attributes of the cell at 0-based `row`, `column`. */
  cell(row: number, column: number) {
    const { active } = this.#screen.buffer;
    const found = active.getLine(active.viewportY + row)?.getCell(column);
    if (found === undefined) throw new Error(`no cell at row ${row}, column ${column}`);
    return {
      text: found.getChars(),
      foreground: found.getFgColorMode() === 0 ? undefined : found.getFgColor(),
      reverse: found.isInverse() !== 0,
      bold: found.isBold() !== 0,
    };
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** Stop taking output, as a stalled line does; `resumeReading` goes on. */
  stopReading(): void {
    this.#pty.pause();
  }

  resumeReading(): void {
    this.#pty.resume();
  }

  /** To the program itself; `kill` of node-pty would take its descendants for granted. */
  signal(name: NodeJS.Signals, pid = this.pid): void {
    process.kill(pid, name);
  }

  /** The terminal goes away, as when its window is closed. */
  closeTerminal(): void {
    // node-pty's way to close the master; its type does not name it.
    if ('destroy' in this.#pty && typeof this.#pty.destroy === 'function') this.#pty.destroy();
    else throw new Error('this node-pty cannot close its terminal');
  }

  /** Until no process `pid` is left (a zombie is none). */
  async waitForEnd(pid: number): Promise<void> {
    await poll(
      () => processState(pid) === undefined || processState(pid) === 'Z',
      `the end of process ${pid}`,
    );
  }

  /**
   * After `stopReading`: until the program's output has nowhere to go. What it writes then no longer grows by frames, only by
   * the few bytes with which its threads wake each other.
   */
  async waitUntilBlocked(): Promise<void> {
    let before = 0;
    let quiet = 0;
    await poll(() => {
      const written = bytesWritten(this.pid);
      quiet = written - before < SMALLER_THAN_A_FRAME ? quiet + 1 : 0;
      before = written;
      return quiet >= 10;
    }, 'a full terminal');
  }

  async waitForScreen(seen: (text: string) => boolean, what: string): Promise<string> {
    let text = '';
    const look = (): boolean => {
      text = this.text;
      return seen(text);
    };
    await this.waitFor(look, what);
    return text;
  }

  /** A frame comes in pieces: what the screen shows once nothing on it has changed for a while. */
  async settled(): Promise<readonly string[]> {
    for (let before = ''; before !== this.text; await setTimeout(STILL_MS)) before = this.text;
    return this.lines;
  }

  waitForText(wanted: string): Promise<string> {
    return this.waitForScreen((text) => text.includes(wanted), JSON.stringify(wanted));
  }

  /**
   * Until a shell's prompt is the last that stands there. To be waited for before anything is typed for the shell, once
   * the command before has been seen to answer: a shell that edits lines changes the terminal's modes between a command and
   * its prompt, and what is typed ahead may be lost, or be read by the command.
   */
  prompted(): Promise<string> {
    return this.waitForScreen((text) => /[#$]$/.test(text.trimEnd()), "a shell's prompt");
  }

  /** How many lines are `text`: what is typed for a program that repeats it stands there twice once it has answered. */
  count(text: string): number {
    return this.lines.filter((line) => line === text).length;
  }

  /** Resolves at the first look at the screen for which `holds` is true. */
  waitFor(holds: () => boolean, what: string): Promise<void> {
    if (this.#openFrame === undefined && holds()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return;
        finish();
        resolve();
      };
      const deadline = globalThis.setTimeout(() => {
        finish();
        reject(new Error(`waited ${WAIT_MS} ms for ${what}; the screen shows:\n${this.text}`));
      }, WAIT_MS);
      const finish = (): void => {
        clearTimeout(deadline);
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
    });
  }

  /** Calls back whenever the screen has taken in more output, until the returned function is called. */
  onSeen(look: () => void): () => void {
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  /** Ends the program if it still runs, so that a failed test leaves nothing behind. */
  async dispose(): Promise<void> {
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
    this.#slowLine?.stop();
    await this.exited;
    clearTimeout(this.#openFrame);
    this.#screen.dispose();
  }

  #seen(): void {
    if (this.#openFrame !== undefined) return;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** A look is at whole frames, as on every terminal that knows the mode; on a slow line rows are seen as they come. */
  #watchFrames(): void {
    const end = (): void => {
      clearTimeout(this.#openFrame);
      this.#openFrame = undefined;
      this.#seen();
    };
    const watch = (final: string, act: () => void) =>
      this.#screen.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        if (params.includes(2026)) act();
        return false;
      });
    watch('h', () => {
      this.#openFrame ??= globalThis.setTimeout(end, FRAME_MS);
    });
    watch('l', end);
  }

  #ignoreSecondScreen(): void {
    for (const final of ['h', 'l'])
      this.#screen.parser.registerCsiHandler({ prefix: '?', final }, (params) => params[0] === 1049);
  }

  /** DECTCEM is not among the modes that xterm reports. */
  #watchCursor(): void {
    const watch = (final: string, hidden: boolean) =>
      this.#screen.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        if (params.includes(25)) this.#cursorHidden = hidden;
        return false;
      });
    watch('h', false);
    watch('l', true);
  }
}

/** The letter of /proc/PID/stat; undefined when there is no such process. */
function processState(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined;
    }
    throw error;
  }
}

function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

async function poll(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited ${WAIT_MS} ms for ${what}`);
    await setTimeout(20);
  }
}
