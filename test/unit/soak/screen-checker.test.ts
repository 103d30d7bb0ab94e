/** The soak of the dashboard finds what it looks for, on screens that are made up. */
import { describe, expect, it } from 'vitest';
import type { Member } from '../../soak/crowd.ts';
import { ScreenChecker } from '../../soak/screen-checker.ts';

const member = (name: string, changes: Partial<Member> = {}): [string, Member] => {
  const processes = Number(name.split('-').at(-1));
  return [name, { name, stays: name.includes('still'), processes, limitMib: 100 + processes, ...changes }];
};

const MEMBERS = new Map([
  member('00-still-1-2'),
  member('40-still-2-3'),
  member('45-short-3-9', { madeMs: -5000, endingMs: 1000, endedMs: 1100 }),
  member('50-short-4-2', { madeMs: 400 }),
]);

const TITLES = '  NAME             RUNTIME    STATE   CPU%    MEM  LIMIT   PIDS WHY▾';
const FIRST = '  00-still-1-2     docker     running  0.0   1.1M   102M      2';
const SECOND = '  40-still-2-3     docker     running  0.0   1.1M   103M      3';
const SHORT = '  45-short-3-9     docker     running  0.0   1.1M   109M      9';
const UNLIMITED = SHORT.replace('109M', '   –');
const MADE = UNLIMITED.replace('45-short-3-9', '50-short-4-2').replace(/9$/, '1');
const PANE = '─ 00-still-1-2 ─ docker ─────';
const selected = (row: string) => `▌${row.slice(1)}`;
const screen = (...rows: string[]) => [' porthole', TITLES, ...rows, '', ' F1 Help'];
const GOOD = screen(selected(FIRST), SECOND, SHORT);

/** What fails of all checks. */
function failed(screens: readonly (readonly string[])[], nowMs = 500, members = MEMBERS): string[] {
  const checker = new ScreenChecker(members);
  for (const lines of screens) checker.look(lines, nowMs);
  return checker
    .checks()
    .flatMap(({ what, passed }) => (passed ? [] : [what.split(' ').slice(0, 3).join(' ')]));
}

describe('a screen', () => {
  it.each<[string, readonly (readonly string[])[], number, string[]]>([
    ['as it should be', [GOOD, GOOD], 500, []],
    ['of something else', [[' porthole', 'Help']], 500, []],
    ['with fewer processes in one that ends', [screen(selected(FIRST), SHORT.replace(/9$/, '4'))], 500, []],
    ['with more', [screen(selected(FIRST), SHORT.replace(/ 9$/, '10'))], 500, ['no row shows']],
    [
      'with fewer in one that stays',
      [screen(selected(FIRST), SECOND.replace(/3$/, '2'))],
      500,
      ['no row shows'],
    ],
    [
      'with the limit of another',
      [screen(selected(FIRST), SECOND.replace('103M', '102M'))],
      500,
      ['no row shows'],
    ],
    [
      'with a name that nobody has',
      [screen(selected(FIRST), SECOND.replace('-2-3', '-2-4'))],
      500,
      ['no row shows'],
    ],
    ['without the limit of one that lives', [screen(selected(FIRST), UNLIMITED)], 500, ['no row shows']],
    ['without that of one that is being made', [screen(selected(FIRST), MADE)], 500, []],
    ['without that of one that was made long ago', [screen(selected(FIRST), MADE)], 5000, ['no row shows']],
    ['without that of one that ends', [screen(selected(FIRST), UNLIMITED)], 2000, []],
    ['with one container twice', [screen(selected(FIRST), SECOND, SECOND)], 500, ['no container stands']],
    ['with a container just ended', [GOOD], 2000, []],
    ['with one that ended long ago', [GOOD], 9000, ['no row stays']],
    ['with a pane about another row', [screen(FIRST, selected(SECOND), PANE)], 500, ['the pane is']],
    ['with two selected rows', [screen(selected(FIRST), selected(SECOND))], 500, ['the selection stays']],
    ['whose selected row is below a menu', [GOOD, screen(FIRST, '─ Colours ────')], 500, []],
    ['whose selected row is below its own menu', [GOOD, screen(SECOND, '─ 00-still-1-2 ────')], 500, []],
    ['without any', [screen(FIRST, SECOND)], 500, ['the selection stays']],
    ['whose selection jumps', [GOOD, screen(FIRST, selected(SECOND))], 500, ['the selection stays']],
    ['after the end of who was selected', [screen(FIRST, selected(SHORT)), GOOD], 2000, []],
  ])('%s', (_name, screens, nowMs, expected) => {
    expect(failed(screens, nowMs)).toEqual(expected);
  });

  it('may have another selection after a key that moves it, and only then', () => {
    const checker = new ScreenChecker(MEMBERS);
    const jumped = () => checker.checks()[0]?.passed === false;
    checker.mayMove = true;
    checker.look(GOOD, 500);
    checker.look(screen(FIRST, selected(SECOND)), 500);
    checker.mayMove = false;
    checker.look(screen(FIRST, selected(SECOND)), 500);
    expect(jumped()).toBe(false);
    checker.look(GOOD, 500);
    expect(jumped()).toBe(true);
  });
});
