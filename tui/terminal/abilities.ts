/** What a terminal can show, from what its environment says. Pure. */

/** `mono`: attributes, no colour at all. The others: how colours are named. */
export type ColourDepth = 'mono' | '16' | '256' | 'true';

type Environment = Readonly<Record<string, string | undefined>>;

/** Video terminals of old (the 525 alone has colours), and what terminfo calls mono with an ending of its own. */
const WITHOUT_COLOUR = /^(?:dumb|unknown|emacs|vt(?!525)\d.*|.*-mono|.*-m)$/;
/** GNU Screen reads the numbers of a colour in true colours as attributes, and passes the outer terminal's COLORTERM on. */
const GNU_SCREEN = /^screen(?:[.-]|$)/;
/** They have true colours, and their COLORTERM does not come along over ssh. */
const TRUE_COLOUR = /^(?:alacritty|contour|foot|wezterm|xterm-ghostty|xterm-kitty)(?:[.-]|$)|-direct/;

/** @see https://no-color.org: set and not empty means no colour, whatever it says. */
export function colourDepth(env: Environment): ColourDepth {
  const term = env['TERM'] ?? '';
  if ((env['NO_COLOR'] ?? '') !== '' || term === '' || WITHOUT_COLOUR.test(term)) return 'mono';
  const ownColorterm = !GNU_SCREEN.test(term) || inTmux(env);
  if (ownColorterm && /^(?:truecolor|24bit)$/.test(env['COLORTERM'] ?? '')) return 'true';
  if (TRUE_COLOUR.test(term)) return 'true';
  return /-256colou?r/.test(term) ? '256' : '16';
}

/** The fonts of the Linux console and of video terminals have blocks and lines, but no braille patterns. */
export function brailleFor(env: Environment): boolean {
  return !/^(?:linux|vt\d|cons|dumb$|$)/.test(env['TERM'] ?? '');
}

/** Then characters missing in the font of the Linux console have to be replaced (tui/terminal/console-font.ts). */
export function hasConsoleFont(env: Environment): boolean {
  return /^linux(?:-|$)/.test(env['TERM'] ?? '');
}

/** tmux calls itself `screen` by default, and has true colours. */
function inTmux(env: Environment): boolean {
  return (env['TMUX'] ?? '') !== '' && (env['STY'] ?? '') === '';
}
