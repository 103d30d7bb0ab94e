/**
 * Between the terminal and blessed's key decoder, which looks at one chunk at a time: an escape sequence cut in two by a
 * slow line would become Escape and two letters. Holds an unfinished one back for a moment, and drops the sequences that
 * the decoder would take apart into letters (private and three-parameter ones: replies, modifyOtherKeys).
 */
import { EventEmitter } from 'node:events';

/** As long as a person does not notice and a line needs; then a lone Escape is the Escape key. */
const ESCAPE_DELAY_MS = 50;

const UNFINISHED = /\x1b\x1b?(?:\[\[?[\x30-\x3f]*[\x20-\x2f]*|[ON]\d*)?$/;
const NOT_FOR_DECODER = /\x1b\[(?:[<=>?][\x30-\x3f]*|\d+(?:;\d*){2,})[\x20-\x2f]*[\x40-\x7e]/g;

/** What blessed takes for an input stream: it listens to `data` and emits `keypress` on it. */
export class EscapeJoiner extends EventEmitter {
  #held = '';
  #timer: NodeJS.Timeout | undefined;

  /** Bytes travel as latin1 so that a cut UTF-8 sequence passes through untouched. */
  push(chunk: Buffer): void {
    clearTimeout(this.#timer);
    const bytes = (this.#held + chunk.toString('latin1')).replace(NOT_FOR_DECODER, '');
    const unfinished = UNFINISHED.exec(bytes);
    this.#held = unfinished?.[0] ?? '';
    this.#emit(unfinished === null ? bytes : bytes.slice(0, unfinished.index));
    if (this.#held !== '') this.#timer = setTimeout(() => this.#release(), ESCAPE_DELAY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held = '';
  }

  #release(): void {
    const held = this.#held;
    this.#held = '';
    this.#emit(held);
  }

  #emit(bytes: string): void {
    if (bytes !== '') this.emit('data', Buffer.from(bytes, 'latin1'));
  }
}
