/** Bytes as strace writes them: a C string, all that is not printable ASCII escaped. Harmless on a terminal by that. */

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
]);

export function quoted(bytes: Uint8Array): string {
  let text = '';
  for (const [i, byte] of bytes.entries()) {
    const known = ESCAPES.get(byte);
    if (known !== undefined) text += known;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    // Three digits where a digit follows, so that it is not taken for one of ours.
    else text += `\\${byte.toString(8).padStart(isDigit(bytes[i + 1]) ? 3 : 1, '0')}`;
  }
  return `"${text}"`;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
