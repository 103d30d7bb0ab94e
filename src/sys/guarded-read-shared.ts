import type { Wanted } from './guarded-lane.ts';

/** What guarded reads and their thread share: a header of words, then a length or negative errno for each, then the bytes. */
export const HEADER = { state: 0, next: 1, used: 2, words: 4 } as const;
/** `full`: there was no room for the next one. */
export const STATE = { pending: 0, done: 1, full: 2 } as const;

export interface ReadRequests {
  readonly paths: readonly string[];
  readonly wanted: readonly Wanted[];
  readonly capsBytes: readonly number[];
  readonly from: number;
  readonly shared: SharedArrayBuffer;
}

export function viewsOf(
  shared: SharedArrayBuffer,
  count: number,
): { header: Int32Array; results: Int32Array; content: Buffer } {
  const header = new Int32Array(shared, 0, HEADER.words);
  const results = new Int32Array(shared, header.byteLength, count);
  return { header, results, content: Buffer.from(shared, header.byteLength + results.byteLength) };
}
