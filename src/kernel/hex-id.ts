/** An id as OCI engines make them: 64 hexadecimal digits. Pure. */

/** Without a number of its own: an expression that counts to 64 is as long as that when it is compiled. */
const HEX = /^[0-9a-f]+$/;

export function isHexId(text: string): boolean {
  return text.length === 64 && HEX.test(text);
}
