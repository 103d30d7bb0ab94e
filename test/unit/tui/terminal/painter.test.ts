import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitEnd, isSingle } from '../../../../src/model/width.ts';
import type { ScreenLine, Style, Tone } from '../../../../tui/screen-line.ts';
import { Painter } from '../../../../tui/terminal/painter.ts';
import { paletteFor } from '../../../../tui/terminal/palette.ts';

const COLOUR = paletteFor('dark', '16');
const MONO = paletteFor('dark', 'mono');
const plain: Style = { tone: 'plain', selected: false };
const lines = (...texts: readonly string[]): ScreenLine[] => texts.map((text) => [{ text, style: plain }]);

class FakeOutput {
  readonly sent: string[] = [];
  busy = false;
  room = Number.POSITIVE_INFINITY;
  send(text: string): void {
    this.sent.push(text);
  }
}

function painted(palette = COLOUR) {
  const output = new FakeOutput();
  return { output, painter: new Painter(output, palette) };
}

describe('drawing', () => {
  it('writes only what changed, and nothing when nothing did', () => {
    const { output, painter } = painted();
    painter.draw(lines('one', 'two', 'three'));
    painter.draw(lines('one', 'tWo', 'three'));
    painter.draw(lines('one', 'tWo', 'three'));
    expect(output.sent.length).toBe(2);
    expect(output.sent[1]).toBe('\x1b[?2026h\x1b[2;2H\x1b[0mW\x1b[0m\x1b[?2026l');
  });

  it('clears and writes all after the screen was lost', () => {
    const { output, painter } = painted();
    painter.draw(lines('one'));
    painter.forget();
    painter.draw(lines('one'));
    expect(output.sent[1]).toContain('\x1b[2J');
    expect(output.sent[1]).toContain('one');
  });

  it('sends nothing while the terminal is busy, then the newest', () => {
    const { output, painter } = painted();
    output.busy = true;
    painter.draw(lines('old'));
    painter.draw(lines('new'));
    expect(output.sent).toEqual([]);
    output.busy = false;
    painter.goOn();
    painter.goOn();
    expect(output.sent.length).toBe(1);
    expect(output.sent[0]).toContain('new');
  });

  it('sends a large frame in pieces, each row in its turn', () => {
    const { output, painter } = painted();
    painter.draw(lines('a0', 'b0', 'c0'));
    output.room = 1;
    painter.draw(lines('a1', 'b1', 'c1'));
    painter.draw(lines('a2', 'b2', 'c2'));
    painter.draw(lines('a3', 'b3', 'c3'));
    painter.goOn();
    painter.goOn();
    painter.goOn();
    // Row and new second character.
    const pieces = output.sent.slice(1).map((piece) => /\[(\d);2H\x1b\[0m(\d)/.exec(piece)?.slice(1).join());
    expect(pieces).toEqual(['1,1', '2,2', '3,3', '1,3', '2,3']);
  });

  it('places the cursor by number after text whose width the terminal may see differently', () => {
    const { output, painter } = painted();
    painter.draw([
      [
        { text: '数据', style: plain },
        { text: '|', style: plain },
      ],
    ]);
    expect(output.sent[0]).toContain('数据\x1b[1;5H|');
  });
});

describe('attributes', () => {
  it.each([
    ['watch', false, '0;33', '0;1'],
    ['act', false, '0;1;31', '0;1'],
    ['frozen', false, '0;36', '0'],
    ['heading', true, '0;1;7', '0;1;7'],
    ['act', true, '0;1;7;31', '0;1;7'],
  ] as const)('of %s, selected %s', (tone, selected, colour, mono) => {
    for (const [palette, expected] of [
      [COLOUR, colour],
      [MONO, mono],
    ] as const) {
      const { output, painter } = painted(palette);
      painter.draw([
        [
          { text: '|', style: { tone: 'bar', selected: false } },
          { text: 'x', style: { tone, selected } },
        ],
      ]);
      expect(output.sent[0]).toContain(`\x1b[${expected}mx`);
    }
  });

  it('change with the palette, on every line', () => {
    const { output, painter } = painted();
    painter.draw(lines('one', 'two'));
    painter.setPalette(MONO);
    painter.draw(lines('one', 'two'));
    expect(output.sent[1]).toMatch(/one.*two/s);
    expect(output.sent[1]).not.toContain('\x1b[2J');
  });
});

/** Terminals that do not agree on widths: in columns per character beyond ASCII; undefined for what xterm says. */
const TERMINALS: readonly (readonly [string, ((codePoint: number) => 0 | 1 | 2) | undefined])[] = [
  ['xterm', undefined],
  ['one that shows lines and blocks in two columns', (code) => (code >= 0x2500 && code < 0x2900 ? 2 : 1)],
  ['one that shows everything in one column', () => 1],
  ['one that shows everything in two columns', () => 2],
  ['one that shows nothing it does not know', (code) => (code >= 0x2e80 ? 0 : 1)],
];

type Headless = InstanceType<typeof xterm.Terminal>;

function headless(size: Size, widthOf: ((codePoint: number) => 0 | 1 | 2) | undefined): Headless {
  const terminal = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true });
  if (widthOf === undefined) return terminal;
  const wcwidth = (code: number): 0 | 1 | 2 => (code < 0x7f ? 1 : widthOf(code));
  terminal.unicode.register({
    version: 'other',
    wcwidth,
    charProperties: (code, before) => {
      const width = wcwidth(code);
      const joins = width === 0 && before !== 0;
      return ((joins ? Math.max(width, (before >> 1) & 3) : width) << 1) | (joins ? 1 : 0);
    },
  });
  terminal.unicode.activeVersion = 'other';
  return terminal;
}

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Each line of `frame` lays out its texts in one of these ways: widths of spans, the rest is one more. */
const LAYOUTS: readonly (readonly number[])[] = [[6, 4, 8, 5, 3], [6, 4, 8, 5], [1, 1, 10, 2], []];
const TEXTS = [
  ...['', ' 12.5', '148.2', '1.2M', 'running', 'checkout-api', 'x'],
  ...['▁▂▃▄▅▆▇█', '▇▇▅░░', '─╮╭', '⣿⡇', '…'],
  ...['数据库', 'データ', '한글', '🚀', '👨‍👩‍👧', '🏳️‍🌈', 'e\u0301te\u0301', 'ก็', '♥️', '1️⃣'],
];
const TONES: readonly Tone[] = ['plain', 'act', 'bar', 'faint'];

interface Cell {
  readonly text: string;
  readonly tone: Tone;
  readonly selected: boolean;
}
type Row = { readonly layout: number; readonly cells: readonly Cell[] };
type Step =
  | { readonly kind: 'frame'; readonly rows: readonly Row[]; readonly room: number }
  /** The frame before, with one cell of it another one. */
  | { readonly kind: 'change'; readonly row: number; readonly at: number; readonly cell: Cell }
  | { readonly kind: 'resize'; readonly size: Size }
  | { readonly kind: 'go on' | 'palette' };

const aCell = fc.record({
  text: fc.constantFrom(...TEXTS),
  tone: fc.constantFrom(...TONES),
  selected: fc.boolean(),
});
const aRow = fc.record({
  layout: fc.nat(LAYOUTS.length - 1),
  cells: fc.array(aCell, { minLength: 6, maxLength: 6 }),
});
const aSize = fc.record({ columns: fc.integer({ min: 27, max: 40 }), rows: fc.integer({ min: 1, max: 4 }) });
const aStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('frame' as const),
      rows: fc.array(aRow, { minLength: 4, maxLength: 4 }),
      room: fc.constantFrom(1, 20, 10_000),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      row: fc.nat(3),
      at: fc.nat(5),
      cell: aCell,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), size: aSize }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('go on' as const, 'palette' as const) }) },
);

function toLines(rows: readonly Row[], { columns, rows: count }: Size): ScreenLine[] {
  return rows.slice(0, count).map(({ layout, cells }) => {
    const widths = LAYOUTS[layout] ?? [];
    const rest = columns - widths.reduce((sum, width) => sum + width, 0);
    return [...widths, rest].map((width, i) => {
      const { text, tone, selected } = cells[i] ?? { text: '', tone: 'plain', selected: false };
      return { text: fitEnd(text, width), style: { tone, selected } };
    });
  });
}

/** What a reader sees: characters with their colours, and of blanks whether they are of another colour. */
function visible(terminal: Headless, attributes: boolean): string[] {
  return Array.from({ length: terminal.rows }, (_, row) => {
    const line = terminal.buffer.active.getLine(row);
    return Array.from({ length: terminal.cols }, (_unused, column) => {
      const cell = line?.getCell(column);
      const text = cell?.getChars() ?? '';
      const blank = text === '' || text === ' ';
      const ink = blank ? '' : `${cell?.getFgColor()},${cell?.isBold()},${cell?.isDim()}`;
      return `${blank ? ' ' : text}${attributes ? `${ink}/${cell?.isInverse()}` : ''}`;
    }).join('|');
  });
}

const take = (terminal: Headless, text: string) =>
  new Promise<void>((resolve) => terminal.write(text, resolve));

async function shownAfter(
  widthOf: ((codePoint: number) => 0 | 1 | 2) | undefined,
  steps: readonly Step[],
): Promise<{ terminal: Headless; size: Size; last: readonly Row[]; colour: boolean }> {
  let size: Size = { columns: 34, rows: 3 };
  const terminal = headless(size, widthOf);
  await take(terminal, '\x1b[?1049h\x1b[?7l');
  const { output, painter } = painted();
  let last: readonly Row[] = [];
  let colour = true;
  for (const step of steps) {
    if (step.kind === 'frame') {
      output.room = step.room;
      last = step.rows;
    }
    if (step.kind === 'change') {
      last = last.map((row, i) =>
        i === step.row ? { ...row, cells: row.cells.with(step.at, step.cell) } : row,
      );
    }
    if (step.kind === 'resize') {
      size = step.size;
      terminal.resize(size.columns, size.rows);
      painter.forget();
    }
    if (step.kind === 'palette') {
      colour = !colour;
      painter.setPalette(colour ? COLOUR : MONO);
    }
    if (step.kind === 'go on') painter.goOn();
    else painter.draw(toLines(last, size));
    await take(terminal, output.sent.splice(0).join(''));
  }
  for (let sent = 1; sent > 0; sent = output.sent.splice(0).length) {
    painter.goOn();
    await take(terminal, output.sent.join(''));
  }
  return { terminal, size, last, colour };
}

describe('whatever was drawn before', { timeout: 60_000 }, () => {
  it.each(TERMINALS)('%s shows the last frame, and nothing else', async (_name, widthOf) => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { terminal, size, last, colour } = await shownAfter(widthOf, steps);
        const fresh = headless(size, widthOf);
        const { output, painter } = painted(colour ? COLOUR : MONO);
        painter.draw(toLines(last, size));
        await take(fresh, `\x1b[?1049h\x1b[?7l${output.sent.join('')}`);
        // Half of a wide character that another cut is blank, in a colour on which terminals do not agree either.
        const attributes = widthOf === undefined;
        expect(visible(terminal, attributes)).toEqual(visible(fresh, attributes));
        terminal.dispose();
        fresh.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('a line of characters that all terminals agree on reads as it was meant', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { terminal, size, last } = await shownAfter(undefined, steps);
        for (const [row, line] of toLines(last, size).entries()) {
          const text = line.map((span) => span.text).join('');
          if (isSingle(text))
            expect(terminal.buffer.active.getLine(row)?.translateToString(false, 0, size.columns)).toBe(text);
        }
        terminal.dispose();
      }),
      { numRuns: 60 },
    );
  });
});
