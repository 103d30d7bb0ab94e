import { describe, expect, it } from 'vitest';
import { type Cell, layoutTable, type TableColumn, type TableOptions } from '../../../src/cli/table.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'NAME', align: 'left' },
  { title: 'PID', align: 'right' },
  { title: 'COMMAND', align: 'left' },
];
const ROWS = [
  ['checkout-api', '10630', 'node server.js'],
  ['日本', '1', ''],
];

function printed(rows: readonly (readonly Cell[])[], options: TableOptions, columns = COLUMNS): string[] {
  return layoutTable(columns, rows, options).map((line) => line.map((span) => span.text).join(''));
}

describe('layoutTable', () => {
  it.each<[string, readonly (readonly Cell[])[], TableOptions, string[]]>([
    [
      'aligned, nothing cut, nothing after the last cell',
      ROWS,
      { headers: true },
      ['NAME            PID  COMMAND', 'checkout-api  10630  node server.js', '日本              1'],
    ],
    [
      'without headers columns are as wide as their cells',
      ROWS,
      { headers: false },
      ['checkout-api  10630  node server.js', '日本              1'],
    ],
    ['no rows', [], { headers: true }, ['NAME  PID  COMMAND']],
    ['no rows and no headers', [], { headers: false }, []],
    [
      'the last column is cut',
      ROWS,
      { headers: false, maxWidth: 25 },
      ['checkout-api  10630  nod…', '日本              1'],
    ],
    [
      'a width that fits exactly cuts nothing',
      ROWS,
      { headers: false, maxWidth: 35 },
      ['checkout-api  10630  node server.js', '日本              1'],
    ],
    [
      'the others are never cut',
      ROWS,
      { headers: false, maxWidth: 5, ellipsis: '~' },
      ['checkout-api  10630  ~', '日本              1'],
    ],
    ['a row too short', [['a']], { headers: false }, ['a']],
    ['a row too long', [['a', '1', 'b', 'c']], { headers: false }, ['a  1  b']],
  ])('%s', (_name, rows, options, expected) => {
    expect(printed(rows, options)).toEqual(expected);
  });

  it('right-aligns a last column', () => {
    expect(printed([['a', '5']], { headers: true }, COLUMNS.slice(0, 2))).toEqual(['NAME  PID', 'a       5']);
  });

  it('keeps styles apart from the blanks around a cell', () => {
    const [line] = layoutTable(COLUMNS, [[{ text: 'a', style: 'red' }, '1', 'x  ']], { headers: false });
    expect(line).toEqual([
      { text: 'a', style: 'red' },
      { text: '  ' },
      { text: '1' },
      { text: '  ' },
      { text: 'x' },
    ]);
  });

  it('lays out ten thousand rows at once', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => [`name-${i}`, String(i), 'sleep']);
    expect(printed(rows, { headers: false }).length).toBe(10_000);
  });
});
