/**
 * Keys and mouse from a terminal in raw mode, keys decoded by blessed. Only that part of it is used. Its `Program` around it reads
 * terminfo (it prints its own code to the screen for TERM=screen-256color, and rejects the format of ncurses 6), asks tmux for
 * its version, and takes V8 as long to load as all of Node.js takes to start. Its `Screen` counts an emoji as one column (every
 * cell after it is drawn one off), takes over the process's signals, and waits for a terminal that does not read.
 */
import keys, { type DecodedKey } from 'blessed/lib/keys.js';
import type { Key } from '../key.ts';
import type { MouseEvent } from '../mouse.ts';
import { EscapeJoiner } from './escape-joiner.ts';
import { MouseDecoder } from './mouse-decoder.ts';

/** The part of a terminal's input that is used. */
export interface RawInput {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  removeListener(event: 'data', listener: (chunk: Buffer) => void): unknown;
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface InputEvents {
  onKey(key: Key): void;
  onMouse(event: MouseEvent): void;
  /** The terminal answered that it has taken everything up to the question. */
  onAnswer(): void;
}

/** A paste whose end was lost on the way ends when nothing comes for so long: keys must not stay without effect. */
const PASTE_GAP_MS = 1000;

export class KeyReader {
  readonly #input: RawInput;
  readonly #joiner: EscapeJoiner;
  readonly #onData = (chunk: Buffer): void => this.#take(chunk);
  #highSurrogate = '';
  #isPasting = false;
  #lastInputMs = 0;

  constructor(
    input: RawInput,
    events: InputEvents,
    readonly nowMs: () => number,
  ) {
    this.#input = input;
    const mouse = new MouseDecoder(nowMs);
    this.#joiner = new EscapeJoiner((piece) => {
      if (piece.kind === 'answer') return events.onAnswer();
      if (piece.kind === 'paste') {
        this.#isPasting = piece.begins;
        return;
      }
      const event = mouse.decode(piece.report);
      if (event !== undefined) events.onMouse(event);
    });
    keys.emitKeypressEvents(this.#joiner);
    this.#joiner.on('keypress', (typed: string | undefined, key: DecodedKey | undefined) => {
      const named = this.#name(typed, key);
      if (named === undefined) return;
      if (!this.#isPasting) events.onKey(named);
      else if (named.text !== undefined) events.onKey({ ...named, isPasted: true });
    });
  }

  start(): void {
    this.#input.on('data', this.#onData);
    this.#input.setRawMode(true);
    this.#input.resume();
  }

  stop(): void {
    this.#isPasting = false;
    this.#joiner.stop();
    this.#input.removeListener('data', this.#onData);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  /** After this, nothing of blessed is left in the process. */
  destroy(): void {
    this.#joiner.removeAllListeners();
  }

  #take(chunk: Buffer): void {
    const nowMs = this.nowMs();
    if (nowMs - this.#lastInputMs > PASTE_GAP_MS) this.#isPasting = false;
    this.#lastInputMs = nowMs;
    this.#joiner.push(chunk);
  }

  #name(typed: string | undefined, key: DecodedKey | undefined): Key | undefined {
    if (key?.name === 'undefined') return undefined;
    if (typed === undefined || /^[\x00-\x1f\x7f]$/.test(typed)) {
      const name = nameOf(key) ?? typed;
      return name === undefined ? undefined : { name };
    }
    // It also splits characters above U+FFFF in two.
    if (/^[\ud800-\udbff]$/.test(typed)) {
      this.#highSurrogate = typed;
      return undefined;
    }
    const text = /^[\udc00-\udfff]$/.test(typed) ? this.#highSurrogate + typed : typed;
    this.#highSurrogate = '';
    return { name: text === ' ' ? 'space' : text, text };
  }
}

/** Modifiers and name, as in `C-c` or `S-f3`. */
function nameOf(key: DecodedKey | undefined): string | undefined {
  if (key?.name === undefined) return undefined;
  // Carriage return and line feed are one key.
  const name = key.name === 'return' && key.sequence === '\r' ? 'enter' : key.name;
  return `${key.ctrl === true ? 'C-' : ''}${key.meta === true ? 'M-' : ''}${key.shift === true ? 'S-' : ''}${name}`;
}
