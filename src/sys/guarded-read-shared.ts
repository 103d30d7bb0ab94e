/** What a guarded read and its thread share: a header of two words (state, length), then the bytes or the errno's name. */
export const HEADER_WORDS = 2;
export const STATE = { pending: 0, done: 1, failed: 2 } as const;

export interface ReadRequest {
  readonly path: string;
  readonly shared: SharedArrayBuffer;
}
