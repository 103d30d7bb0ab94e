/** What a mount visitor and its thread share: some words, then a text (a path, or an errno's name). */
export const WORDS = { state: 0, result: 1, fd: 2, length: 3, answers: 4, count: 5 } as const;
export const STATE = { idle: 0, asked: 1, failed: 2 } as const;
export const TEXT_BYTES = 64;
/** unshare(2): root and working directory of the calling thread alone. */
export const CLONE_FS = 0x200;

export interface VisitorShared {
  readonly shared: SharedArrayBuffer;
}
