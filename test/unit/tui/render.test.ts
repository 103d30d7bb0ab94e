import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../src/model/width.ts';
import { renderScreen } from '../../../tui/render.ts';
import type { Size } from '../../../tui/screen-line.ts';
import type { DashboardState } from '../../../tui/state.ts';
import { withFrame } from '../../../tui/update.ts';
import { assortment, container, frame, NOW_MS } from './fabricate.ts';
import {
  emptyState,
  LARGE,
  lineWith,
  MEDIUM,
  press,
  SMALL,
  screenText,
  stateOf,
  textOf,
  type,
} from './screen-text.ts';

const SIZES: readonly Size[] = [
  { columns: 1, rows: 1 },
  { columns: 40, rows: 10 },
  { columns: 60, rows: 15 },
  SMALL,
  { columns: 99, rows: 29 },
  { columns: 100, rows: 30 },
  MEDIUM,
  LARGE,
  { columns: 400, rows: 120 },
];

const HOSTILE = [
  '{bold}loud{/}',
  '\x1b[31mred\x1b[2J\x1b]0;title\x07',
  '数据库-データベース-데이터베이스-数据库-データベース',
  'e\u0301te\u0301'.repeat(20),
  '🚀🚀🚀👩‍👩‍👧',
  'rtl\u202egpj.exe',
  'two\nlines\r\t\u2028',
  '\ud800lone',
  '\u{e0041}tag',
  '',
];

type Screens = readonly (readonly [name: string, make: (size: Size, unicode: boolean) => DashboardState])[];

function withContainers(size: Size, unicode: boolean, list = assortment()): DashboardState {
  return withFrame(emptyState(size, unicode), frame(list), NOW_MS);
}

const SCREENS: Screens = [
  ['before the first frame', (size, unicode) => emptyState(size, unicode)],
  ['no containers', (size, unicode) => withContainers(size, unicode, [])],
  ['an assortment', (size, unicode) => withContainers(size, unicode)],
  ['all kinds, flat', (size, unicode) => press(withContainers(size, unicode), 'A', 't')],
  [
    'hostile names',
    (size, unicode) =>
      withContainers(
        size,
        unicode,
        HOSTILE.map((name) => container(name)),
      ),
  ],
  ['a thousand', (size, unicode) => withContainers(size, unicode, thousand())],
  ['the page of a container', (size, unicode) => press(withContainers(size, unicode), 'down', 'enter')],
  ['the menu of a container', (size, unicode) => press(withContainers(size, unicode), 'm')],
  ['the menu of columns', (size, unicode) => press(withContainers(size, unicode), 'f2', 'end')],
  ['a list that is being read', (size, unicode) => press(withContainers(size, unicode), '2')],
  ['the help screen', (size, unicode) => press(withContainers(size, unicode), '?')],
  ['a search', (size, unicode) => type(press(withContainers(size, unicode), '/'), '数据 long '.repeat(40))],
  ['a filter', (size, unicode) => type(press(withContainers(size, unicode), 'f4'), 'cpu>')],
];

function thousand() {
  return Array.from({ length: 1000 }, (_, i) => container(`c-${i}`));
}

describe.each(SCREENS)('%s', (_name, make) => {
  it.each(SIZES)('fills exactly $columns x $rows', (size) => {
    const lines = renderScreen(make(size, true));
    expect(lines.length).toBe(size.rows);
    for (const line of lines) expect(displayWidth(textOf(line)), textOf(line)).toBe(size.columns);
  });

  it.each(SIZES)('has nothing but ASCII at $columns x $rows without UTF-8', (size) => {
    const lines = renderScreen(make(size, false));
    expect(lines.map(textOf).join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
    for (const line of lines) expect(textOf(line).length).toBe(size.columns);
  });
});

it('keeps its size and shows no control character, whatever a container is called', {
  timeout: 30_000,
}, () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(
    fc.property(text, text, fc.constantFrom(...SIZES), (name, command, size) => {
      const state = stateOf([container(name, { command, image: command, evidence: [name] })], size);
      for (const line of renderScreen(state)) {
        expect(displayWidth(textOf(line))).toBe(size.columns);
        expect(textOf(line)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }),
    { numRuns: 200 },
  );
});

describe('columns', () => {
  it.each([
    [{ columns: 60, rows: 15 }, 'NAME CPU% MEM % PIDS WHY'],
    [SMALL, 'NAME STATE CPU% MEM % PIDS WHY'],
    [MEDIUM, 'NAME RUNTIME STATE CPU% LAST MIN MEM LIMIT % READ/s WRITE/s PIDS WHY'],
    [LARGE, 'NAME RUNTIME STATE CPU% LAST MIN MEM LIMIT % READ/s WRITE/s RX/s TX/s PIDS WHY COMMAND'],
  ])('at $columns x $rows', (size, expected) => {
    const titles = textOf(lineWith(stateOf(assortment(), size), 'NAME'));
    expect(titles.replace('▾', ' ').trim().replace(/ +/g, ' ')).toBe(expected);
  });

  it('stand at the same place in every row, whatever the name', () => {
    const state = stateOf(
      HOSTILE.map((name) => container(name)),
      SMALL,
    );
    const places = renderScreen(state)
      .map(textOf)
      .filter((text) => text.includes(' running '))
      .map((text) => displayWidth(text.slice(0, text.indexOf(' running '))));
    expect(places.length).toBe(HOSTILE.length);
    expect(new Set(places).size).toBe(1);
  });
});

describe('hostile text', () => {
  it.each([
    ['{bold}loud{/}', '{bold}loud{/}'],
    ['a\x1b[31mb', 'a\\x1b[31mb'],
    ['two\nlines', 'two\\nlines'],
    ['rtl\u202egpj', 'rtl\\u202egpj'],
  ])('%j is shown as %j', (name, shown) => {
    expect(screenText(stateOf([container(name)], LARGE))).toContain(shown);
  });
});

describe('what is not known', () => {
  it('is ? when denied and a dash when it does not apply, never 0', () => {
    const state = stateOf(
      [
        container('hidden', {
          memory: {
            accounting: 'cgroup',
            currentBytes: { unknown: 'denied', path: '/sys/fs/cgroup/x/memory.current', errno: 'EACCES' },
            limitBytes: undefined,
            effectiveLimitBytes: undefined,
          },
          cpu: { usageUsec: 5 },
          io: { readBytes: undefined, writeBytes: undefined },
          pidsCount: undefined,
        }),
      ],
      MEDIUM,
    );
    const cells = textOf(lineWith(state, '▌ hidden')).trim().split(/ +/);
    expect(cells).toEqual(['▌', 'hidden', 'docker', 'running', '–', '?', '–', '–', '–', '–', '–']);
  });

  it('has its path and errno in the detail', () => {
    const detail = screenText(press(stateOf(assortment(), SMALL), 'down', 'enter', 'end'));
    expect(detail).toContain('io.readBytes: denied, EACCES /proc/41822/io');
  });
});

describe('trouble', () => {
  const state = stateOf(assortment(), MEDIUM);
  it.each([
    ['checkout-api', '▌!checkout-api', 'act', '95.1'],
    ['db', ' !db', 'act', '61.0'],
  ])('of %s has a mark in text and a colour where it is', (name, start, tone, cell) => {
    const line = lineWith(state, name);
    expect(textOf(line).startsWith(start)).toBe(true);
    expect(line.find((span) => span.text.trim() === cell)?.style.tone).toBe(tone);
    expect(line.find((span) => span.text.trim() === name)?.style.tone).toBe('plain');
  });

  it('frozen has a colour of its own and is counted', () => {
    expect(lineWith(state, 'batch-7').find((span) => span.text.trim() === 'frozen')?.style.tone).toBe(
      'frozen',
    );
    expect(screenText(state)).toContain('5 containers  1 frozen  3 in trouble');
  });
});

describe('the list', () => {
  it('says what it waits for before the first frame', () => {
    expect(screenText(emptyState(SMALL))).toContain('reading…');
  });

  it('says that there are no containers, and what hides them', () => {
    expect(screenText(stateOf([], SMALL))).toContain('no containers');
    const sandbox = container('s', { kind: 'sandbox' });
    expect(screenText(stateOf([sandbox], SMALL))).toContain(
      '1 hidden: A shows sandboxes, H shows hidden runtimes',
    );
    const filtered = press(type(press(stateOf([container('x')], SMALL), '\\'), 'name=y'), 'enter');
    expect(screenText(filtered)).toContain('1 hidden by the filter: name=y');
  });

  it('indents nested containers below their parents', () => {
    const text = screenText(stateOf(assortment(), SMALL));
    expect(text).toMatch(/checkout-api .*\n {2}└─ unshare:41822/);
    expect(screenText(press(stateOf(assortment(), SMALL), 't'))).toMatch(/\n {2}unshare:41822/);
  });

  it('marks the column it is sorted by, and which way', () => {
    expect(screenText(stateOf(assortment(), SMALL))).toContain('WHY▾');
    expect(screenText(press(stateOf(assortment(), SMALL), 'P', 'I'))).toContain('CPU%▴');
  });

  it('has the pane of the selected container where there is room', () => {
    expect(screenText(stateOf(assortment(), MEDIUM))).toContain('─ checkout-api ─ docker 519616c67829');
    expect(screenText(stateOf(assortment(), SMALL))).not.toContain('519616c67829');
  });
});

it('says what size it needs when the terminal is too small', () => {
  expect(screenText(stateOf(assortment(), { columns: 40, rows: 10 }))).toContain('needed 60x15, is 40x10');
});

describe('the detail screen', () => {
  const open = press(stateOf(assortment(), LARGE), 'enter');
  it.each([
    'checkout-api  (from config.v2.json)',
    'docker, container',
    'shop/checkout:4.2',
    '10630',
    '(2h ago)',
    'mnt 4026532180, pid 4026532183',
    'shared ns   user',
    '/docker/checkout-api',
    'own 512M, effective 512M',
    'cpu some 31.0%, memory some 12.0% full 4.0%',
    'matches docker (cgroupfs)',
    'attention   memory 95.1% of its limit',
    '3 OOM kills before',
  ])('has %j', (expected) => {
    expect(screenText(open)).toContain(expected);
  });

  it('names the cgroup that sets the limit when it is not its own', () => {
    expect(screenText(press(open, 'q', 'down', 'enter'))).toContain(
      'own none; effective 512M, set by /docker/checkout-api',
    );
  });
});
