import { describe, expect, it } from 'vitest';
import { type DashboardState, settingsOf } from '../../../tui/state.ts';
import { withFrame } from '../../../tui/update.ts';
import { container, frame, NOW_MS } from './fabricate.ts';
import { FABRICATED_ACTIONS } from './fabricated-actions.ts';
import { effectsOf, press, screenText, stateOf } from './screen-text.ts';

const abc = (...list: string[]) => list.map((name) => container(name));
const start: DashboardState = { ...stateOf(abc('a', 'b')), actions: FABRICATED_ACTIONS };
const without = (state: DashboardState, ...left: string[]) => withFrame(state, frame(abc(...left)), NOW_MS);

describe('the menu of actions', () => {
  it('does to the container it was opened for, wherever the selection went', () => {
    const open = press(start, 'f9', 'enter');
    expect(screenText(open)).toContain('freeze a?');
    const moved = without(open, 'x', 'a', 'b');
    expect(effectsOf(moved, 'y')).toMatchObject([{ kind: 'act', container: { name: 'a' } }]);
  });

  it.each([
    ['in the question', ['f9', 'enter'], 'y'],
    ['in the menu', ['f9'], 'enter'],
  ])('does nothing to another one when that has ended %s', (_name, keys, last) => {
    const ended = without(press(start, ...keys), 'b');
    expect(effectsOf(ended, last)).toEqual([]);
    expect(screenText(press(ended, last))).toContain('a has ended; nothing is changed');
  });

  it('of a page whose container has ended only copies', () => {
    const page = without(press(start, 'enter'), 'b');
    const menu = screenText(press(page, 'f9'));
    expect(menu).toContain('copy key');
    expect(menu).not.toContain('freeze');
    expect(effectsOf(press(page, 'f9'), 'enter')).toEqual([{ kind: 'copy', text: 'porthole inspect a' }]);
  });
});

it('Esc at a question changes nothing and says so', () => {
  const left = press(start, 'f9', 'enter', 'escape');
  expect(screenText(left)).toContain('nothing is changed');
});

describe('the menu of columns to sort by', () => {
  const orderingOf = (state: DashboardState) => settingsOf(state).ordering;
  it.each([
    ['turns the one that is in force', ['f6', 'I'], { column: 'why', reversed: true }],
    ['and keeps it so when chosen', ['f6', 'I', 'enter'], { column: 'why', reversed: true }],
    ['turns another one', ['f6', 'home', 'I', 'enter'], { column: 'name', reversed: true }],
    ['chooses another one as it is usual', ['f6', 'home', 'enter'], { column: 'name', reversed: false }],
  ])('%s', (_name, keys, ordering) => {
    expect(orderingOf(press(start, ...keys))).toEqual(ordering);
  });

  it('says by what', () => {
    expect(screenText(press(start, 'f6', 'home', 'enter'))).toContain('sorted by NAME');
  });
});

describe('the menu of columns', () => {
  const titles = (state: DashboardState) => (screenText(state).split('\n')[3] ?? '').trim().split(/ +/);
  it('a key pressed twice changes nothing', () => {
    const once = press(start, 'f2', 'down', 'space');
    expect(titles(once)).not.toContain('STATE');
    expect(titles(press(once, 'space'))).toContain('STATE');
  });

  it.each([
    ['moves to the right', ['f2', '>'], ['STATE', 'NAME']],
    ['moves and moves back', ['f2', '>', '<'], ['NAME', 'STATE']],
    ['Del brings back what was', ['f2', 'space', 'delete'], ['NAME', 'STATE']],
  ])('%s', (_name, keys, expected) => {
    expect(titles(press(start, ...keys)).slice(0, 2)).toEqual(expected);
  });

  it('keeps one column', () => {
    const all = Array.from({ length: 9 }, () => ['home', 'space']).flat();
    const one = press(start, 'f2', ...all);
    expect(titles(one).length).toBe(1);
    expect(screenText(one)).toContain('one column stays');
  });
});

it('a question longer than the screen leaves the answers on it', () => {
  const small = { ...start, size: { columns: 60, rows: 15 } };
  const screen = screenText(press(small, 'f9', 'down', 'down', 'down', 'enter')).split('\n');
  expect(screen.length).toBe(15);
  expect(screen).toEqual(
    expect.arrayContaining([expect.stringMatching(/^▌ No /), expect.stringMatching(/ Yes .*long a/)]),
  );
  expect(screen.join('\n')).toContain('lines more');
});
