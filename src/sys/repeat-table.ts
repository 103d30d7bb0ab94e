/** The table of files that native/repeat.c reads in one call, and what it found. */
import { nativeLibrary } from './native-library.ts';

/** In place of a descriptor: it is opened by its path, each time. */
const BY_PATH = -1;
/** In place of a row. */
const NOBODY = -1;

/** Of one row, in words; then in doubles. As `struct file` in repeat.c. */
const ROW = {
  words: 20,
  fd: 0,
  path: 1,
  at: 2,
  length: 3,
  room: 4,
  set: 5,
  flags: 6,
  leader: 7,
  other: 8,
  goodFor: 9,
  above: 10,
  aboveFor: 11,
  lag: 12,
  doubles: 10,
  readAt: 7,
  readBefore: 8,
  since: 9,
} as const;
const FLAG = { isDue: 1, isStalls: 2 } as const;
/** `struct state` of repeat.c: four words, then doubles. */
const STATE = { bytes: 32, used: 0, lost: 1, anew: 2, started: 2 } as const;
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

/** How long a file may be taken as it was. Rows are those of files before it. */
export interface Freshness {
  /** 0: it is read each time. */
  readonly goodForMs: number;
  /** As soon as one of these says something new, it is read. */
  readonly leader?: number | undefined;
  readonly other?: number | undefined;
  /** What counts the same, and more: while that stands still, so does this. */
  readonly above?: Above | undefined;
}

export interface Above {
  readonly row: number;
  /** How long that is relied on; 0: for ever. */
  readonly goodForMs: number;
  /** How much later than there it may show here. */
  readonly lagMs: number;
}

export interface PlannedFile {
  readonly fd: number;
  readonly path: string;
  /** Its row in the plan before; -1 when it had none. */
  readonly row: number;
  /** Which files it is asked about together with. */
  readonly set: number;
  /** Pressure, of which only the sums of stalls count. */
  readonly isStalls?: boolean;
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
      const { fd, path, row, set, isStalls = false, said } = file;
      const word = index * ROW.words;
      if (row < 0) this.#take(index, said);
      else {
        this.#words.set(words.subarray(row * ROW.words, (row + 1) * ROW.words), word);
        this.#doubles.set(
          doubles.subarray(row * ROW.doubles + ROW.readAt, (row + 1) * ROW.doubles),
          index * ROW.doubles + ROW.readAt,
        );
      }
      held += slotFor(Math.max(0, this.#words[word + ROW.length] ?? 0));
      this.#words[word + ROW.fd] = fd < 0 ? BY_PATH : fd;
      this.#words[word + ROW.set] = set;
      if (isStalls) this.#words[word + ROW.flags] = (this.#words[word + ROW.flags] ?? 0) | FLAG.isStalls;
      this.freshness(index, { goodForMs: 0 });
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
    this.#doubles[row * ROW.doubles + ROW.since] = said.readAtUsec;
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
  freshness(row: number, { goodForMs, leader = NOBODY, other = NOBODY, above }: Freshness): void {
    const word = row * ROW.words;
    // One that comes after it would be that of the time before.
    const isAfter = leader < row && other < row;
    this.#words[word + ROW.goodFor] = isAfter ? goodForMs : 0;
    this.#words[word + ROW.leader] = isAfter ? leader : NOBODY;
    this.#words[word + ROW.other] = isAfter ? other : NOBODY;
    this.#words[word + ROW.above] = above !== undefined && above.row < row ? above.row : NOBODY;
    this.#words[word + ROW.aboveFor] = above?.goodForMs ?? 0;
    this.#words[word + ROW.lag] = above?.lagMs ?? 0;
  }

  /** It is read the next time, whatever was said of it. */
  due(row: number): void {
    const at = row * ROW.words + ROW.flags;
    this.#words[at] = (this.#words[at] ?? 0) | FLAG.isDue;
  }

  /** @param nowUsec of CLOCK_MONOTONIC @param isAnew whether each of them is due or not */
  read(nowUsec: number, isAnew: boolean): void {
    if (this.#count === 0) return;
    this.#news.fill(0);
    this.#stateWords[STATE.anew] = isAnew ? 1 : 0;
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

  /** Did any file of this or a later set? */
  isNewsFrom(set: number): boolean {
    return this.#news.includes(1, set);
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
