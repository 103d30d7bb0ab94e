/**
 * Between the terminal and blessed's key decoder, which looks at one chunk at a time: an escape sequence cut in two by a
 * slow line would become Escape and letters. Holds the start back until its end comes, or long enough has not come.
 */
import { EventEmitter } from 'node:events';
import { type InputPiece, scanInput } from './input-scanner.ts';

/** As long as a person does not notice and a line needs; then a lone Escape is the Escape key. */
const ESCAPE_DELAY_MS = 50;
/** What no key sends on its own can wait for the rest of it longer; then it is dropped, not typed. */
const SEQUENCE_DELAY_MS = 1000;
/** Escape, also twice, and Alt with a letter that starts sequences. */
const A_KEY_BY_ITSELF = /^(?:\x1b+|\x1b[^[])$/;

/** What blessed takes for an input stream: it listens to `data` and emits `keypress` on it. */
export class EscapeJoiner extends EventEmitter {
  readonly #onOther: (piece: Exclude<InputPiece, { kind: 'keys' }>) => void;
  #held = '';
  #timer: NodeJS.Timeout | undefined;

  /** `onOther` gets what is not keys, in its place between them. */
  constructor(onOther: (piece: Exclude<InputPiece, { kind: 'keys' }>) => void) {
    super();
    this.#onOther = onOther;
  }

  push(chunk: Buffer): void {
    clearTimeout(this.#timer);
    const { pieces, held } = scanInput(this.#held + chunk.toString('latin1'));
    this.#held = held;
    for (const piece of pieces) {
      if (piece.kind === 'keys') this.#emit(piece.bytes);
      else this.#onOther(piece);
    }
    if (this.#held === '') return;
    const delayMs = A_KEY_BY_ITSELF.test(this.#held) ? ESCAPE_DELAY_MS : SEQUENCE_DELAY_MS;
    this.#timer = setTimeout(() => this.#release(), delayMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held = '';
  }

  #release(): void {
    const held = this.#held;
    this.#held = '';
    if (/^\x1b+$/.test(held)) for (const one of held) this.#emit(one);
    else if (A_KEY_BY_ITSELF.test(held)) this.#emit(held);
  }

  #emit(bytes: string): void {
    this.emit('data', Buffer.from(bytes, 'latin1'));
  }
}
