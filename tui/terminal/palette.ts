/** Meanings to terminal attributes. Without colour, bold and reverse still tell headings, trouble and selection apart. */
import type { Style, Tone } from '../screen-line.ts';
import type { ColourDepth } from './abilities.ts';
import { type Colour, type Look, THEMES, type ThemeName } from './themes.ts';

/** The sequence for each tone, as it stands in a row and in the selected one: it holds whatever was in force before. */
export interface Palette {
  readonly plain: Readonly<Record<Tone, string>>;
  readonly selected: Readonly<Record<Tone, string>>;
}

const BOLD = '1';
const FAINT = '2';
const UNDERLINE = '4';
const REVERSE = '7';

export function paletteFor(theme: ThemeName, depth: ColourDepth): Palette {
  const { looks } = THEMES[depth === 'mono' ? 'mono' : theme];
  return {
    plain: mapTones(looks, (look) => sgrOf(look, depth)),
    // Faint and reversed together is unreadable on many terminals, and grey on grey too.
    selected: mapTones(looks, ({ faint, colour, ...look }) =>
      sgrOf({ ...look, ...(faint || colour === undefined ? {} : { colour }), reverse: true }, depth),
    ),
  };
}

export function sgr({ tone, selected }: Style, palette: Palette): string {
  return palette[selected ? 'selected' : 'plain'][tone];
}

function sgrOf({ bold, faint, underline, reverse, colour }: Look, depth: ColourDepth): string {
  // Of the 16 there is no grey that is readable everywhere: faint is the user's own colour, dimmed.
  const dimmed = faint === true && depth === '16';
  const numbers = [
    bold ? BOLD : '',
    dimmed ? FAINT : '',
    underline ? UNDERLINE : '',
    reverse ? REVERSE : '',
    dimmed || colour === undefined ? '' : foreground(colour, depth),
  ];
  return `\x1b[${['0', ...numbers.filter((each) => each !== '')].join(';')}m`;
}

function foreground({ sixteen, indexed, rgb }: Colour, depth: ColourDepth): string {
  switch (depth) {
    case 'mono':
      return '';
    case '16':
      return String(sixteen);
    case '256':
      return `38;5;${indexed}`;
    case 'true':
      return `38;2;${rgb.join(';')}`;
  }
}

function mapTones(
  looks: Readonly<Record<Tone, Look>>,
  sequence: (look: Look) => string,
): Readonly<Record<Tone, string>> {
  return {
    plain: sequence(looks.plain),
    faint: sequence(looks.faint),
    strong: sequence(looks.strong),
    heading: sequence(looks.heading),
    title: sequence(looks.title),
    tab: sequence(looks.tab),
    good: sequence(looks.good),
    watch: sequence(looks.watch),
    act: sequence(looks.act),
    frozen: sequence(looks.frozen),
    bar: sequence(looks.bar),
    cursor: sequence(looks.cursor),
    'chart-1': sequence(looks['chart-1']),
    'chart-2': sequence(looks['chart-2']),
    'chart-3': sequence(looks['chart-3']),
    'chart-4': sequence(looks['chart-4']),
  };
}
