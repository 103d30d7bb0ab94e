/** The table of files that native/repeat.c reads in one call, and what it found. */
import { nativeLibrary } from './native-library.ts';

/** In place of a descriptor: it is opened by its path, each time. */
const BY_PATH = -1;
/** In place of a row. */
const NOBODY = -1;

/** Of one row, in words; then in doubles. As `struct file` in repeat.c. */
const ROW = {
  words: 14,
  fd: 0,
  path: 1,
  at: 2,
  length: 3,
  room: 4,
  leader: 5,
  set: 6,
  same: 7,
  doubles: 7,
  goodFor: 4,
  readAt: 5,
  readBefore: 6,
} as const;
/** `struct state` of repeat.c: two words, then doubles. */
const STATE = { bytes: 24, used: 0, lost: 1, started: 1 } as const;
const FIRST_BYTES = 256 * 1024;
/** No length and no errno: nothing was read before. */
const NEVER = -4096;
/** What a text may grow without being moved. */
const SLOT = 64;

type Repeat = (
  files: Int32Array,
  from: number,
  count: number,
  paths: Uint8Array,
  texts: Uint8Array,
  room: number,
  scratch: Uint8Array,
  most: number,
  news: Uint8Array,
  state: Int32Array,
) => number;

/** How long a file may be taken as it was. */
export interface Freshness {
  /** 0: it is read each time. */
  readonly goodForUsec: number;
  /** A row before it: as soon as that one says something new, so may this one. */
  readonly leader: number | undefined;
}

export interface PlannedFile {
  readonly fd: number;
  readonly path: string;
  /** Its row in the plan before; -1 when it had none. */
  readonly row: number;
  /** Which files it is asked about together with. */
  readonly set: number;
  /** For one without a row: what it said when it was read otherwise, and when; undefined for an errno. */
  readonly said?: Said | undefined;
}

export interface Said {
  /** Characters are bytes. */
  readonly text: string | undefined;
  /** Of the text, or a negative errno. */
  readonly length: number;
  readonly readAtUsec: number;
}

/** @param mostBytes how long a file may be; undefined where the native library cannot be had */
export function nativeRepeat(mostBytes: number): RepeatTable | undefined {
  const repeat: Repeat | undefined = nativeLibrary()?.(
    'long porthole_repeat(void *files, long from, long count, const void *paths, void *texts, long room, void *scratch, long most, void *news, void *state)',
  );
  return repeat === undefined ? undefined : new RepeatTable(repeat, mostBytes);
}

export class RepeatTable {
  #words = new Int32Array();
  #doubles = new Float64Array();
  #paths = Buffer.alloc(0);
  #texts = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #news = new Uint8Array();
  #count = 0;
  readonly #scratch: Buffer;
  readonly #state = new ArrayBuffer(STATE.bytes);
  readonly #stateWords = new Int32Array(this.#state);
  readonly #stateDoubles = new Float64Array(this.#state);

  constructor(
    readonly repeat: Repeat,
    readonly mostBytes: number,
  ) {
    this.#scratch = Buffer.allocUnsafeSlow(mostBytes);
  }

  /**
   * Which files, in the order of their rows, until there are others; a descriptor below 0 means by path. Each is read every
   * time until its `freshness` is said.
   * @param sets how many of them there are
   */
  plan(files: readonly PlannedFile[], sets: number): void {
    const words = this.#words;
    const doubles = this.#doubles;
    this.#count = files.length;
    const rows = new ArrayBuffer(files.length * ROW.words * Int32Array.BYTES_PER_ELEMENT);
    this.#words = new Int32Array(rows);
    this.#doubles = new Float64Array(rows);
    this.#news = new Uint8Array(sets);
    const names: Buffer[] = [];
    let nameAt = 0;
    let held = 0;
    for (let index = 0; index < files.length; index += 1) {
      const file = files[index];
      if (file === undefined) continue;
      const { fd, path, row, set, said } = file;
      const word = index * ROW.words;
      if (row < 0) this.#take(index, said);
      else {
        this.#words.set(words.subarray(row * ROW.words, (row + 1) * ROW.words), word);
        this.#doubles.set(
          doubles.subarray(row * ROW.doubles + ROW.goodFor, (row + 1) * ROW.doubles),
          index * ROW.doubles + ROW.goodFor,
        );
      }
      held += slotFor(Math.max(0, this.#words[word + ROW.length] ?? 0));
      this.#words[word + ROW.fd] = fd < 0 ? BY_PATH : fd;
      this.#words[word + ROW.set] = set;
      this.freshness(index, { goodForUsec: 0, leader: undefined });
      if (fd >= 0) continue;
      const name = Buffer.from(`${path}\0`);
      this.#words[word + ROW.path] = nameAt;
      names.push(name);
      nameAt += name.length;
    }
    this.#paths = Buffer.concat(names);
    // More than half of it are texts of files that are no longer asked for.
    if (held * 2 < (this.#stateWords[STATE.used] ?? 0)) this.#moveTexts(this.#texts.length);
  }

  #take(row: number, said: Said | undefined): void {
    const word = row * ROW.words;
    const isHeld = said !== undefined && said.length < this.mostBytes;
    this.#words[word + ROW.length] = isHeld ? said.length : NEVER;
    if (!isHeld) return;
    this.#doubles[row * ROW.doubles + ROW.readAt] = said.readAtUsec;
    if (said.text === undefined) return;
    const slot = slotFor(said.length);
    const at = this.#stateWords[STATE.used] ?? 0;
    if (at + slot > this.#texts.length) {
      const larger = Buffer.allocUnsafeSlow((at + slot) * 2);
      this.#texts.copy(larger, 0, 0, at);
      this.#texts = larger;
    }
    this.#texts.write(said.text, at, 'latin1');
    this.#words[word + ROW.at] = at;
    this.#words[word + ROW.room] = slot;
    this.#stateWords[STATE.used] = at + slot;
  }

  /** From the next time on. */
  freshness(row: number, { goodForUsec, leader }: Freshness): void {
    const isAfter = leader === undefined || (leader >= 0 && leader < row);
    this.#words[row * ROW.words + ROW.leader] = leader !== undefined && isAfter ? leader : NOBODY;
    this.#doubles[row * ROW.doubles + ROW.goodFor] = isAfter ? goodForUsec : 0;
  }

  /** @param nowUsec of CLOCK_MONOTONIC */
  read(nowUsec: number): void {
    if (this.#count === 0) return;
    this.#news.fill(0);
    this.#stateDoubles[STATE.started] = nowUsec;
    for (let from = 0; ; ) {
      from = Number(
        this.repeat(
          this.#words,
          from,
          this.#count,
          this.#paths,
          this.#texts,
          this.#texts.length,
          this.#scratch,
          this.mostBytes,
          this.#news,
          this.#stateWords,
        ),
      );
      if (from === this.#count) return;
      this.#moveTexts(this.#texts.length * 2);
    }
  }

  /** Did any file of this set say (or fail with) anything new? */
  isNews(set: number): boolean {
    return this.#news[set] !== 0;
  }

  /** How many of the files kept open failed the last time. */
  get lost(): number {
    return this.#stateWords[STATE.lost] ?? 0;
  }

  /** Of the text, or a negative errno. */
  lengthOf(row: number): number {
    return this.#words[row * ROW.words + ROW.length] ?? 0;
  }

  /** CLOCK_MONOTONIC in microseconds. */
  readAtUsec(row: number): number {
    return this.#doubles[row * ROW.doubles + ROW.readAt] ?? 0;
  }

  /** When it was read before that. */
  readBeforeUsec(row: number): number {
    return this.#doubles[row * ROW.doubles + ROW.readBefore] ?? 0;
  }

  text(row: number, length: number): string {
    const at = this.#words[row * ROW.words + ROW.at] ?? 0;
    return this.#texts.toString('latin1', at, at + length);
  }

  /** Close together again, into room for so many bytes. */
  #moveTexts(bytes: number): void {
    const before = this.#texts;
    const texts = Buffer.allocUnsafeSlow(bytes);
    let used = 0;
    for (let word = 0; word < this.#count * ROW.words; word += ROW.words) {
      const at = this.#words[word + ROW.at] ?? 0;
      const length = Math.max(0, this.#words[word + ROW.length] ?? 0);
      const slot = slotFor(length);
      before.copy(texts, used, at, at + length);
      this.#words[word + ROW.at] = used;
      this.#words[word + ROW.room] = slot;
      used += slot;
    }
    this.#texts = texts;
    this.#stateWords[STATE.used] = used;
  }
}

/** As repeat.c makes it; nothing for what is empty. */
function slotFor(length: number): number {
  return length === 0 ? 0 : Math.ceil((length + 1) / SLOT) * SLOT;
}
