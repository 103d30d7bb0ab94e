/** Keys that end the connection and not the command: `ctrl-p,ctrl-q`, in docker's words. Pure. */

export const USUAL_DETACH_KEYS = 'ctrl-p,ctrl-q';

const CTRL = /^ctrl-([a-z@[\\\]^_])$/i;

/** Undefined for an empty text: there are none then. @throws {RangeError} on a word that is no key */
export function parseDetachKeys(text: string): Uint8Array | undefined {
  if (text === '') return undefined;
  return Uint8Array.from(text.split(','), (word) => {
    const control = CTRL.exec(word)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    const code = word.charCodeAt(0);
    if (word.length === 1 && code > 0x20 && code < 0x7f) return code;
    throw new RangeError(
      `${JSON.stringify(word)} is no key; expected one character or ctrl-a to ctrl-z, ctrl-@ [ \\ ] ^ _`,
    );
  });
}

export interface Typed {
  /** What goes on to the command. */
  readonly forward: Uint8Array;
  readonly isDetached: boolean;
}

/** Looks for the keys in what is typed. The first of them waits here until the next key shows what it was. */
export class DetachKeys {
  #held = 0;

  constructor(readonly keys: Uint8Array) {}

  take(typed: Uint8Array): Typed {
    // What waits was the beginning of the keys.
    const bytes = Buffer.concat([this.keys.subarray(0, this.#held), typed]);
    const at = bytes.indexOf(this.keys);
    if (at !== -1) {
      this.#held = 0;
      return { forward: bytes.subarray(0, at), isDetached: true };
    }
    this.#held = this.#beginningAtEnd(bytes);
    return { forward: bytes.subarray(0, bytes.length - this.#held), isDetached: false };
  }

  /** How many bytes at the end may be the beginning of the keys: the most there can be. */
  #beginningAtEnd(bytes: Buffer): number {
    for (let length = Math.min(bytes.length, this.keys.length - 1); length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.keys.subarray(0, length))) return length;
    }
    return 0;
  }
}
