/** The table of files that native/repeat.c reads in one call, and what it found. */
import { nativeLibrary } from './native-library.ts';

/** In place of a descriptor: it is opened by its path, each time. */
const BY_PATH = -1;

/**
 * Of one row, in words: descriptor, offset of the path, offset of the text, its length or errno, whether it is the same as
 * before, whether it is left unread; in doubles: when it was read. As in repeat.c.
 */
const ROW = { words: 8, fd: 0, path: 1, at: 2, length: 3, same: 4, skip: 5, doubles: 4, readAt: 3 } as const;
const FIRST_BYTES = 256 * 1024;
/** No length and no errno: nothing was read before. */
const NEVER = -4096;

type Repeat = (
  files: Int32Array,
  count: number,
  paths: Uint8Array,
  before: Uint8Array,
  out: Uint8Array,
  room: number,
  most: number,
) => number;

export interface PlannedFile {
  readonly fd: number;
  readonly path: string;
  /** Its row in the plan before; -1 when it had none. */
  readonly row: number;
}

/** @param mostBytes how long a file may be; undefined where the native library cannot be had */
export function nativeRepeat(mostBytes: number): RepeatTable | undefined {
  const repeat: Repeat | undefined = nativeLibrary()?.(
    'long porthole_repeat(void *files, long count, const void *paths, const void *before, void *out, long room, long most)',
  );
  return repeat === undefined ? undefined : new RepeatTable(repeat, mostBytes);
}

export class RepeatTable {
  #words = new Int32Array();
  #doubles = new Float64Array();
  #paths = Buffer.alloc(0);
  #before = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #out = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #count = 0;

  constructor(
    readonly repeat: Repeat,
    readonly mostBytes: number,
  ) {}

  /** Which files, in the order of their rows, until there are others; a descriptor below 0 means by path. */
  plan(files: readonly PlannedFile[]): void {
    const old = this.#words;
    const readAt = this.#doubles;
    this.#count = files.length;
    const rows = new ArrayBuffer(files.length * ROW.words * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(rows);
    this.#doubles = new Float64Array(rows);
    const names: Buffer[] = [];
    let nameAt = 0;
    for (const [index, { fd, path, row }] of files.entries()) {
      const word = index * ROW.words;
      this.#words[word + ROW.at] = row < 0 ? 0 : (old[row * ROW.words + ROW.at] ?? 0);
      this.#words[word + ROW.length] = row < 0 ? NEVER : (old[row * ROW.words + ROW.length] ?? NEVER);
      this.#doubles[index * ROW.doubles + ROW.readAt] =
        row < 0 ? 0 : (readAt[row * ROW.doubles + ROW.readAt] ?? 0);
      this.#words[word + ROW.fd] = fd < 0 ? BY_PATH : fd;
      if (fd >= 0) continue;
      const name = Buffer.from(`${path}\0`);
      this.#words[word + ROW.path] = nameAt;
      names.push(name);
      nameAt += name.length;
    }
    this.#paths = Buffer.concat(names);
  }

  read(): void {
    if (this.#count === 0) return;
    while (!this.#readAll()) this.#grow();
  }

  /** Of the text, or a negative errno. */
  lengthOf(row: number): number {
    return this.#words[row * ROW.words + ROW.length] ?? 0;
  }

  /** Leave it unread the next time, if it was read before: it counts as saying what it said. */
  skip(row: number, isSkipped: boolean): void {
    const word = row * ROW.words;
    this.#words[word + ROW.skip] = isSkipped && this.#words[word + ROW.length] !== NEVER ? 1 : 0;
  }

  /** The next time, read it only if `leader` (a row before it) says something new, if it was read before. */
  follow(row: number, leader: number): void {
    const word = row * ROW.words;
    const may = leader >= 0 && leader < row && this.#words[word + ROW.length] !== NEVER;
    this.#words[word + ROW.skip] = may ? leader + 2 : 0;
  }

  /** Does it say (or fail with) what it did the time before? */
  isSame(row: number): boolean {
    return this.#words[row * ROW.words + ROW.same] === 1;
  }

  /** CLOCK_MONOTONIC. */
  readAtUsec(row: number): number {
    return this.#doubles[row * ROW.doubles + ROW.readAt] ?? 0;
  }

  text(row: number, length: number): string {
    const at = this.#words[row * ROW.words + ROW.at] ?? 0;
    return this.#out.toString('latin1', at, at + length);
  }

  #readAll(): boolean {
    const before = this.#out;
    this.#out = this.#before;
    this.#before = before;
    const { length } = this.#out;
    const done = this.repeat(
      this.#words,
      this.#count,
      this.#paths,
      before,
      this.#out,
      length,
      this.mostBytes,
    );
    return done === this.#count;
  }

  /** What was read so far went where the last texts were: nothing is the same any more. */
  #grow(): void {
    const bytes = this.#out.length * 2;
    this.#before = Buffer.allocUnsafeSlow(bytes);
    this.#out = Buffer.allocUnsafeSlow(bytes);
    for (let row = 0; row < this.#count; row++) {
      this.#words[row * ROW.words + ROW.length] = NEVER;
      this.skip(row, false);
    }
  }
}
