/**
 * Puts lines on the terminal: only those that differ from what stands there, and nothing while the terminal has not yet
 * taken the frame before. A terminal that counts columns differently from us shifts nothing but the cell in question:
 * after every run of text beyond ASCII the cursor is placed by number.
 */
import { displayWidth } from '../../src/model/width.ts';
import type { ScreenLine } from '../screen-line.ts';
import { type Palette, sgr } from './palette.ts';

const RESET = '\x1b[0m';
const ERASE_TO_END = '\x1b[K';
const CLEAR = `${RESET}\x1b[2J`;
const BEYOND_ASCII = /[^\x20-\x7e]/;

/** The part of a terminal's output that is used. */
export interface FrameOutput {
  write(text: string, done: () => void): unknown;
}

export class Painter {
  readonly #output: FrameOutput;
  #palette: Palette;
  #shown: string[] = [];
  #clear = true;
  #unsent = 0;

  constructor(output: FrameOutput, palette: Palette) {
    this.#output = output;
    this.#palette = palette;
  }

  /** Is the terminal still taking the last frame? Then a newer one replaces it, it does not queue behind it. */
  get busy(): boolean {
    return this.#unsent > 0;
  }

  /** What stands on the terminal is not known any more: after a resize, a stop, or another program's output. */
  forget(): void {
    this.#clear = true;
  }

  /** Every line has to be written again, but none is wrong in the meantime. */
  setPalette(palette: Palette): void {
    this.#palette = palette;
    this.#shown = [];
  }

  /** Calls `done` when the terminal has taken it all. */
  draw(lines: readonly ScreenLine[], done: () => void): void {
    const wanted = lines.map((line) => encodeLine(line, this.#palette));
    const shown = this.#clear ? [] : this.#shown;
    const changes = wanted.map((text, i) => (text === shown[i] ? '' : `\x1b[${i + 1};1H${text}`)).join('');
    const frame = (this.#clear ? CLEAR : '') + changes;
    this.#shown = wanted;
    this.#clear = false;
    if (frame === '') return;
    this.#unsent += 1;
    this.#output.write(frame, () => {
      this.#unsent -= 1;
      done();
    });
  }
}

/** One line as text with attributes. Lines fill the width, so only doubtful widths need erasing first. */
export function encodeLine(line: ScreenLine, palette: Palette): string {
  const doubtful = line.some((span) => BEYOND_ASCII.test(span.text));
  let column = 1;
  let attributes = '';
  let text = RESET + (doubtful ? ERASE_TO_END : '');
  for (const span of line) {
    const wanted = sgr(span.style, palette);
    if (wanted !== attributes) text += wanted;
    attributes = wanted;
    column += displayWidth(span.text);
    text += span.text;
    if (doubtful && BEYOND_ASCII.test(span.text)) text += `\x1b[${column}G`;
  }
  return text + RESET;
}
