/**
 * What a program switched on in the terminal and did not switch off, because it was ended or left behind: a second screen, a hidden
 * cursor, mouse reports. Seen in what it wrote, and undone afterwards. Pure.
 * @see xterm's ctlseqs, "DEC Private Mode Set"
 */

/** Off unless a program asks: what a shell would not expect. 25 is the cursor, which is on. */
const USUALLY_OFF = new Set([
  1, 9, 47, 66, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026,
]);
const CURSOR = 25;

const ESC = 0x1b;
/** A sequence that is longer is none of these. */
const LONGEST = 64;
const SEQUENCE = /\x1b(?:\[\?([\d;]+)([hl])|(c)|([=>]))/g;

export class TerminalModes {
  readonly #on = new Set<number>();
  #isCursorHidden = false;
  #isKeypadOn = false;
  /** The beginning of a sequence, at the end of what was seen. */
  #tail = '';

  see(written: Uint8Array): void {
    if (this.#tail === '' && !written.includes(ESC)) return;
    const text =
      this.#tail + Buffer.from(written.buffer, written.byteOffset, written.byteLength).toString('latin1');
    for (const [, numbers, final, reset, keypad] of text.matchAll(SEQUENCE)) {
      if (reset !== undefined) this.#reset();
      else if (keypad !== undefined) this.#isKeypadOn = keypad === '=';
      else for (const number of (numbers ?? '').split(';')) this.#set(Number(number), final === 'h');
    }
    const last = text.lastIndexOf('\x1b');
    const tail = last === -1 ? '' : text.slice(last);
    this.#tail = tail.length < LONGEST && /^\x1b(?:\[(?:\?[\d;]*)?)?$/.test(tail) ? tail : '';
  }

  /** Empty when nothing was left. */
  undo(): string {
    const off = [...this.#on].map((mode) => `\x1b[?${mode}l`).join('');
    const cursor = this.#isCursorHidden ? '\x1b[?25h' : '';
    const keypad = this.#isKeypadOn ? '\x1b>' : '';
    const all = off + cursor + keypad;
    this.#reset();
    return all === '' ? '' : `${all}\x1b[m`;
  }

  #set(mode: number, isOn: boolean): void {
    if (mode === CURSOR) this.#isCursorHidden = !isOn;
    else if (!USUALLY_OFF.has(mode)) return;
    else if (isOn) this.#on.add(mode);
    else this.#on.delete(mode);
  }

  #reset(): void {
    this.#on.clear();
    this.#isCursorHidden = false;
    this.#isKeypadOn = false;
  }
}
