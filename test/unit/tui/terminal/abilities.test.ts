import { describe, expect, it } from 'vitest';
import { brailleFor, colourDepth, hasConsoleFont } from '../../../../tui/terminal/abilities.ts';

describe('colour depth', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['no TERM', {}, 'mono'],
    ['the Linux console', { TERM: 'linux' }, '16'],
    ['xterm', { TERM: 'xterm' }, '16'],
    ['xterm with 256 colours', { TERM: 'xterm-256color' }, '256'],
    ['tmux', { TERM: 'tmux-256color' }, '256'],
    ['rxvt', { TERM: 'rxvt-unicode-256color' }, '256'],
    ['a direct one', { TERM: 'xterm-direct' }, 'true'],
    ['a direct one with fewer indices', { TERM: 'xterm-direct256' }, 'true'],
    ['COLORTERM=truecolor', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'true'],
    ['COLORTERM=24bit', { TERM: 'xterm', COLORTERM: '24bit' }, 'true'],
    ['an older COLORTERM', { TERM: 'xterm-256color', COLORTERM: 'gnome-terminal' }, '256'],
    ['kitty over ssh', { TERM: 'xterm-kitty' }, 'true'],
    ['alacritty over ssh', { TERM: 'alacritty' }, 'true'],
    ['foot with an ending', { TERM: 'foot-extra' }, 'true'],
    ['GNU Screen', { TERM: 'screen' }, '16'],
    ['GNU Screen with an outer COLORTERM', { TERM: 'screen', COLORTERM: 'truecolor', STY: '1.x' }, '16'],
    ['the same with 256', { TERM: 'screen-256color', COLORTERM: 'truecolor' }, '256'],
    ['the same, naming the outer one', { TERM: 'screen.xterm-256color', COLORTERM: 'truecolor' }, '256'],
    ['tmux as screen', { TERM: 'screen-256color', COLORTERM: 'truecolor', TMUX: '/tmp/x,1,0' }, 'true'],
    [
      'Screen in tmux',
      { TERM: 'screen-256color', COLORTERM: 'truecolor', TMUX: '/tmp/x,1,0', STY: '1.x' },
      '256',
    ],
    ['vt100', { TERM: 'vt100' }, 'mono'],
    ['vt220', { TERM: 'vt220' }, 'mono'],
    ['vt525, which has colours', { TERM: 'vt525' }, '16'],
    ['ansi without colours', { TERM: 'ansi-m' }, 'mono'],
    ['ansi', { TERM: 'ansi' }, '16'],
    ['xterm without colours', { TERM: 'xterm-mono' }, 'mono'],
    ['dumb', { TERM: 'dumb' }, 'mono'],
    ['NO_COLOR', { TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }, 'mono'],
    ['NO_COLOR=0 means it too', { TERM: 'xterm-256color', NO_COLOR: '0' }, 'mono'],
    ['an empty NO_COLOR does not', { TERM: 'xterm-256color', NO_COLOR: '' }, '256'],
  ])('%s', (_name, env, expected) => {
    expect(colourDepth(env)).toBe(expected);
  });
});

describe('braille', () => {
  it.each<readonly [string | undefined, boolean]>([
    ['xterm', true],
    ['xterm-256color', true],
    ['tmux-256color', true],
    ['screen', true],
    ['linux', false],
    ['linux-16color', false],
    ['vt100', false],
    ['cons25', false],
    ['dumb', false],
    [undefined, false],
  ])('%s', (term, expected) => {
    expect(brailleFor(term === undefined ? {} : { TERM: term })).toBe(expected);
  });
});

describe('the font of the Linux console', () => {
  it.each<readonly [string | undefined, boolean]>([
    ['linux', true],
    ['linux-16color', true],
    ['xterm', false],
    ['screen.linux', false],
    [undefined, false],
  ])('%s', (term, expected) => {
    expect(hasConsoleFont(term === undefined ? {} : { TERM: term })).toBe(expected);
  });
});
