/** Meanings to terminal attributes. Without colour, bold and reverse still tell headings, trouble and selection apart. */
import type { Style, Tone } from '../screen-line.ts';

export type Palette = Readonly<Record<Tone, string>>;

const BOLD = '1';
const FAINT = '2';
const REVERSE = '7';

export const MONO: Palette = {
  plain: '',
  faint: '',
  strong: BOLD,
  heading: BOLD,
  title: BOLD,
  tab: REVERSE,
  good: '',
  watch: BOLD,
  act: BOLD,
  frozen: '',
  bar: REVERSE,
  cursor: REVERSE,
  'chart-1': '',
  'chart-2': '',
  'chart-3': '',
  'chart-4': '',
};

export const COLOUR: Palette = {
  ...MONO,
  faint: FAINT,
  good: '32',
  watch: '33',
  act: '1;31',
  frozen: '36',
  'chart-1': '32',
  'chart-2': '36',
  'chart-3': '35',
  'chart-4': '33',
};

export function sgr(style: Style, palette: Palette): string {
  const attributes = palette[style.tone];
  // Faint and reversed together is unreadable on many terminals.
  const shown = style.selected ? [attributes === FAINT ? '' : attributes, REVERSE] : [attributes];
  const codes = shown.filter((code) => code !== '').join(';');
  return codes === '' ? '' : `\x1b[${codes}m`;
}
