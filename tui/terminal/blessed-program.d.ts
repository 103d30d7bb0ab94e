/** The part of blessed that is used; @types/blessed declares the package as a whole, which also loads every widget. */
declare module 'blessed/lib/program.js' {
  import type { EventEmitter } from 'node:events';

  interface ProgramOptions {
    readonly input: EventEmitter;
    readonly output: EventEmitter;
    /** false: do not read the terminfo database. */
    readonly tput: boolean;
    readonly terminal: string;
  }

  export interface KeyPress {
    /** Modifiers and name, as in `C-c` or `S-f3`. */
    readonly full?: string;
  }

  class Program extends EventEmitter {
    constructor(options: ProgramOptions);
    on(event: 'keypress', listener: (typed: string | undefined, key: KeyPress) => void): this;
    destroy(): void;
  }
  export default Program;
}
