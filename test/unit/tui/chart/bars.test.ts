import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/model/width.ts';
import { meter, sparkline } from '../../../../tui/chart/bars.ts';

const { NaN: NONE, POSITIVE_INFINITY: ENDLESS } = Number;

describe('a sparkline', () => {
  it.each<[string, readonly number[], number, number, string]>([
    ['has eight levels', [0, 1, 2, 3, 4, 5, 6, 7], 8, 8, '▁▂▃▄▅▆▇█'],
    ['stays within its scale', [-1, 9, ENDLESS], 3, 8, '▁██'],
    ['is blank where nothing is known', [8, NONE, 8], 3, 8, '█ █'],
    ['has the newest at the right', [8], 4, 8, '   █'],
    ['shows the highest of values that share a column', [0, 8, 0, 0, 0, NONE], 3, 8, '█▁▁'],
    ['leaves out nothing at the left', [8, 0, 0, 0, 0], 2, 8, '█▁'],
    ['is flat on a scale that is not one', [0, 5], 2, 0, '▁█'],
    ['is blank without values', [], 3, 8, '   '],
  ])('%s', (_name, values, width, max, expected) => {
    expect(sparkline(values, width, { max, unicode: true })).toBe(expected);
  });

  it('is ASCII without Unicode', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8, { max: 8, unicode: false })).toBe('_.-~=+*#');
  });
});

describe('a meter', () => {
  it.each<[number, number, string]>([
    [0, 6, '░░░░░░'],
    [0.001, 6, '▇░░░░░'],
    [0.5, 6, '▇▇▇░░░'],
    [0.999, 6, '▇▇▇▇▇░'],
    [1, 6, '▇▇▇▇▇▇'],
    [ENDLESS, 3, '▇▇▇'],
    [-1, 3, '░░░'],
    [NONE, 3, '   '],
    [0.5, 0, ''],
  ])('of %d in %i columns is %j', (ratio, width, expected) => {
    expect(meter(ratio, width, true)).toBe(expected);
  });

  it('is ASCII without Unicode', () => {
    expect(meter(0.7, 6, false)).toBe('####..');
  });
});

it('takes exactly its width, whatever the values', () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(NONE, ENDLESS, -ENDLESS, 1e300, 0));
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 130 }),
      fc.integer({ min: 0, max: 60 }),
      value,
      fc.boolean(),
      (values, width, max, unicode) => {
        const texts = [sparkline(values, width, { max, unicode }), meter(max, width, unicode)];
        for (const text of texts) {
          expect(displayWidth(text)).toBe(width);
          if (!unicode) expect(text).toMatch(/^[\x20-\x7e]*$/);
        }
      },
    ),
  );
});
