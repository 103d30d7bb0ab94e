/** What a program's steps point at. Addresses are given by encode.ts, when everything has its place. */

export type Bytes = Uint8Array;

/** Data with its own words: `"/bin/true"`, `{flags=O_RDONLY}`. Its parts are bytes, addresses of other data, or both. */
export class Place {
  readonly size: number;
  readonly #words: () => string;
  constructor(
    readonly parts: readonly (Bytes | Place)[],
    /** Asked only where a program is put into words. */
    words: () => string,
    /** Zeros that need no room in the file. */
    readonly zeros = 0,
  ) {
    this.#words = words;
    this.size = parts.reduce((sum, part) => sum + (part instanceof Place ? 8 : part.length), zeros);
  }

  get text(): string {
    return this.#words();
  }
}

/** Eight bytes that one step fills and others read. */
export class Slot {
  readonly place: Place;
  /** `bytes`: a call fills more, of which later steps read the first eight. */
  constructor(
    readonly name: string,
    bytes = 8,
  ) {
    this.place = new Place([], () => `<${name}>`, bytes);
  }
}
