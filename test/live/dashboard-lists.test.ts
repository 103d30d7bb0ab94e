/** Lists in a real terminal: filter, sort and selection of each view, thousands of rows, hostile names, and any size. */
import { describe, expect, it } from 'vitest';
import type { TerminalOptions, TestTerminal } from '../terminal.ts';
import { startHarness, useHarness } from '../unit/tui/in-terminal.ts';
import { bytesOf, spotOf } from '../unit/tui/keystrokes.ts';

useHarness();

const press = (terminal: TestTerminal, ...keys: readonly string[]) =>
  terminal.type(keys.map(bytesOf).join(''));
const shows = (terminal: TestTerminal, ...texts: readonly (string | RegExp)[]) =>
  terminal.waitForScreen(
    (text) => texts.every((each) => (typeof each === 'string' ? text.includes(each) : each.test(text))),
    texts.join(', '),
  );

async function start(args: readonly string[] = [], options: TerminalOptions = {}): Promise<TestTerminal> {
  const terminal = startHarness(args, options);
  await terminal.waitForText('▌!checkout-api');
  return terminal;
}

/** Key, title by which the list is known, and a number of its rows with 1,000 more containers. */
const LISTS = [
  ['2', 'PID INNER', 3020],
  ['3', 'NAMESPACE▾', 4034],
  ['4', 'PROCS', 2018],
  ['5', 'TARGET', 18],
  ['6', 'INTERFACE', 2015],
  ['6', 'PROTO', 1008],
  ['7', 'BEYOND', 1006],
  ['1', 'WHY▾', 1005],
] as const;

describe('each list by itself', () => {
  it('keeps its filter, its order and what is selected', async () => {
    const terminal = await start();
    press(terminal, '\\', ...'runtime!=lxc', 'enter');
    await shows(terminal, 'filter: runtime!=lxc (1 hidden)');
    press(terminal, 'M', 'end');
    await shows(terminal, / MEM▾/, '4/4', '▌ ingress');
    press(terminal, '2');
    await shows(terminal, '▌   20051', '1/20', 'CPU%▾');
    press(terminal, '\\', ...'user=root', 'enter');
    await shows(terminal, 'filter: user=root (9 hidden)');
    press(terminal, 'N');
    await shows(terminal, 'COMMAND▾');
    const marked = () => terminal.lines.find((line) => line.startsWith('▌'));
    for (let i = 0; i < 2; i += 1) {
      const before = marked();
      press(terminal, 'down');
      await terminal.waitFor(() => marked() !== before && marked() !== undefined, 'the next row');
    }
    const selected = marked();
    press(terminal, '5');
    await shows(terminal, '├─ /var', /^(?!.*filter:)/s);
    press(terminal, '1');
    await shows(terminal, 'filter: runtime!=lxc', / MEM▾/, '▌ ingress');
    press(terminal, '2');
    await shows(terminal, 'filter: user=root', 'COMMAND▾');
    await terminal.waitFor(() => marked() === selected, `the selected row ${selected}`);
  });

  it('says where a filter is wrong, and leaves the line open', async () => {
    const terminal = await start();
    press(terminal, '5');
    await shows(terminal, '├─ /var');
    press(terminal, '\\', ...'cpu>5', 'enter');
    await shows(terminal, 'Filter: cpu>5', /filter, column \d+/);
    press(terminal, 'C-u', ...'type=xfs', 'enter');
    await shows(terminal, '/var', 'filter: type=xfs (11 hidden)', '1/1');
  });

  it('folds and unfolds', async () => {
    const terminal = await start();
    press(terminal, '4');
    await shows(terminal, '▌ cpu,cpuacct:/');
    press(terminal, '-');
    await shows(terminal, '▌ cpu,cpuacct:/ ▸1');
    press(terminal, 'down', 'down', '-');
    await shows(terminal, '▌ ├─ docker ▸12', 'system.slice');
    press(terminal, '*');
    await shows(terminal, 'checkout-api', /^(?!.*▸)/s);
  });
});

describe('following', () => {
  it('selects the container again when it comes anew, on its page too', async () => {
    const terminal = await start(['--fail', 'end']);
    press(terminal, 'F');
    await shows(terminal, 'following checkout-api');
    terminal.signal('SIGUSR2');
    await shows(terminal, 'checkout-api ended; selected is now');
    terminal.signal('SIGUSR2');
    await shows(terminal, '▌!checkout-api', 'checkout-api is back');
    press(terminal, 'enter');
    await shows(terminal, '1Page');
    terminal.signal('SIGUSR2');
    await shows(terminal, '─ ended');
    terminal.signal('SIGUSR2');
    await shows(terminal, 'checkout-api is back', /^(?!.*─ ended)/s);
  });
});

it('a thousand containers in every list, to the last row', async () => {
  const terminal = await start(['--count', '1000', '--interval', '500'], { columns: 120, rows: 40 });
  for (const [key, title, rows] of LISTS) {
    press(terminal, key);
    await shows(terminal, title, new RegExp(` \\d+/${rows} *$`, 'm'));
    press(terminal, 'G');
    await shows(terminal, title, new RegExp(` ${rows}/${rows} *$`, 'm'), /^▌/m);
    press(terminal, 'g');
    await shows(terminal, title, new RegExp(` 1/${rows} *$`, 'm'));
  }
});

it('churn never moves the selection to another row', async () => {
  const terminal = await start(['--count', '200', '--interval', '20', '--churn']);
  press(terminal, '/', ...'c-7', 'enter');
  await shows(terminal, /^▌.*c-7/m);
  for (let i = 0; i < 30; i += 1) {
    const selected = /^▌[ !▲](\S+)/m.exec(await terminal.waitForScreen((text) => /^▌/m.test(text), 'a row'));
    const next = await terminal.waitForScreen(
      (text) => !text.includes(`▌ ${selected?.[1]} `) || text.includes('ended'),
      'the row to go',
    );
    expect(next).toMatch(new RegExp(`▌ ${selected?.[1]} |ended; selected is now`));
  }
});

describe('hostile names', () => {
  const NAMES = ['{bold}loud', 'esc\\x1b', '数据库-db', '🚀rocket', 'rtl\\u202e'];
  it.each([
    ['1', 'STATE', /r/],
    ['2', 'USER', /[r3]/],
    ['4', 'HIERARCHY', /v/],
    ['5', 'TYPE', /o/],
    ['6', 'KIND', /v/],
    ['66', 'PROTO', /t/],
    ['7', 'USER NS', /h/],
  ])('tab %s shows them as text, and what stands below %s stays there', async (keys, title, first) => {
    const terminal = await start(['--hostile'], { columns: 200, rows: 60 });
    press(terminal, ...keys);
    const seen = (text: string) =>
      text.split('\n')[3]?.includes(title) === true && NAMES.every((name) => text.includes(name));
    await terminal.waitForScreen(seen, `${title}, ${NAMES.join(', ')}`);
    expect(terminal.output).not.toMatch(/\x1b\[31mred|\u202e/);
    const rows = () => {
      // The pane below tells of the selected one.
      const list = terminal.lines.slice(
        0,
        terminal.lines.findLastIndex((line) => line.startsWith('─ ')),
      );
      return list.flatMap((line, row) => (row > 3 && NAMES.some((name) => line.includes(name)) ? [row] : []));
    };
    const { column } = spotOf(terminal, title, 3);
    const inLine = () =>
      rows().length > 0 && rows().every((row) => first.test(terminal.cell(row, column).text));
    await terminal.waitFor(inLine, `${first} in column ${column} of each of these rows`);
  });
});

describe('any size', () => {
  it.each(LISTS.map(([key, title], i) => [i === 5 ? '66' : key, title]))(
    'tab %s is clean after many sizes while it draws',
    async (keys, title) => {
      const terminal = await start(['--count', '300', '--interval', '5', '--churn'], {
        columns: 100,
        rows: 30,
      });
      for (const key of keys) press(terminal, key);
      await shows(terminal, title);
      for (let i = 0; i < 30; i += 1) terminal.resize(60 + ((i * 37) % 140), 15 + ((i * 11) % 45));
      terminal.resize(90, 20);
      press(terminal, 'space');
      await shows(terminal, 'PAUSED', title, /^ F1 Help/m);
      await terminal.waitFor(() => terminal.lines[19]?.startsWith(' F1 Help') === true, 'the key bar below');
      const body = () => terminal.lines.slice(3, 19).join('\n');
      await terminal.settled();
      const before = body();
      const written = terminal.output.length;
      press(terminal, 'C-l');
      await terminal.waitFor(() => terminal.output.slice(written).includes('F1'), 'all to be drawn again');
      await terminal.waitFor(() => body() === before, 'the same screen, drawn as a whole');
    },
  );

  it.each(['1', '2', '8'])('40x10 is too small for tab %s, and it comes back', async (key) => {
    const terminal = await start();
    press(terminal, key);
    terminal.resize(40, 10);
    await shows(terminal, 'needed 60x15, is 40x10');
    terminal.resize(60, 15);
    await shows(terminal, 'F1 Help', 'porthole');
  });

  it('a menu fits the smallest terminal', async () => {
    const terminal = await start([], { columns: 60, rows: 15 });
    press(terminal, 'f2');
    await shows(terminal, 'Columns of containers', '▌ [x] NAME', 'Esc leaves');
    press(terminal, 'end');
    await shows(terminal, /^▌ \[[ x]\] /m, /\d+\/\d+ ─/);
    press(terminal, 'escape');
    await shows(terminal, /^(?!.*Columns of)/s);
    press(terminal, 'f9');
    await shows(terminal, '▌ freeze');
    press(terminal, 'enter');
    await shows(terminal, 'cgroup.freeze 0 → 1', '▌ No', 'Yes', 'y or n');
  });
});
