/** Cgroup placements of a pass: processes with the same text in /proc/PID/cgroup share one. */
import { type Hierarchy, linesInMounts } from '../src/kernel/cgroup/hierarchy.ts';
import { parsePidCgroup } from '../src/kernel/proc/cgroup.ts';
import type { Reading } from '../src/kernel/reading.ts';
import { latin1In, utf8In } from '../src/kernel/text.ts';
import type { CgroupPlacement } from '../src/model/sample.ts';
import { parsed } from './parsed.ts';

/** Placements by the bytes of the file; neighbours in /proc often share one, so the last is compared first. */
export class Placements {
  readonly #known = new Map<string, CgroupPlacement>();
  /** As many were in use when it was last seen. */
  #used = 0;
  readonly #lastWords = new Int32Array(LONGEST_COMPARED_BYTES / Int32Array.BYTES_PER_ELEMENT);
  #lastLength = -1;
  #last: Reading<CgroupPlacement> | undefined;

  constructor(readonly hierarchies: readonly Hierarchy[]) {}

  /**
   * Where cgroups come and go for days: forgets what nobody is in any more, each time that a few more have come.
   * @param inUse asked only then
   */
  forget(inUse: () => ReadonlySet<string>): void {
    if (this.#known.size < this.#used + MOST_UNUSED) return;
    const texts = inUse();
    for (const text of this.#known.keys()) if (!texts.has(text)) this.#known.delete(text);
    this.#used = this.#known.size;
    this.#lastLength = -1;
  }

  /** How many it keeps. */
  get size(): number {
    return this.#known.size;
  }

  /** @param at where the file begins, on a word, with zeros to the end of its last word */
  of(
    bytes: Buffer,
    words: Int32Array,
    at: number,
    length: number,
    path: () => string,
  ): Reading<CgroupPlacement> {
    const first = at >> 2;
    const count = (length + 3) >> 2;
    const isLast = length === this.#lastLength && startsAlike(words, first, this.#lastWords, count);
    if (isLast && this.#last !== undefined) return this.#last;
    const placement = this.#byText(
      latin1In(bytes, at, at + length),
      () => utf8In(bytes, at, at + length),
      path,
    );
    if (length <= LONGEST_COMPARED_BYTES) {
      this.#lastWords.set(words.subarray(first, first + count));
      this.#lastLength = length;
      this.#last = placement;
    }
    return placement;
  }

  /** @param readable the same as it should read: names of cgroups are bytes, and where they are UTF-8 they are that */
  #byText(text: string, readable: () => string, path: () => string): Reading<CgroupPlacement> {
    const seen = this.#known.get(text);
    if (seen !== undefined) return { ok: true, value: seen };
    return parsed({ ok: true, value: text }, path(), (value) => {
      const lines = parsePidCgroup(readable());
      const placement = { text: value, lines: linesInMounts(lines, this.hierarchies) };
      this.#known.set(value, placement);
      return placement;
    });
  }
}

/** On v1 one takes 8 kB, with its lines and the marks found in them. */
const MOST_UNUSED = 16;
const LONGEST_COMPARED_BYTES = 16 * 1024;

/** Word by word: for a few hundred bytes, calling into a library costs more than comparing them. */
function startsAlike(a: Int32Array, from: number, b: Int32Array, words: number): boolean {
  for (let at = 0; at < words; at++) if (a[from + at] !== b[at]) return false;
  return true;
}
