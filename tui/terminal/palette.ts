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
  watch: BOLD,
  act: BOLD,
  frozen: '',
  bar: REVERSE,
  cursor: REVERSE,
};

export const COLOUR: Palette = {
  ...MONO,
  faint: FAINT,
  watch: '33',
  act: '1;31',
  frozen: '36',
};

export function sgr(style: Style, palette: Palette): string {
  const attributes = palette[style.tone];
  // Faint and reversed together is unreadable on many terminals.
  const shown = style.selected ? [attributes === FAINT ? '' : attributes, REVERSE] : [attributes];
  const codes = shown.filter((code) => code !== '').join(';');
  return codes === '' ? '' : `\x1b[${codes}m`;
}
