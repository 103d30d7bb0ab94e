/**
 * Texts as people sort them: case hardly counts, and numbers in them by their value. Of ASCII in the order that the Unicode
 * Collation Algorithm gives it, without its tables, which take 6 ms to load; of everything else by them. Pure.
 * @see https://www.unicode.org/reports/tr10/
 */

const PRINTABLE = /^[\x20-\x7e]*$/;
/** Longer numbers come in pieces in ICU. */
const LONG_NUMBER = /\d{200}/;
const PUNCTUATION = ' _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$';
const [FIRST_DIGIT, LAST_DIGIT] = [0x30, 0x39];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** By character code: what counts first. Digits all have one weight, and letters that of their small form. */
const WEIGHTS = weights();

function weights(): Uint8Array {
  const found = new Uint8Array(128);
  [...PUNCTUATION].forEach((character, rank) => {
    found[character.charCodeAt(0)] = rank + 1;
  });
  found.fill(PUNCTUATION.length + 1, FIRST_DIGIT, LAST_DIGIT + 1);
  [...LETTERS].forEach((letter, rank) => {
    for (const form of [letter, letter.toUpperCase()])
      found[form.charCodeAt(0)] = PUNCTUATION.length + 2 + rank;
  });
  return found;
}

let collator: Intl.Collator | undefined;

/** `web-2` before `web-10`. Below 0, 0 or above, as sort() wants it. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (isPlain(a) && isPlain(b)) return comparePlain(a, b);
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

function isPlain(text: string): boolean {
  return PRINTABLE.test(text) && !LONG_NUMBER.test(text);
}

function comparePlain(a: string, b: string): number {
  let [i, j] = [0, 0];
  /** Small letters first, where nothing else differs. */
  let byCase = 0;
  while (i < a.length && j < b.length) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(j)];
    const difference = (WEIGHTS[one] ?? 0) - (WEIGHTS[other] ?? 0);
    if (difference !== 0) return difference;
    if (isDigit(one)) {
      const [endOfA, endOfB] = [endOfNumber(a, i), endOfNumber(b, j)];
      const byValue = compareNumbers(a.slice(i, endOfA), b.slice(j, endOfB));
      if (byValue !== 0) return byValue;
      [i, j] = [endOfA, endOfB];
    } else {
      if (byCase === 0) byCase = other - one;
      i += 1;
      j += 1;
    }
  }
  return a.length - i - (b.length - j) || byCase;
}

function isDigit(code: number): boolean {
  return code >= FIRST_DIGIT && code <= LAST_DIGIT;
}

function endOfNumber(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

function compareNumbers(a: string, b: string): number {
  const [one, other] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (one.length !== other.length) return one.length - other.length;
  return Number(one > other) - Number(one < other);
}
