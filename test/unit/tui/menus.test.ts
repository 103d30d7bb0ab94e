import { describe, expect, it } from 'vitest';
import type { DashboardState } from '../../../tui/state.ts';
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
