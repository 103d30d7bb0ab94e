import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/model/width.ts';
import type { Cell } from '../../../../tui/blocks.ts';
import { type ChartSpec, lineChart } from '../../../../tui/chart/chart.ts';
import { brailleOf, type Point, plotLine } from '../../../../tui/chart/plot.ts';
import { compose } from '../../../../tui/compose.ts';
import { glyphsFor } from '../../../../tui/glyphs.ts';
import { textOf } from '../screen-text.ts';

function chart(values: readonly (readonly number[])[], changes: Partial<ChartSpec> = {}): ChartSpec {
  const tones = ['chart-1', 'chart-2', 'chart-3'] as const;
  return {
    series: values.map((each, i) => ({ values: each, tone: tones[i % 3] ?? 'chart-1' })),
    width: 16,
    height: 3,
    max: 100,
    unicode: true,
    format: (value) => value.toFixed(0),
    ...changes,
  };
}

function textOfRows(rows: readonly (readonly Cell[])[], width: number): string[] {
  const on = { width, glyphs: glyphsFor(true), safe: (text: string) => text };
  return rows.map((cells) =>
    compose([{ kind: 'cells', cells }], on)
      .map(textOf)
      .join(''),
  );
}

function drawn(spec: ChartSpec): string[] {
  return textOfRows(lineChart(spec), spec.width);
}

const RAMP = [0, 20, 40, 60, 80, 100];

describe('a line chart', () => {
  it.each<[string, ChartSpec, string[]]>([
    [
      'goes from the bottom to the top of its scale',
      chart([RAMP]),
      ['  100┤      ⣀⠤⠒⠉', '     │   ⢀⡠⠊    ', '    0┤⡠⠔⠊⠁      '],
    ],
    [
      'is ASCII without Unicode',
      chart([RAMP], { unicode: false }),
      ["  100+      ..''", "     |   ..'    ", "    0+.:''      "],
    ],
    [
      'is interrupted where a value is not known',
      chart([[50, 50, Number.NaN, Number.NaN, 50, 50]], { unicode: false }),
      ['  100+          ', '     |...    ...', '    0+          '],
    ],
    [
      'shows a value that stands alone as a dot',
      chart([[Number.NaN, Number.NaN, 100, Number.NaN, Number.NaN]], { unicode: false }),
      ["  100+     '    ", '     |          ', '    0+          '],
    ],
    [
      'starts at the right while there are few values',
      chart([[0, 0, 0]], { span: 19, unicode: false }),
      ['  100+          ', '     |          ', '    0+        ..'],
    ],
    [
      'keeps within the scale what is beyond it',
      chart([[1e30, 1e30, -5, -5, Number.POSITIVE_INFINITY]], { unicode: false }),
      ["  100+'''.     :", "     |   '.   : ", "    0+    '..:  "],
    ],
    ['has no scale where there is no room for it', chart([[0, 0]], { width: 4, height: 1 }), ['⣀⣀⣀⣀']],
    ['is empty without values', chart([[]], { height: 1, unicode: false }), ['  100+          ']],
    ['is empty without lines', chart([], { height: 1, unicode: false }), ['  100+          ']],
  ])('%s', (_name, spec, expected) => {
    expect(drawn(spec)).toEqual(expected);
  });

  it('labels the middle of a high one', () => {
    const labels = drawn(chart([RAMP], { height: 7, unicode: false })).map((row) => row.slice(0, 6));
    expect(labels).toEqual(['  100+', '     |', '     |', '   50+', '     |', '     |', '    0+']);
  });

  it('gives each line its tone, the first on top, and dots the second', () => {
    const flat = (value: number) => [value, value];
    const [top, , bottom] = lineChart(chart([flat(0), flat(100), flat(0)]));
    expect(top?.slice(2)).toEqual([{ text: '⠁'.repeat(10), tone: 'chart-2', width: 10 }]);
    expect(bottom?.slice(2)).toEqual([{ text: '⣀'.repeat(10), tone: 'chart-1', width: 10 }]);
  });

  it('keeps a peak of a dotted line that lasts one sample', () => {
    const peak = Array.from({ length: 20 }, (_, i) => (i === 9 ? 100 : 0));
    expect(drawn(chart([peak.map(() => 0), peak], { unicode: false }))[0]).toMatch(/[':]/);
  });

  it('is drawn once for the same values, and anew for others and for another size', () => {
    const spec = chart([RAMP]);
    const rows = lineChart(spec);
    expect(lineChart({ ...spec, series: spec.series.map((each) => ({ ...each })) })).toBe(rows);
    expect(lineChart({ ...spec, width: 20 })).not.toBe(rows);
    expect(lineChart({ ...spec, unicode: false })).not.toBe(rows);
    expect(drawn(chart([[...RAMP].reverse()]))).not.toEqual(drawn(spec));
  });
});

it('has exactly its width and height, whatever the values', () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1, 0));
  fc.assert(
    fc.property(
      fc.array(fc.array(value, { maxLength: 130 }), { maxLength: 3 }),
      fc.record({
        width: fc.integer({ min: 0, max: 120 }),
        height: fc.integer({ min: 0, max: 20 }),
        max: value,
        unicode: fc.boolean(),
      }),
      (values, { width, height, max, unicode }) => {
        const rows = lineChart(chart(values, { width, height, max, unicode, format: String }));
        expect(rows.length).toBe(height);
        for (const cells of rows) {
          const columns = cells.reduce((sum, cell) => sum + (cell.width ?? displayWidth(cell.text)), 0);
          expect(columns).toBe(width);
          for (const { text, width: own } of cells.slice(-1)) expect(displayWidth(text)).toBe(own);
          if (!unicode) for (const { text } of cells) expect(text).toMatch(/^[\x20-\x7e]*$/);
        }
      },
    ),
    { numRuns: 300 },
  );
});

it('a line through values that repeat is the line through all of them', () => {
  const value = fc.constantFrom(Number.NaN, 0, 0, 0, 25, 25, 50, 99);
  const [width, height, span] = [12, 3, 40];
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), (values) => {
      const shown = values.slice(-span);
      const [right, bottom] = [width * 2 - 1, height * 4 - 1];
      const points = shown.map((each, i): Point => {
        const x = right - ((shown.length - 1 - i) * right) / (span - 1);
        return Number.isNaN(each) ? undefined : [Math.round(x), Math.round(bottom - (each / 100) * bottom)];
      });
      const expected = plotLine(points, width, height).map((row) => row.map(brailleOf).join(''));
      const rows = lineChart({
        series: [{ values, tone: 'chart-1' }],
        ...{ width, height, span, max: 100, unicode: true, format: String },
      });
      expect(rows.map((cells) => cells.map(({ text }) => text).join(''))).toEqual(expected);
    }),
  );
});
