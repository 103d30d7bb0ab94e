import { describe, expect, it } from 'vitest';
import type { ScreenLine, Style } from '../../../../tui/screen-line.ts';
import { Painter } from '../../../../tui/terminal/painter.ts';
import { paletteFor } from '../../../../tui/terminal/palette.ts';

const COLOUR = paletteFor('dark', '16');
const MONO = paletteFor('dark', 'mono');

const plain: Style = { tone: 'plain', selected: false };
const lines = (...texts: readonly string[]): ScreenLine[] => texts.map((text) => [{ text, style: plain }]);

class FakeOutput {
  readonly written: string[] = [];
  readonly #pending: (() => void)[] = [];
  write(text: string, done: () => void): void {
    this.written.push(text);
    this.#pending.push(done);
  }
  take(): void {
    for (const done of this.#pending.splice(0)) done();
  }
}

function painted(palette = COLOUR) {
  const output = new FakeOutput();
  return { output, painter: new Painter(output, palette) };
}

describe('drawing', () => {
  it('writes only lines that changed, and nothing when none did', () => {
    const { output, painter } = painted();
    painter.draw(lines('one', 'two', 'three'), () => undefined);
    painter.draw(lines('one', 'TWO', 'three'), () => undefined);
    painter.draw(lines('one', 'TWO', 'three'), () => undefined);
    expect(output.written.length).toBe(2);
    expect(output.written[1]).toContain('\x1b[2;1H');
    expect(output.written[1]).toContain('TWO');
    expect(output.written[1]).not.toMatch(/one|three/);
  });

  it('clears and writes all after the screen was lost', () => {
    const { output, painter } = painted();
    painter.draw(lines('one'), () => undefined);
    painter.forget();
    painter.draw(lines('one'), () => undefined);
    expect(output.written[1]).toContain('\x1b[2J');
    expect(output.written[1]).toContain('one');
  });

  it('is busy until the terminal took the frame', () => {
    const { output, painter } = painted();
    let ready = 0;
    painter.draw(lines('one'), () => {
      ready += 1;
    });
    expect([painter.busy, ready]).toEqual([true, 0]);
    output.take();
    expect([painter.busy, ready]).toEqual([false, 1]);
  });

  it('places the cursor by number after text whose width the terminal may see differently', () => {
    const { output, painter } = painted();
    painter.draw(
      [
        [
          { text: '数据', style: plain },
          { text: '|', style: plain },
        ],
      ],
      () => undefined,
    );
    expect(output.written[0]).toContain('数据\x1b[5G');
  });
});

describe('attributes', () => {
  it.each([
    ['watch', false, '0;33', '0;1'],
    ['act', false, '0;1;31', '0;1'],
    ['frozen', false, '0;36', '0'],
    ['plain', true, '0;7', '0;7'],
    ['act', true, '0;1;7;31', '0;1;7'],
  ] as const)('of %s, selected %s', (tone, selected, colour, mono) => {
    for (const [palette, expected] of [
      [COLOUR, colour],
      [MONO, mono],
    ] as const) {
      const { output, painter } = painted(palette);
      painter.draw([[{ text: 'x', style: { tone, selected } }]], () => undefined);
      expect(output.written[0]).toContain(`\x1b[${expected}mx`);
    }
  });
});
