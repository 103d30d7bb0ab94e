/**
 * Brings the terminal from what stands on it to the newest frame, by the differences, a piece at a time. A frame that did
 * not fit into one piece goes on where it stopped, with the newest lines by then: every row gets its turn, none queues.
 */
import type { ScreenLine } from '../screen-line.ts';
import { FrameWriter, type ShownLine, writeLine } from './line-diff.ts';
import type { Palette } from './palette.ts';

/** Terminals that know it show what comes in between at once (mode 2026); the others ignore it. */
const AT_ONCE = '\x1b[?2026h';
const SHOW = '\x1b[?2026l';

/** The part of `PacedOutput` that is used. */
export interface PieceOutput {
  readonly busy: boolean;
  readonly room: number;
  send(text: string): void;
}

export class Painter {
  readonly #output: PieceOutput;
  readonly #shows: (text: string) => string;
  #palette: Palette;
  #wanted: readonly ScreenLine[] = [];
  #shown: (ShownLine | undefined)[] = [];
  #clear = true;
  /** Rows that still have to be looked at, beginning with `#next` and going round. */
  #rowsLeft = 0;
  #next = 0;

  constructor(output: PieceOutput, palette: Palette, shows: (text: string) => string = (text) => text) {
    this.#output = output;
    this.#shows = shows;
    this.#palette = palette;
  }

  /** What stands on the terminal is not known any more: after a resize, a stop, or another program's output. */
  forget(): void {
    this.#clear = true;
  }

  /** Every line has to be written again, but none is wrong in the meantime. */
  setPalette(palette: Palette): void {
    this.#palette = palette;
    this.#shown = this.#shown.map(() => undefined);
  }

  /** From now on these lines are to stand there. */
  draw(lines: readonly ScreenLine[]): void {
    this.#wanted = lines;
    this.#rowsLeft = Math.max(lines.length, this.#shown.length);
    this.goOn();
  }

  /** Sends the next piece, if one is due and the terminal can take it. */
  goOn(): void {
    if (this.#rowsLeft === 0 || this.#output.busy) return;
    const writer = new FrameWriter(this.#palette, this.#shows);
    if (this.#clear) this.#clearScreen(writer);
    while (this.#rowsLeft > 0 && writer.length < this.#output.room) this.#paintNext(writer);
    if (writer.text !== '') this.#output.send(AT_ONCE + writer.text + SHOW);
  }

  #clearScreen(writer: FrameWriter): void {
    writer.clearScreen();
    this.#clear = false;
    this.#shown = this.#wanted.map((): ShownLine => ({ line: [], starts: [0] }));
    this.#rowsLeft = this.#wanted.length;
    this.#next = 0;
  }

  #paintNext(writer: FrameWriter): void {
    const rows = Math.max(this.#wanted.length, this.#shown.length);
    const row = this.#next % rows;
    this.#shown[row] = writeLine(writer, row, this.#wanted[row] ?? [], this.#shown[row]);
    this.#next = (row + 1) % rows;
    this.#rowsLeft -= 1;
  }
}
