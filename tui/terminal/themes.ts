/**
 * The themes, as data: which look each meaning has. A look is attributes and a colour; a colour is given three times, for
 * terminals of 16 colours (whose exact hues are the user's), 256, and all.
 *
 * Held by tests: every colour is readable on the backgrounds its theme is for, and in `colour-blind` what is well differs
 * from what is not for eyes without red or without green.
 */
import type { Tone } from '../screen-line.ts';

export type ThemeName = 'dark' | 'light' | 'mono' | 'colour-blind';

export interface Colour {
  /** SGR number of the foreground: 30 to 37, 90 to 97. */
  readonly sixteen: number;
  /** Of the 256, one of the upper 240, which no user changes. */
  readonly indexed: number;
  readonly rgb: readonly [number, number, number];
}

export interface Look {
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly reverse?: boolean;
  /** Where there is no colour for it. */
  readonly faint?: boolean;
  readonly colour?: Colour;
}

export interface Theme {
  readonly description: string;
  readonly looks: Readonly<Record<Tone, Look>>;
}

const MONO: Theme['looks'] = {
  plain: {},
  faint: {},
  strong: { bold: true },
  heading: { bold: true },
  title: { bold: true },
  tab: { bold: true, reverse: true },
  good: {},
  watch: { bold: true },
  act: { bold: true },
  frozen: {},
  bar: { reverse: true },
  cursor: { reverse: true },
  'chart-1': {},
  'chart-2': {},
  'chart-3': {},
  'chart-4': {},
};

const colour = (sixteen: number, indexed: number, red: number, green: number, blue: number): Colour => ({
  sixteen,
  indexed,
  rgb: [red, green, blue],
});

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: {
    description: 'for a dark background',
    looks: {
      ...MONO,
      faint: { faint: true, colour: colour(37, 246, 0x94, 0x9a, 0xa5) },
      title: { bold: true, colour: colour(36, 117, 0x87, 0xd7, 0xff) },
      good: { colour: colour(32, 114, 0x8c, 0xcf, 0x7e) },
      watch: { colour: colour(33, 221, 0xff, 0xd1, 0x66) },
      act: { bold: true, colour: colour(31, 203, 0xff, 0x6b, 0x6b) },
      frozen: { colour: colour(36, 80, 0x67, 0xd4, 0xd8) },
      'chart-1': { colour: colour(32, 114, 0x8c, 0xcf, 0x7e) },
      'chart-2': { colour: colour(94, 75, 0x6c, 0xb2, 0xff) },
      'chart-3': { colour: colour(35, 176, 0xd6, 0x8f, 0xe0) },
      'chart-4': { colour: colour(37, 180, 0xdc, 0xb4, 0x8c) },
    },
  },
  light: {
    description: 'for a light background',
    looks: {
      ...MONO,
      faint: { faint: true, colour: colour(30, 242, 0x63, 0x69, 0x74) },
      title: { bold: true, colour: colour(34, 25, 0x0b, 0x5c, 0xad) },
      // No green, yellow or cyan of the 16 can be read on white.
      good: { colour: colour(34, 28, 0x1e, 0x7b, 0x1e) },
      watch: { colour: colour(35, 130, 0x9a, 0x58, 0x00) },
      act: { bold: true, colour: colour(31, 160, 0xc4, 0x16, 0x16) },
      frozen: { colour: colour(34, 24, 0x00, 0x6a, 0x75) },
      'chart-1': { colour: colour(34, 28, 0x1e, 0x7b, 0x1e) },
      'chart-2': { colour: colour(35, 26, 0x1f, 0x5f, 0xd0) },
      'chart-3': { colour: colour(31, 90, 0x86, 0x1f, 0x96) },
      'chart-4': { colour: colour(30, 94, 0x7a, 0x55, 0x1e) },
    },
  },
  'colour-blind': {
    description: 'blue and orange, no red against green; any background',
    looks: {
      ...MONO,
      faint: { faint: true, colour: colour(90, 243, 0x78, 0x7c, 0x84) },
      title: { bold: true, colour: colour(94, 32, 0x1f, 0x86, 0xd1) },
      good: { colour: colour(94, 32, 0x1f, 0x86, 0xd1) },
      watch: { colour: colour(31, 166, 0xc8, 0x6a, 0x00) },
      act: { bold: true, underline: true, colour: colour(31, 166, 0xd5, 0x5e, 0x00) },
      frozen: { underline: true, colour: colour(94, 32, 0x1f, 0x86, 0xd1) },
      'chart-1': { colour: colour(94, 32, 0x1f, 0x86, 0xd1) },
      'chart-2': { colour: colour(31, 166, 0xc8, 0x6a, 0x00) },
      'chart-3': { colour: colour(90, 243, 0x78, 0x7c, 0x84) },
      'chart-4': { colour: colour(35, 133, 0xa8, 0x57, 0xa8) },
    },
  },
  mono: { description: 'no colours: bold and reverse only', looks: MONO },
};

/** In the order in which menus offer them. */
export const THEME_NAMES: readonly ThemeName[] = ['dark', 'light', 'colour-blind', 'mono'];
