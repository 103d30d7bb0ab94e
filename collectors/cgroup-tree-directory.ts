/** One cgroup being read: only files that its directory lists, each once however many facts it holds. */
import { type Fact, factOf, type Reading } from '../src/kernel/reading.ts';
import { asText } from '../src/kernel/text.ts';
import type { CgroupDirectories, Listing } from '../src/sys/cgroup-directory.ts';
import { parsed } from './parsed.ts';

export class OpenCgroup {
  readonly #texts = new Map<string, Reading<string>>();

  /** @param directory as bytes in latin1 text */
  constructor(
    readonly directories: CgroupDirectories,
    readonly directory: string,
    readonly version: 1 | 2,
    readonly listing: Listing,
  ) {}

  has(file: string): boolean {
    return this.listing.files.has(file);
  }

  /** Absent, without a look, when the directory does not list it: another version, a controller not enabled, the root. */
  fact<T>(file: string, parse: (text: string, path: string) => T): Fact<T> {
    if (!this.has(file)) return undefined;
    const reading = this.#text(file);
    const path = reading.ok ? `${asText(this.directory)}/${file}` : reading.path;
    return factOf(parsed(reading, path, (text) => parse(text, path)));
  }

  /** The file of whichever version this is. */
  either<T>(
    v2: readonly [file: string, parse: (text: string, path: string) => T],
    v1: readonly [file: string, parse: (text: string, path: string) => T],
  ): Fact<T> {
    return this.fact(...(this.version === 2 ? v2 : v1));
  }

  #text(file: string): Reading<string> {
    const seen = this.#texts.get(file);
    if (seen !== undefined) return seen;
    const reading = this.directories.text(`${this.directory}/${file}`);
    this.#texts.set(file, reading);
    return reading;
  }
}

/** Monotonic. */
export const clockUsec = () => Math.round(performance.now() * 1000);
