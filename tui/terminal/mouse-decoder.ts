/** The terminal's mouse reports to events. Releases, movements, wheels to the side and further buttons mean nothing here. */
import type { MouseButton, MouseEvent } from '../mouse.ts';

/** As the terminal sends it: button and modifiers as bits, cells counted from 1. */
export interface MouseReport {
  readonly code: number;
  readonly column: number;
  readonly row: number;
  readonly released: boolean;
}

const MOVED = 32;
const MODIFIERS = 4 + 8 + 16;
const BUTTONS: readonly MouseButton[] = ['left', 'middle', 'right'];
const WHEEL = new Map<number, 'wheel-up' | 'wheel-down'>([
  [64, 'wheel-up'],
  [65, 'wheel-down'],
]);
const DOUBLE_PRESS_MS = 400;

export class MouseDecoder {
  readonly #nowMs: () => number;
  #last: { readonly button: MouseButton; readonly cell: string; readonly atMs: number } | undefined;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  decode({ code, column, row, released }: MouseReport): MouseEvent | undefined {
    if (released || (code & MOVED) !== 0 || column < 1 || row < 1) return undefined;
    const place = { column: column - 1, row: row - 1 };
    const button = code & ~MODIFIERS;
    const wheel = WHEEL.get(button);
    if (wheel !== undefined) return { kind: wheel, ...place };
    const pressed = BUTTONS[button];
    if (pressed === undefined) return undefined;
    return { kind: 'press', button: pressed, ...place, double: this.#isSecond(pressed, `${column},${row}`) };
  }

  #isSecond(button: MouseButton, cell: string): boolean {
    const atMs = this.#nowMs();
    const last = this.#last;
    const second = last?.button === button && last.cell === cell && atMs - last.atMs <= DOUBLE_PRESS_MS;
    this.#last = second ? undefined : { button, cell, atMs };
    return second;
  }
}
