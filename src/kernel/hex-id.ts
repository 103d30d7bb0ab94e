/** An id as OCI engines make them: 64 hexadecimal digits. Pure. */

/** Digit by digit: an expression takes longer to be compiled than this for all ids of a host. */
export function isHexId(text: string): boolean {
  return text.length === 64 && isHex(text);
}

/** Hexadecimal digits as the engines write them, and nothing else. */
function isHex(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isDigit && (code < 0x61 || code > 0x66)) return false;
  }
  return text !== '';
}
