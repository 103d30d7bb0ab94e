/** The part of blessed that is used; @types/blessed declares the package as a whole, which also loads every widget. */
declare module 'blessed/lib/keys.js' {
  import type { EventEmitter } from 'node:events';

  /** What the package calls a key; nothing for most characters. */
  export interface DecodedKey {
    readonly sequence?: string;
    /** `undefined`, as a word, for a sequence it does not know. */
    readonly name?: string;
    readonly ctrl?: boolean;
    readonly meta?: boolean;
    readonly shift?: boolean;
  }

  const keys: {
    /** From here on `stream` emits `keypress` for what it emits as `data`: the character typed, and the key. */
    emitKeypressEvents(stream: EventEmitter): void;
  };
  export default keys;
}
