import { describe, expect, it } from 'vitest';
import { withList, withOutcome, withPlannedAction } from '../../../tui/action-menu.ts';
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

const choose = (state: DashboardState, label: string): DashboardState => {
  const menu = press(state, 'f9');
  const index = menu.menu?.items.findIndex((item) => item.label === label) ?? -1;
  if (index < 0) throw new Error(`no ${label} in the menu`);
  return press(menu, ...Array.from({ length: index }, () => 'down'));
};

describe('a menu of a menu', () => {
  const signals = press(choose(start, 'signal'), 'enter');
  it('says that there is one, and Esc goes back to where it was', () => {
    expect(screenText(choose(start, 'signal'))).toContain('▌ signal ›');
    expect(screenText(signals)).toContain('─ Signal to a ─');
    expect(screenText(press(signals, 'escape'))).toContain('▌ signal ›');
    expect(press(signals, 'escape', 'escape').menu).toBeUndefined();
  });

  it.each([
    ['y', 'term'],
    ['a', 'term-all'],
  ])('a question with more answers than yes: %s', (key, id) => {
    const question = press(signals, 'enter');
    expect(screenText(question)).toContain('All                        to every process of it');
    expect(screenText(question)).toContain('y, a or n');
    expect(effectsOf(question, key)).toMatchObject([{ kind: 'act', action: { id } }]);
  });
});

describe('what is looked up before it is asked about', () => {
  const [a] = abc('a');
  if (a === undefined) throw new Error('no container');
  const undo = {
    id: 'undo',
    label: 'undo',
    question: ['memory.max 1G -> 512M'],
    command: 'porthole limit a --undo',
  };

  it('is asked about when it is there', () => {
    const asking = choose(start, 'undo');
    expect(effectsOf(asking, 'enter')).toMatchObject([{ kind: 'plan-action', action: { id: 'undo' } }]);
    const question = withPlannedAction(press(asking, 'enter'), undo, a);
    expect(screenText(question)).toContain('memory.max 1G -> 512M');
    expect(effectsOf(question, 'y')).toMatchObject([{ kind: 'act', action: undo }]);
  });

  it('says why not, and what can be done all the same', () => {
    const asking = press(choose(start, 'undo'), 'enter');
    const refused = withPlannedAction(asking, { refused: 'somebody changed it since', otherwise: undo }, a);
    expect(screenText(refused)).toContain('somebody changed it since');
    expect(screenText(refused)).toContain('undo a?');
  });

  it('does not interrupt who does something else by now', () => {
    const typing = press(press(choose(start, 'undo'), 'enter'), '/', 'x');
    expect(withPlannedAction(typing, undo, a)).toBe(typing);
  });
});

it('what failed is asked about in the way that would do it', () => {
  const [a] = abc('a');
  if (a === undefined) throw new Error('no container');
  const otherwise = {
    id: 'fail',
    label: 'fail',
    question: ['2 would be moved'],
    command: 'porthole fail a --move',
  };
  const failed = withOutcome(start, { isDone: false, text: 'refused', otherwise }, a);
  expect(screenText(failed)).toContain('2 would be moved');
  expect(effectsOf(failed, 'y')).toMatchObject([{ kind: 'act', action: otherwise }]);
  expect(effectsOf(failed, 'enter')).toEqual([]);
});

it('a list shows more about the entry it stands on, and chooses nothing', () => {
  const history = choose(start, 'history');
  const [effect] = effectsOf(history, 'enter');
  if (effect?.kind !== 'read-list') throw new Error('no list was asked for');
  const entries = [
    { id: '2', label: '12:04', detail: 'done', more: ['memory.max 512M -> 1G'] },
    { id: '1', label: '11:00', detail: 'undone', more: ['pids.max max -> 5', 'another 1 -> 2'] },
  ];
  const list = withList(press(history, 'enter'), effect.action, entries, effect.container);
  expect(screenText(list)).toContain('memory.max 512M -> 1G');
  const second = press(list, 'down');
  expect(screenText(second)).toContain('another 1 -> 2');
  expect(screenText(second)).not.toContain('memory.max 512M');
  expect(effectsOf(second, 'enter')).toEqual([]);
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
