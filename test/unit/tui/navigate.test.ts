import { describe, expect, it } from 'vitest';
import { renderScreen } from '../../../tui/render.ts';
import { sortBy } from '../../../tui/sorting.ts';
import { type DashboardState, viewOf, withSettings } from '../../../tui/state.ts';
import { wishOf, withFrame } from '../../../tui/update.ts';
import { assortment, container, frame, NOW_MS } from './fabricate.ts';
import { listingFor } from './lists/index.ts';
import { effectsOf, MEDIUM, press, SMALL, screenText, stateOf, textOf, type } from './screen-text.ts';

/** With the list that the screen asks for. */
function listed(state: DashboardState, containers = assortment()): DashboardState {
  const wish = wishOf(state);
  const model = frame(containers);
  const options = { tick: 1, takenAtMs: NOW_MS };
  const next = wish === undefined ? model : { ...model, listing: listingFor(wish, containers, options) };
  return withFrame(state, next, NOW_MS);
}

/** Keys, each followed by a frame. */
function walk(state: DashboardState, ...keys: readonly string[]): DashboardState {
  return keys.reduce((before, key) => {
    const after = press(before, key);
    return { ...listed(after), message: after.message };
  }, state);
}

const start = stateOf(assortment());
const lineOf = (state: DashboardState) =>
  screenText(state)
    .split('\n')
    .find((line) => line.startsWith('▌'));
const statusOf = (state: DashboardState) => screenText(state).split('\n').at(-2)?.trim();

describe('tabs', () => {
  it.each([
    ['its own number leaves the help', ['?', '1'], 'NAME'],
    ['and the facts of a row', ['2', 'enter', '2'], 'PID INNER'],
    ['which are left to the same variant', ['6', '6', 'enter', '6'], 'PROTO'],
    ['the help key leaves it too', ['2', '?', '?'], 'PID INNER'],
  ])('%s', (_name, keys, title) => {
    expect(screenText(walk(start, ...keys)).split('\n')[3]).toContain(title);
  });

  it('a list keeps what is selected in it, also while it is being taken anew', () => {
    const selected = walk(start, '2', 'down', 'down');
    const back = press(walk(selected, '4'), '2');
    expect(screenText(back)).toContain('reading…');
    expect(lineOf(listed(press(back, 'down')))).toBe(lineOf(selected));
  });
});

describe('to the container of a row', () => {
  it('and back', () => {
    const process = walk(start, '2', 'c');
    expect(screenText(process)).toMatch(/─ systemd-resolved ─/);
    expect(lineOf(walk(process, 'escape'))).toMatch(/worker --of/);
  });

  it.each([
    ['the host’s own', ['5', 'c'], 'it is in no container'],
    ['a page without rows', ['8', 'c'], 'no row is selected'],
    ['its own page', ['enter', 'c'], 'this is its page'],
  ])('of %s there is none', (_name, keys, said) => {
    expect(statusOf(walk(start, ...keys))).toBe(said);
  });

  it('inside it, its page is a tab and no step deeper', () => {
    const page = walk(start, 'enter', '2', 'c');
    expect(screenText(page)).toMatch(/─ checkout-api ─/);
    expect(lineOf(walk(page, 'escape'))).toMatch(/!checkout-api/);
  });
});

describe('trees', () => {
  const names = (state: DashboardState) => state.rows.map(({ name }) => name);
  it('a tree of two levels folds as a whole', () => {
    const folded = press(start, '*');
    expect(names(folded)).not.toContain('unshare:41822');
    expect(lineOf(folded)).toContain('checkout-api ▸1');
    expect(names(press(folded, '*'))).toContain('unshare:41822');
  });

  it('who is hidden by it leaves the selection to who hides it', () => {
    expect(lineOf(press(start, 'down', '*'))).toContain('checkout-api ▸1');
    expect(lineOf(walk(start, '4', 'end', 'up', 'up', '*'))).toContain('docker ▸12');
  });

  it.each([
    ['a list without one', ['6', '-'], 'these rows have no tree'],
    ['all of a list without one', ['6', '*'], 'these rows have no tree'],
    ['one drawn flat', ['2', '-'], 'this list is flat: F5 draws it as a tree'],
    ['a row with nothing below it', ['end', '-'], 'nothing is below it'],
  ])('folding %s says why not', (_name, keys, said) => {
    expect(statusOf(walk(start, ...keys))).toBe(said);
  });
});

describe('keys that nothing may swallow', () => {
  it.each([
    ['/', 'f10', 'quit'],
    ['\\', 'C-c', 'quit'],
    ['f6', 'f10', 'quit'],
    ['/', 'C-z', 'stop'],
    ['f9', 'C-l', 'redraw'],
  ])('after %s, %s', (before, key, kind) => {
    expect(effectsOf(press(start, before), key)).toEqual([{ kind }]);
  });

  it('one that has no meaning here says where it has', () => {
    expect(statusOf(walk(start, 'enter', 'f4'))).toBe('F4 does nothing here: it works in lists');
    expect(statusOf(walk(start, '?', 'space'))).toBe(
      'Space does nothing here: it works in lists and on pages',
    );
  });
});

describe('sorting by name', () => {
  it.each([
    ['2', 'COMMAND▾'],
    ['4', 'NAME▾'],
    ['5', 'TARGET▾'],
    ['6', 'INTERFACE▾'],
  ])('in tab %s', (tab, title) => {
    expect(screenText(walk(start, tab, 'N')).split('\n')[3]).toContain(title);
  });
});

describe('the pane', () => {
  it.each([
    [SMALL, ['d', 'd'], 'details below the list, from 100x30 on; Enter opens them here'],
    [MEDIUM, ['d'], 'no details below the list'],
    [MEDIUM, ['d', 'd'], 'details below the list'],
  ])('%j %j', (size, keys, said) => {
    expect(statusOf(press(stateOf([container('a')], size), ...keys))).toBe(said);
  });
});

it.each(['2', '3', '4'])('tab %s is filtered by the name of a container, as it is shown', (tab) => {
  const filtered = press(type(press(walk(start, tab), '\\'), 'container=checkout-api'), 'enter');
  expect(filtered.rows.length).toBeGreaterThan(1);
  expect(new Set(filtered.rows.map(({ container }) => container))).toEqual(new Set(['docker/checkout-api']));
});

describe('finding', () => {
  it.each([
    ['a process by its container', ['2'], 'ingress', 'worker --of'],
    ['a namespace by its hostname', ['3'], 'web-1', 'uts 4026531838'],
    ['a cgroup by its path', ['4'], 'system.slice/dev', 'dev-disk-swap.swap'],
    ['a mount by its source', ['5'], 'sdb1', '/var '],
    ['an interface by its address', ['6'], '192.0.2.10', 'eth0'],
    ['a socket by its port', ['6', '6'], ':22', '0.0.0.0:22'],
    ['a container by its name', ['7'], 'db', 'db '],
  ])('%s', (_name, keys, text, found) => {
    expect(lineOf(type(press(walk(start, ...keys), '/'), text))).toContain(found);
  });

  it.each(['2', '3', '4', '5', '6', '7'])('tab %s proposes filters of its own', (tab) => {
    const prompt = screenText(press(walk(start, tab), '\\'));
    expect(prompt).toContain('for instance: ');
    expect(prompt.includes('cpu>50')).toBe(false);
  });

  it('a long expression keeps the cursor on the screen', () => {
    const long = type(press(start, '\\'), `name=${'x'.repeat(200)}END`);
    expect(screenText(long).split('\n').at(-1)).toMatch(/^ Filter: …x+END /);
  });

  it('looks through pages too, from line to line', () => {
    const marked = (state: DashboardState) =>
      renderScreen(state).flatMap((line) => (line.some(({ style }) => style.selected) ? [textOf(line)] : []));
    const help = type(press(start, '?', '/'), 'next');
    expect(marked(help)).toEqual([expect.stringContaining('next tab')]);
    const second = press(help, 'down');
    expect(marked(second)).toEqual([expect.stringContaining('next match')]);
    expect(marked(press(second, 'up'))).toEqual(marked(help));
    expect(marked(press(second, 'enter', 'n'))).toEqual([expect.stringContaining('by the next column')]);
    expect(screenText(press(second, 'escape'))).toBe(screenText(press(start, '?')));
    expect(statusOf(type(press(start, '?', '/'), 'zzz'))).toBe('nothing found: zzz');
  });

  it('an empty search leaves the last one', () => {
    const found = press(type(press(start, '/'), 'ing'), 'enter', 'home', '/', 'enter', 'n');
    expect(lineOf(found)).toContain('ingress');
  });
});

it('Esc removes a filter where it leads nowhere else', () => {
  const filtered = press(type(press(walk(start, '2'), '\\'), 'user=root'), 'enter');
  const all = walk(filtered, 'escape');
  expect(statusOf(all)).toBe('no filter any more');
  expect(screenText(all)).toContain('worker');
  expect(screenText(walk(all, 'escape')).split('\n')[3]).toContain('WHY');
});

describe('the line of tabs', () => {
  const long = container('a-name-that-is-longer-than-most');
  it.each([
    [60, ['enter']],
    [60, ['enter', '3', '3']],
    [60, ['enter', '6', '6']],
    [80, ['enter', '3', '3']],
    [60, ['3', '3']],
  ])('at %i columns after %j has them all, and the name in what is left', (columns, keys) => {
    const state = { ...stateOf([long]), size: { columns, rows: 20 } };
    const tabs = screenText(press(state, ...keys)).split('\n')[2];
    expect(tabs).toMatch(/1.*2.*3.*4.*5.*6.*7Sec.* 8Host/);
    if (keys[0] === 'enter') expect(tabs).toMatch(/^ a-nam.* › /);
  });
});

describe.each([
  ['1', []],
  ['2', []],
  ['3', []],
  ['3', ['3']],
  ['4', []],
  ['5', []],
  ['6', []],
  ['6', ['6']],
  ['7', []],
])('the list of tab %s %j', (tab, more) => {
  const list = walk(start, tab, ...more);
  const view = viewOf(list);
  const columns = view.kind === 'table' ? view.columns : [];

  it.each(columns.map(({ id, title }) => [id, title]))('sorts by %s, both ways', (id, title) => {
    const rows = (state: DashboardState) => state.rows.map(({ key }) => key);
    const sorted = sortBy(list, id, false).state;
    expect(statusOf(sorted)).toBe(`sorted by ${title}`);
    expect(rows(sorted).toSorted()).toEqual(rows(list).toSorted());
    expect(rows(sortBy(list, id, true).state).toSorted()).toEqual(rows(list).toSorted());
  });

  it.each(columns.map(({ id, title }) => [id, title]))('shows %s alone, when that is chosen', (id) => {
    const alone = screenText(listed(withSettings(list, { columns: [id] }))).split('\n');
    expect(alone[3]?.trim()).not.toBe('');
    expect(alone[4]).toMatch(/^▌/);
  });
});
