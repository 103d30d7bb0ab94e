/** Bytes as text and back: names in the kernel are bytes, mostly UTF-8 and nearly always ASCII. Pure. */

declare global {
  /** What `toString` comes down to. Of that V8 compiles six functions at the first call, 0.1 ms of a command that takes 20. */
  interface Buffer {
    latin1Slice(start: number, end: number): string;
    utf8Slice(start: number, end: number): string;
  }
}

const NOT_ASCII = /[^\0-\x7f]/;

/** A character for a byte. @param to at most its length */
export function latin1In(bytes: Buffer, from = 0, to = bytes.length): string {
  return bytes.latin1Slice(from, to);
}

/** @param to at most its length */
export function utf8In(bytes: Buffer, from = 0, to = bytes.length): string {
  return bytes.utf8Slice(from, to);
}

/** What text with a character for a byte looks like. */
export function asText(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** With a character for a byte: of text that somebody typed, or that was decoded from UTF-8. */
export function asBytes(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
