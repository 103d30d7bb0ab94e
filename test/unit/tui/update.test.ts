import { describe, expect, it } from 'vitest';
import { selectedIndex } from '../../../tui/rows.ts';
import { sortBy } from '../../../tui/sorting.ts';
import { type DashboardState, screenOf, selectedContainer, settingsOf } from '../../../tui/state.ts';
import { onKey, showsTime, withClock, withFrame, withSize } from '../../../tui/update.ts';
import { assortment, container, frame, NOW_MS } from './fabricate.ts';
import { effectsOf, emptyState, MEDIUM, press, SMALL, screenText, stateOf, type } from './screen-text.ts';

const names = (state: DashboardState) => state.rows.map(({ name }) => name);
const selected = (state: DashboardState) => selectedContainer(state)?.name;
const abc = (...list: string[]) => list.map((name) => container(name));

describe('moving', () => {
  const many = stateOf(
    Array.from({ length: 100 }, (_, i) => container(`c-${i}`)),
    SMALL,
  );
  it.each([
    [['down'], 1],
    [['j', 'j', 'k'], 1],
    [['up'], 0],
    [['pagedown'], 18],
    [['C-f', 'C-f', 'C-b'], 18],
    [['end'], 99],
    [['G', 'pageup'], 81],
    [['G', 'down'], 99],
    [['G', 'g'], 0],
    [['end', 'home'], 0],
  ])('%j goes to row %i', (keys, row) => {
    expect(selectedIndex(press(many, ...keys))).toBe(row);
  });

  it('keeps the selected row on the screen, also when that shrinks', () => {
    const last = press(many, 'G');
    expect(last.top).toBe(82);
    const smaller = withSize(last, { columns: 60, rows: 15 });
    expect(smaller.top + 9).toBe(100);
    expect(screenText(smaller)).toContain('c-99');
  });

  it('in an empty list does nothing', () => {
    for (const key of ['up', 'down', 'pagedown', 'G', 'enter', 'n']) {
      expect(selected(press(stateOf([]), key))).toBeUndefined();
      expect(screenOf(press(emptyState(SMALL), key))).toBe('list');
    }
  });
});

describe('the selection', () => {
  const state = press(stateOf(abc('a', 'b', 'c', 'd')), 'down', 'down');
  it.each([
    ['stays when others come', abc('0', 'a', 'aa', 'b', 'c', 'd'), 'c', undefined],
    ['stays when others go', abc('c'), 'c', undefined],
    ['goes to the next row when its container ended', abc('a', 'b', 'd'), 'd', 'c ended; selected is now d'],
    ['goes to the one before at the end', abc('a', 'b'), 'b', 'c ended; selected is now b'],
    ['is none in an empty list', [], undefined, 'c ended'],
    ['goes to the first of all new ones', abc('x', 'y'), 'x', 'c ended; selected is now x'],
  ])('%s', (_name, list, expected, message) => {
    const next = withFrame(state, frame(list), NOW_MS + 1000);
    expect(selected(next)).toBe(expected);
    expect(next.message?.text).toBe(message);
  });

  it('stays through sorting', () => {
    const sorted = press(state, 'N', 'I');
    expect([names(sorted), selected(sorted)]).toEqual([['d', 'c', 'b', 'a'], 'c']);
  });

  it('says that a container left because it no longer matches', () => {
    const busy = (ratio: number) => container('busy', { cpu: { usageUsec: 1, ratio } });
    const filtered = press(type(press(stateOf([busy(0.9)]), '\\'), 'cpu>50'), 'enter');
    const next = withFrame(filtered, frame([busy(0.1)]), NOW_MS);
    expect(next.message?.text).toBe('busy no longer matches');
  });

  it('survives a thousand frames of churn', () => {
    let churned = press(stateOf(Array.from({ length: 50 }, (_, i) => container(`c-${i}`))), 'pagedown');
    for (let tick = 1; tick <= 1000; tick += 1) {
      const before = selectedContainer(churned);
      const list = Array.from({ length: 50 }, (_, i) => container(`c-${i}`)).filter(
        (_, i) => (i * 31 + tick * 17) % 7 > 1,
      );
      churned = withFrame(churned, frame(list), NOW_MS + tick);
      expect(selectedContainer(churned)).toBeDefined();
      const stayed = list.some(({ key }) => key === before?.key);
      if (stayed) expect(churned.selectedKey).toBe(before?.key);
    }
  });
});

describe('sorting', () => {
  const state = stateOf(assortment());
  it.each([
    [['P'], 'cpu', false],
    [['M'], 'mem', false],
    [['M', 'N'], 'name', false],
    [['W'], 'why', false],
    [['>'], 'name', false],
    [['>', '>'], 'state', false],
    [['<'], 'pids', false],
    [['R'], 'why', true],
    [['I', 'I'], 'why', false],
    [['f6', 'g', 'down', 'down', 'enter'], 'cpu', false],
  ])('%j', (keys, column, reversed) => {
    expect(settingsOf(press(state, ...keys)).ordering).toEqual({ column, reversed });
  });

  it('by CPU puts the busiest first', () => {
    expect(names(press(state, 't', 'P'))[0]).toBe('checkout-api');
  });

  it('by the CPU of the last minute looks at the whole minute, gaps left out', () => {
    const busy = (name: string, ratio: number) => container(name, { cpu: { usageUsec: 1, ratio } });
    const first = stateOf([busy('was', 0.9), busy('is', 0), container('unknown', { cpu: { usageUsec: 1 } })]);
    const then = withFrame(
      first,
      frame([busy('was', 0.1), busy('is', 0.2), container('unknown', { cpu: { usageUsec: 1 } })], {
        takenAtMs: NOW_MS + 1000,
      }),
      NOW_MS + 1000,
    );
    expect(names(sortBy(then, 'cpu-minute', false).state)).toEqual(['was', 'is', 'unknown']);
  });

  it('keeps nested containers below their parents', () => {
    expect(names(press(state, 'M'))).toEqual(['db', 'checkout-api', 'unshare:41822', 'batch-7', 'ingress']);
  });
});

describe('searching', () => {
  const state = stateOf(abc('alpha', 'beta', 'gamma', 'delta'));
  it.each([
    ['gam', [], 'gamma'],
    ['TA', [], 'beta'],
    ['ta', ['down'], 'delta'],
    ['ta', ['f3', 'f3'], 'beta'],
    ['ta', ['up'], 'delta'],
    ['gam', ['escape'], 'alpha'],
    ['gam', ['enter'], 'gamma'],
    ['gaz', [], 'alpha'],
    ['ta', ['enter', 'n'], 'delta'],
  ])('%s then %j selects %s', (text, keys, expected) => {
    expect(selected(press(type(press(state, '/'), text), ...keys))).toBe(expected);
  });

  it('says when nothing is found', () => {
    expect(type(press(state, '/'), 'zz').message?.text).toBe('nothing found: zz');
  });
});

describe('filtering', () => {
  const state = stateOf(assortment());
  it('applies on Enter, and an empty one shows all again', () => {
    const frozen = press(type(press(state, 'f4'), 'state=frozen'), 'enter');
    expect(names(frozen)).toEqual(['batch-7']);
    expect(screenText(frozen)).toContain('filter: state=frozen (4 hidden)');
    expect(names(press(frozen, '\\', 'C-u', 'enter')).length).toBe(5);
  });

  it('keeps the filter before when the new one is wrong, and says where', () => {
    const frozen = press(type(press(state, 'f4'), 'state=frozen'), 'enter');
    const wrong = press(type(press(frozen, 'f4', 'C-u'), 'cpu>'), 'enter');
    expect(names(wrong)).toEqual(['batch-7']);
    expect(wrong.message?.level).toBe('error');
    expect(screenText(wrong)).toContain('filter, column');
    expect(settingsOf(press(wrong, 'escape')).filter).toBe('state=frozen');
  });
});

describe('wishes to the sampler', () => {
  const state = stateOf(assortment());
  it.each([
    ['space', { kind: 'paused', paused: true }],
    ['Z', { kind: 'paused', paused: true }],
    ['r', { kind: 'refresh' }],
    ['q', { kind: 'quit' }],
    ['f10', { kind: 'quit' }],
    ['C-c', { kind: 'quit' }],
    ['C-z', { kind: 'stop' }],
    ['C-l', { kind: 'redraw' }],
  ])('%s', (key, effect) => {
    expect(effectsOf(state, key)).toEqual([effect]);
  });

  it.each([
    [']', 2000],
    ['[', 500],
  ])('%s, which is remembered', (key, intervalMs) => {
    expect(effectsOf(state, key)).toEqual([{ kind: 'interval', intervalMs }, { kind: 'save' }]);
  });

  it('ends at the shortest interval', () => {
    expect(effectsOf({ ...state, intervalMs: 250 }, '[')).toEqual([]);
  });

  it('shows that it is paused', () => {
    expect(screenText(press(state, 'space'))).toContain('PAUSED');
  });
});

describe('screens', () => {
  const state = stateOf(assortment());
  it.each(['q', 'escape', 'left'])('%s goes back from detail and help', (key) => {
    expect(screenOf(press(state, 'enter', key))).toBe('list');
    expect(screenOf(press(state, '?', key))).toBe('list');
    expect(effectsOf(press(state, 'enter'), key)).toEqual([]);
  });

  it('the detail screen stays on a container that ended', () => {
    const open = press(stateOf(abc('a', 'b')), 'enter');
    const gone = withFrame(open, frame(abc('b')), NOW_MS + 1000);
    expect(screenText(gone)).toMatch(/─ a ─ ended/);
    expect(selected(press(gone, 'q'))).toBe('b');
  });

  it('the help screen scrolls to its end and no further', () => {
    const end = press(state, '?', 'end', 'down', 'pagedown');
    expect(screenText(end)).toContain('does not apply');
    expect(screenText(press(end, 'up'))).not.toBe(screenText(end));
  });

  it('comes back when an undersized terminal is enlarged', () => {
    const tiny = withSize(state, { columns: 40, rows: 10 });
    expect(screenText(withSize(tiny, MEDIUM))).toContain('checkout-api');
  });
});

it('forgets a message after a while, and with the next key', () => {
  const said = press(stateOf(assortment()), 'P');
  expect(said.message).toBeDefined();
  expect(withClock(said, NOW_MS + 60_000).message).toBeUndefined();
  expect(press(said, 'down').message).toBeUndefined();
});

it('says when no sample came for long', () => {
  expect(screenText(withClock(stateOf(assortment(), MEDIUM), NOW_MS + 12_000))).toContain(
    'no sample for 12s',
  );
});

describe('time alone', () => {
  const fresh = stateOf(assortment(), MEDIUM);
  it.each([
    ['a second', fresh, 1000, false],
    ['so long that the figures are old', fresh, 12_000, true],
    ['as long, while sampling is paused', { ...fresh, paused: true }, 12_000, false],
    ['less than a message stays', press(fresh, 'P'), 1000, false],
    ['more', press({ ...fresh, paused: true }, 'P'), 60_000, true],
  ])('%s: draws something only when it shows', (_name, before, ms, isDrawn) => {
    const after = withClock(before, NOW_MS + ms);
    expect(showsTime(before, after)).toBe(isDrawn);
    expect(screenText(after) !== screenText(before)).toBe(isDrawn);
  });
});

describe('pasted text', () => {
  const paste = (state: DashboardState, text: string) =>
    [...text].reduce((before, name) => onKey(before, { name, text: name, isPasted: true }).state, state);

  it('does nothing that keys do', () => {
    const start = stateOf(abc('a', 'b'));
    const after = paste(start, 'jq?m');
    expect(selected(after)).toBe('a');
    expect(after.menu).toBeUndefined();
    expect(screenText(after)).toContain('pasted text goes into search, filter and forms only');
  });

  it('goes into a search, also where a letter would do something', () => {
    expect(selected(paste(press(stateOf(abc('a', 'quiet')), '/'), 'qui'))).toBe('quiet');
  });
});
