/** A dashboard in a terminal under observation: whoever wants to look at its screen gets it whole, never half drawn. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TestTerminal } from '../terminal.ts';
import type { Check } from './soak.ts';

/** Output after so long a silence belongs to another frame; a frame itself is written without a pause. */
const SILENCE_MS = 40;
/** After a silence seen late, because this process was busy: time in which waiting output comes in. */
const SECOND_LOOK_MS = 10;
/** A key is answered sooner, also on a machine with other work. */
const ANSWERED_MS = 150;
const LONGEST_SETTLING_MS = 3000;
const END_MS = 10_000;
const CLEARED = '\x1b[2J';
const LEAVE = '\x03';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface Snapshot {
  readonly row: number;
  readonly column: number;
  /** Its text, colour and attributes. */
  readonly looks: string;
  /** What it stands in. */
  readonly line: string;
}

const COLLECT_WHEN_TOLD = fileURLToPath(new URL('collect-when-told.cjs', import.meta.url));

export class WatchedDashboard {
  readonly terminal: TestTerminal;
  #size: ScreenSize;
  readonly #onScreen: (lines: readonly string[]) => void;
  #seen = 0;
  #timer: NodeJS.Timeout | undefined;
  #isSuspended = false;
  #isAsked = false;
  #early: string | undefined;
  frames = 0;

  /** @param onScreen gets every screen once it is whole */
  constructor(
    porthole: string,
    env: Readonly<Record<string, string>>,
    size: ScreenSize,
    onScreen: (lines: readonly string[]) => void,
  ) {
    this.#size = size;
    this.#onScreen = onScreen;
    this.terminal = TestTerminal.start(
      process.execPath,
      ['--require', COLLECT_WHEN_TOLD, porthole, 'top', '-d', '1'],
      { ...size, env },
    );
    this.terminal.onSeen(() => {
      this.#seen += 1;
      this.#lookSoon(SILENCE_MS);
    });
    void this.terminal.exited.then(({ exitCode, signal }) => {
      if (!this.#isAsked) this.#early = `ended by itself with ${exitCode}, signal ${signal ?? 0}`;
    });
  }

  get isRunning(): boolean {
    return this.#early === undefined;
  }

  /** Has it collect its garbage, in all threads: soon. */
  collect(): void {
    process.kill(this.terminal.pid, 'SIGUSR2');
  }

  /** Types, and resolves when what that changed is on the screen. */
  async press(keys: string): Promise<void> {
    this.terminal.type(keys);
    await this.settled();
  }

  /** Until nothing has been written for a while; a sample once a second leaves time for that, if not for ever. */
  async settled(silenceMs = ANSWERED_MS): Promise<void> {
    const deadlineMs = performance.now() + LONGEST_SETTLING_MS;
    for (let before = -1; before !== this.#seen && performance.now() < deadlineMs; ) {
      before = this.#seen;
      await sleep(silenceMs);
    }
  }

  /** Looks at no screen until the new size has been drawn. */
  async resize(size: ScreenSize): Promise<void> {
    if (size.columns === this.#size.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    await this.#redrawn(() => this.terminal.resize(size.columns, size.rows));
  }

  async redraw(): Promise<void> {
    await this.#redrawn(() => this.terminal.type('\x0c'));
  }

  /** Every cell of the screen. */
  snapshot(): Snapshot[] {
    const { columns, rows } = this.#size;
    const { lines } = this.terminal;
    return Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const cell = this.terminal.cell(row, column);
      const isBlank = cell.text.trim() === '' && !cell.reverse;
      const looks = isBlank ? 'blank' : JSON.stringify(cell);
      return { row, column, looks, line: lines[row] ?? '' };
    });
  }

  async end(): Promise<Check> {
    this.#isAsked = true;
    clearTimeout(this.#timer);
    if (this.isRunning) this.terminal.type(LEAVE);
    const late = sleep(END_MS, 'late' as const, { ref: false });
    const ended = await Promise.race([this.terminal.exited, late]);
    await this.terminal.dispose();
    const how = ended === 'late' ? `still there ${END_MS} ms after Ctrl-C` : `status ${ended.exitCode}`;
    return {
      what: 'it runs to the end, and ends when it is told to',
      passed: this.isRunning && ended !== 'late' && ended.exitCode === 0,
      detail: this.#early ?? `${how}, ${this.frames} screens`,
    };
  }

  async #redrawn(ask: () => void): Promise<void> {
    this.#isSuspended = true;
    const from = this.terminal.output.length;
    ask();
    await this.terminal.waitFor(() => this.terminal.output.includes(CLEARED, from), 'a screen drawn anew');
    await this.settled();
    this.#isSuspended = false;
    this.#lookSoon(0);
  }

  #lookSoon(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lookAgain(), ms);
  }

  #lookAgain(): void {
    const before = this.#seen;
    this.#timer = setTimeout(() => {
      if (before !== this.#seen || this.#isSuspended || this.#isAsked) return;
      this.frames += 1;
      this.#onScreen(this.terminal.lines);
    }, SECOND_LOOK_MS);
  }
}
