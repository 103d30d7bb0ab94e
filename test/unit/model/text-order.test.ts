/** The order of texts is ICU's, whether its tables are asked or not. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareText } from '../../../src/model/text-order.ts';

const icu = new Intl.Collator('en', { numeric: true });
const byIcu = (a: string, b: string) => Math.sign(icu.compare(a, b));

it.each<[string, string, number]>([
  ['web-2', 'web-10', -1],
  ['Web', 'web', 1],
  ['web', 'Web2', -1],
  ['a_b', 'a-b', -1],
  ['a', 'ab', -1],
  ['007', '7', 0],
  ['a1', 'A01', -1],
  ['', ' ', -1],
  ['ä', 'z', -1],
  ['9'.repeat(300), `1${'0'.repeat(300)}`, 1],
])('%j and %j', (a, b, order) => {
  expect(Math.sign(compareText(a, b))).toBe(order);
  expect(Math.sign(compareText(b, a))).toBe(0 - order);
  expect(byIcu(a, b)).toBe(order);
});

const few = fc.string({ unit: fc.constantFrom(...'aAbB01 -_./~$z'), maxLength: 8 });
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

it.each([
  ['few characters', few],
  ['printable ASCII', printable],
  ['anything', fc.string({ unit: 'grapheme' })],
])('as ICU has it: %s', (_, texts) => {
  fc.assert(
    fc.property(texts, texts, (a, b) => Math.sign(compareText(a, b)) === byIcu(a, b)),
    { numRuns: 3000 },
  );
});
