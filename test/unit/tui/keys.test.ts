import { describe, expect, it } from 'vitest';
import { commandFor, KEY_TABLE, keyLabel } from '../../../tui/keys.ts';
import type { ScreenName } from '../../../tui/state.ts';
import { assortment } from './fabricate.ts';
import { press, screenText, stateOf } from './screen-text.ts';

const SCREENS: readonly ScreenName[] = ['list', 'page', 'help'];

describe.each(SCREENS)('on the %s screen', (screen) => {
  it('no key means two things', () => {
    const keys = KEY_TABLE.filter(({ on }) => on === undefined || on.includes(screen)).flatMap(
      ({ keys }) => keys,
    );
    expect(keys.length).toBe(new Set(keys).size);
  });

  it.each(['f10', 'C-c'])('%s quits', (key) => {
    expect(commandFor(key, screen)).toBe('quit');
  });
});

it.each([
  ['pageup', 'PgUp'],
  ['f5', 'F5'],
  ['C-c', 'Ctrl-C'],
  ['/', '/'],
  ['G', 'G'],
])('%s is printed as %s', (key, label) => {
  expect(keyLabel(key)).toBe(label);
});

it('the help screen names every key and what it does', () => {
  const help = screenText(press(stateOf(assortment(), { columns: 120, rows: 100 }), '?'));
  for (const { keys, does } of KEY_TABLE) {
    expect(help).toContain(does);
    for (const key of keys) expect(help).toContain(keyLabel(key));
  }
});
