/** Themes as eyes see them: contrast as in WCAG 2.1, colour blindness as in Machado, Oliveira and Fernandes (2009). */
import { describe, expect, it } from 'vitest';
import type { Tone } from '../../../../tui/screen-line.ts';
import { paletteFor } from '../../../../tui/terminal/palette.ts';
import { type Colour, THEME_NAMES, THEMES, type ThemeName } from '../../../../tui/terminal/themes.ts';

type Rgb = readonly [number, number, number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
const BACKGROUNDS: readonly (readonly [ThemeName, readonly Rgb[]])[] = [
  ['dark', [BLACK]],
  ['light', [WHITE]],
  ['colour-blind', [BLACK, WHITE]],
  ['mono', []],
];

/** What xterm and the Linux console make of 30 to 37 and 90 to 97. */
const SIXTEEN: Readonly<Record<string, readonly string[]>> = {
  xterm: [
    ...['000000', 'cd0000', '00cd00', 'cdcd00', '0000ee', 'cd00cd', '00cdcd', 'e5e5e5'],
    ...['7f7f7f', 'ff0000', '00ff00', 'ffff00', '5c5cff', 'ff00ff', '00ffff', 'ffffff'],
  ],
  linux: [
    ...['000000', 'aa0000', '00aa00', 'aa5500', '0000aa', 'aa00aa', '00aaaa', 'aaaaaa'],
    ...['555555', 'ff5555', '55ff55', 'ffff55', '5555ff', 'ff55ff', '55ffff', 'ffffff'],
  ],
};

function sixteen(palette: string, sgr: number): Rgb {
  const index = sgr >= 90 ? sgr - 90 + 8 : sgr - 30;
  const number = Number.parseInt(SIXTEEN[palette]?.[index] ?? '', 16);
  if (Number.isNaN(number)) throw new Error(`${sgr} is no colour of the 16`);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

function indexed(index: number): Rgb {
  if (index < 16 || index > 255) throw new Error(`${index} is a colour that users change`);
  if (index >= 232) return [8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10];
  const level = (n: number): number => (n === 0 ? 0 : 55 + n * 40);
  const cube = index - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}

const linear = (byte: number): number => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function contrast(a: Rgb, b: Rgb): number {
  const [dark = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

const coloured = (name: ThemeName): (readonly [Tone, Colour])[] =>
  Object.entries(THEMES[name].looks).flatMap(([tone, { colour }]) =>
    colour === undefined ? [] : [[tone as Tone, colour] as const],
  );

describe('readable', () => {
  const cases = BACKGROUNDS.flatMap(([name, backgrounds]) =>
    backgrounds.flatMap((background) =>
      coloured(name).map(([tone, colour]) => [name, background.join(), tone, colour, background] as const),
    ),
  );

  it.each(cases)('%s on %s: %s', (name, _background, tone, colour, background) => {
    // On two backgrounds at once no colour reaches 4.5; 3 is what WCAG asks of large text and of marks.
    const enough = name === 'colour-blind' ? 3 : 4.5;
    expect(contrast(colour.rgb, background)).toBeGreaterThanOrEqual(enough);
    expect(contrast(indexed(colour.indexed), background)).toBeGreaterThanOrEqual(enough);
    if (tone === 'faint') return;
    for (const palette of ['xterm', 'linux']) {
      // Bold red is the bright one on the console.
      const bold = palette === 'linux' && THEMES[name].looks[tone].bold === true && colour.sixteen < 90;
      const shown = sixteen(palette, bold && background === BLACK ? colour.sixteen + 60 : colour.sixteen);
      expect(contrast(shown, background), palette).toBeGreaterThanOrEqual(2.5);
    }
  });
});

/** Linear RGB to what an eye without one kind of cone makes of it. */
const BLINDNESS: Readonly<Record<string, readonly Rgb[]>> = {
  'without red': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'without green': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** CIE L*a*b* (D65) of linear RGB. */
function lab([red, green, blue]: Rgb): Rgb {
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(colour: Rgb, matrix: readonly Rgb[]): Rgb {
  const [red, green, blue] = [linear(colour[0]), linear(colour[1]), linear(colour[2])];
  const [r = 0, g = 0, b = 0] = matrix.map(([x, y, z]) =>
    Math.min(1, Math.max(0, x * red + y * green + z * blue)),
  );
  return lab([r, g, b]);
}

const distance = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe('colour-blind', () => {
  const { looks } = THEMES['colour-blind'];
  const forms: Readonly<Record<string, (colour: Colour) => Rgb>> = {
    'true colour': ({ rgb }) => rgb,
    '256': (colour) => indexed(colour.indexed),
    '16 of xterm': (colour) => sixteen('xterm', colour.sixteen),
    '16 of the console': (colour) => sixteen('linux', colour.sixteen),
  };
  const cases = Object.keys(BLINDNESS).flatMap((eye) =>
    Object.keys(forms).map((form) => [eye, form] as const),
  );

  it.each(cases)('%s, %s: what is well differs from what is not', (eye, form) => {
    const shownAs = (tone: Tone): Rgb => {
      const colour = looks[tone].colour;
      const matrix = BLINDNESS[eye];
      const toRgb = forms[form];
      if (colour === undefined || matrix === undefined || toRgb === undefined) throw new Error('no colour');
      return seen(toRgb(colour), matrix);
    };
    for (const trouble of ['watch', 'act'] as const)
      for (const well of ['good', 'frozen'] as const)
        expect(distance(shownAs(trouble), shownAs(well)), `${trouble}, ${well}`).toBeGreaterThan(40);
  });

  it('says with more than the colour which trouble is worse', () => {
    expect(looks.act.bold).not.toBe(looks.watch.bold);
  });
});

describe('every theme', () => {
  it.each(THEME_NAMES)('%s has no colour without colour', (name) => {
    for (const sequence of Object.values(paletteFor(name, 'mono').plain))
      expect(sequence).toMatch(/^\x1b\[0[;147]*m$/);
  });

  const everywhere = THEME_NAMES.flatMap((name) =>
    (['16', '256', 'true', 'mono'] as const).map((depth) => [name, depth] as const),
  );
  it.each(everywhere)('%s in %s shows trouble, titles and the selection', (name, depth) => {
    const { plain, selected } = paletteFor(name, depth);
    for (const tone of ['act', 'watch', 'heading', 'title', 'tab', 'strong', 'bar', 'cursor'] as const)
      expect(plain[tone], tone).not.toBe(plain.plain);
    for (const [tone, sequence] of Object.entries(selected)) expect(sequence, tone).toMatch(/;7[;m]/);
  });

  it('is listed once', () => {
    expect([...THEME_NAMES].sort()).toEqual(Object.keys(THEMES).sort());
  });
});
