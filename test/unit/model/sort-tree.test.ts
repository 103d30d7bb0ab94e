import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Container } from '../../../src/model/host-model.ts';
import { treeOrder } from '../../../src/model/sort.ts';
import { bareContainer } from './example-container.ts';

/** `a b<a` is a and its child b. */
function family(text: string): Container[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [key = '', parent] = word.split('<');
      const { parent: _none, ...container } = bareContainer({ key, name: key });
      return parent === undefined ? container : { ...container, parent };
    });
}
const drawn = (text: string, ascii = false) =>
  treeOrder(family(text), ascii).map((row) => row.prefix + row.container.key);

describe('treeOrder', () => {
  it.each([
    ['nothing', '', []],
    ['flat, in the order given', 'b a c', ['b', 'a', 'c']],
    ['children after their parent, in the order given', 'c<a b<a a', ['a', '├─ c', '└─ b']],
    ['deeper', 'a b<a c<b d<a e<d', ['a', '├─ b', '│  └─ c', '└─ d', '   └─ e']],
    ['an orphan stands on top', 'a b<gone c<b', ['a', 'b', '└─ c']],
    ['its own parent', 'a<a b<a', ['a', '└─ b']],
    ['a ring, entered at its first', 'x a<b b<a', ['x', 'a', '└─ b']],
    ['a ring with a tail', 'c<a a<b b<a', ['c', 'a', '└─ b']],
  ])('%s', (_name, input, expected) => {
    expect(drawn(input)).toEqual(expected);
  });

  it('draws in ASCII where it must', () => {
    expect(drawn('a b<a c<b d<a', true)).toEqual(['a', '|- b', '|  `- c', '`- d']);
  });

  it('says how deep a row is and whether it is the last of its parent', () => {
    expect(treeOrder(family('a b<a c<a')).map((row) => [row.depth, row.lastChild])).toEqual([
      [0, true],
      [1, false],
      [1, true],
    ]);
  });

  it('holds a chain of thousands', () => {
    const chain = Array.from({ length: 5000 }, (_, i) => `${i}<${i - 1}`).join(' ');
    expect(treeOrder(family(chain)).at(-1)?.depth).toBe(4999);
  });

  it('shows every container once, whatever their parents say', () => {
    const key = fc.constantFrom(...'abcdefgh');
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.option(key)), { maxLength: 12 }), (pairs) => {
        const list = family(
          pairs.map(([own, parent]) => (parent === null ? own : `${own}<${parent}`)).join(' '),
        );
        const rows = treeOrder(list);
        expect(rows.length).toBe(list.length);
        expect(new Set(rows.map((row) => row.container))).toEqual(new Set(list));
      }),
    );
  });
});
