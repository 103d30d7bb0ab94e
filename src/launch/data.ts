/** What a program's steps point at. Addresses are given by encode.ts, when everything has its place. */

export type Bytes = Uint8Array;

/** Data with its own words: `"/bin/true"`, `{flags=O_RDONLY}`. Its parts are bytes, addresses of other data, or both. */
export class Place {
  readonly size: number;
  constructor(
    readonly parts: readonly (Bytes | Place)[],
    readonly text: string,
    /** Zeros that need no room in the file. */
    readonly zeros = 0,
  ) {
    this.size = parts.reduce((sum, part) => sum + (part instanceof Place ? 8 : part.length), zeros);
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
    this.place = new Place([], `<${name}>`, bytes);
  }
}
