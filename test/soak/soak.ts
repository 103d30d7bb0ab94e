/** What a soak is: minutes of something, then checks. One file each, listed in run.mjs. Types only. */

export interface SoakContext {
  /** The built start file of Porthole. */
  readonly porthole: string;
  readonly seconds: number;
  /** How many of what it counts, where that is said and not how long. */
  readonly count?: number;
  /** For people who watch: figures, and what is left out and why. */
  readonly say: (text: string) => void;
}

export interface Check {
  readonly what: string;
  readonly passed: boolean;
  /** The figures, or the first things that were wrong. */
  readonly detail: string;
}

export interface Soak {
  readonly name: string;
  /** How long it takes unless `--seconds` says otherwise. */
  readonly seconds: number;
  run(context: SoakContext): Promise<Check[]>;
}
