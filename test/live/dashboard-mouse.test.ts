/** The mouse in a real terminal, and the menus by mouse and keys: each by what it does to the screen. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { TestTerminal } from '../terminal.ts';
import { startHarness, useHarness } from '../unit/tui/in-terminal.ts';
import { bytesOf, click, doubleClick, spotOf, wheel } from '../unit/tui/keystrokes.ts';

useHarness();

let terminal: TestTerminal;
beforeEach(async () => {
  terminal = startHarness();
  await terminal.waitForText('▌!checkout-api');
});

const press = (...keys: readonly string[]) => terminal.type(keys.map(bytesOf).join(''));
const at = (text: string, fromRow = 0) => spotOf(terminal, text, fromRow);
const shows = (...texts: readonly (string | RegExp)[]) =>
  terminal.waitForScreen(
    (text) => texts.every((each) => (typeof each === 'string' ? text.includes(each) : each.test(text))),
    texts.join(', '),
  );
const hides = (text: string) => terminal.waitForScreen((screen) => !screen.includes(text), `no ${text}`);

describe('a press of the mouse', () => {
  it('selects a row, anywhere on it', async () => {
    click(terminal, at('throttled'));
    await shows('▌!db');
    click(terminal, { column: 0, row: at('ingress').row });
    await shows('▌ ingress');
  });

  it('opens a row when it comes twice', async () => {
    doubleClick(terminal, at('batch-7'));
    await shows('batch-7 › 1Page', '─ batch-7 ─');
  });

  it('does not open when the two are on different rows', async () => {
    click(terminal, at('batch-7'));
    click(terminal, at('ingress'));
    await shows('▌ ingress', 'WHY▾');
  });

  it('sorts by a title, and again the other way round', async () => {
    click(terminal, at('CPU%'));
    await shows('CPU%▾');
    click(terminal, at('CPU%'));
    await shows('CPU%▴');
    click(terminal, at('NAME'));
    await shows('NAME▾');
  });

  it('opens a tab, and again its other view', async () => {
    click(terminal, at('Network'));
    await shows('INTERFACE');
    click(terminal, at('6Network'));
    await shows('6Sockets', 'PROTO');
    click(terminal, at('1Containers'));
    await shows('▌!checkout-api');
  });

  it('does what the key bar says', async () => {
    click(terminal, at('Search', 23));
    await shows('Search: ');
    press('escape');
    await shows('F1 Help');
    click(terminal, at('F5', 23));
    await hides('└─');
    click(terminal, at('Open', 23));
    await shows('1Page', 'Esc Back');
    click(terminal, at('Back', 23));
    await shows('WHY▾');
    click(terminal, at('q Quit', 23));
    expect((await terminal.exited).exitCode).toBe(0);
  });

  it('of another button does nothing', async () => {
    const { column, row } = at('batch-7');
    terminal.type(`\x1b[<2;${column + 1};${row + 1}M\x1b[<2;${column + 1};${row + 1}m`);
    press('down');
    await shows('▌ └─ unshare:41822');
  });
});

describe('the wheel', () => {
  it('moves in a list', async () => {
    wheel(terminal, 'down', at('db'));
    await shows('▌▲batch-7');
    wheel(terminal, 'up', at('db'));
    await shows('▌!checkout-api');
  });

  it('scrolls a page', async () => {
    press('f1');
    await shows('one row up');
    wheel(terminal, 'down', at('one row up'));
    await shows(/─ 4-\d+ of \d+ lines/);
  });

  it('moves in a menu', async () => {
    press('f6');
    await shows('Sort containers by');
    press('home');
    await shows('▌ NAME');
    wheel(terminal, 'down', at('▌ NAME'));
    await shows('▌ STATE');
  });
});

describe('in a menu', () => {
  it('a press chooses', async () => {
    press('f6');
    await shows('Sort containers by');
    click(terminal, at('memory in use without'));
    await shows(/ MEM▾/, 'sorted by MEM');
    await hides('Sort containers by');
  });

  it('a press beside it leaves it, and does nothing else', async () => {
    press('f6');
    await shows('Sort containers by');
    click(terminal, at('└─ unshare'));
    await hides('Sort containers by');
    expect(terminal.text).toContain('▌!checkout-api');
  });

  it('a press on a column switches it', async () => {
    press('f2');
    await shows('Columns of containers');
    click(terminal, at('[x] PIDS'));
    await shows('[ ] PIDS', /^ {2}NAME .* % +WHY▾ *$/m);
    press('enter');
    await hides('Columns of containers');
  });

  it('columns are moved, and brought back', async () => {
    press('f2');
    await shows('▌ [x] NAME');
    press('>');
    await shows(/^ {2}STATE +NAME /m);
    press('delete');
    await shows(/^ {2}NAME +STATE /m);
  });

  it('runtimes are hidden, and the empty list says how to get them back', async () => {
    press('H');
    await shows('Show containers of');
    for (const runtime of ['containerd', 'docker', 'lxc', 'podman', 'systemd', 'unshare']) {
      click(terminal, at(`[x] ${runtime}`));
      await shows(`[ ] ${runtime}`);
    }
    press('escape');
    await shows('no containers', 'H shows hidden runtimes');
  });

  it('colours change, at once and everywhere', async () => {
    const colourOf = (text: string) => {
      const { row, column } = at(text);
      return terminal.cell(row, column).foreground;
    };
    const before = colourOf('95.1');
    expect(before).toBeDefined();
    press('T');
    await shows('Colours', '▌ dark');
    click(terminal, at('mono', 10));
    await hides('Colours');
    await terminal.waitFor(() => colourOf('95.1') === undefined, 'no colour');
    press('T');
    await shows('▌ mono');
    press('home', 'enter');
    await terminal.waitFor(() => colourOf('95.1') === before, 'the colour of before');
  });
});

describe('what can be done', () => {
  it('is asked about first; Enter, n and Esc change nothing', async () => {
    for (const key of ['enter', 'n', 'escape']) {
      press('f9');
      await shows('▌ freeze', 'porthole freeze checkout-api');
      press('enter');
      await shows('freeze checkout-api?', 'cgroup.freeze 0 → 1', 'as: porthole freeze checkout-api', '▌ No');
      press(key);
      await shows(/^ nothing is changed/m);
      press('up');
      await terminal.waitForScreen((text) => !text.includes('nothing is changed'), 'no message');
    }
  });

  it('is done after y, and the status line says so', async () => {
    press('m', 'enter', 'y');
    await shows('freeze checkout-api: done');
  });

  it('is done by the mouse', async () => {
    press('m');
    await shows('▌ freeze');
    click(terminal, at('▌ freeze'));
    await shows('▌ No');
    click(terminal, at('Yes'));
    await shows('freeze checkout-api: done');
  });

  it('is said when it failed', async () => {
    press('f9', 'down', 'down', 'enter');
    await shows('fail checkout-api: refused; nothing changed');
  });

  it('with a form: typed, corrected, asked about, done', async () => {
    press('f7');
    await shows('▌ memory', 'for instance 1G');
    press(...'much');
    await shows(/▌ memory .*much/);
    press('enter');
    await shows('memory: much is no size');
    press('C-u', ...'1G', 'down', ...'1.5');
    await shows(/ memory .* 1G/, /▌ cpu .*1\.5/);
    press('enter');
    await shows('will write memory=1G', 'as: porthole limit checkout-api memory=1G cpu=1.5', '▌ No');
    press('y');
    await shows('limits checkout-api: done');
  });

  it('with a form: the mouse selects, Esc changes nothing', async () => {
    press('f7');
    await shows('▌ memory');
    click(terminal, at('cpu  '));
    await shows('▌ cpu');
    press('escape');
    await shows(/^ nothing is changed/m);
  });

  it('with a form: the mouse fills in a preset, and leaves by the key bar', async () => {
    press('f7');
    await shows('▌ memory', 'Fill in');
    click(terminal, at('Fill in'));
    await shows('▌ small', 'as db');
    click(terminal, at('small  '));
    await shows('filled in: memory=256M swap=0', /▌ memory .* 256M/);
    click(terminal, at('goes back after'));
    await shows(/▌ .*goes back after/);
    click(terminal, at('Leave'));
    await shows(/^ nothing is changed/m);
  });

  it('by a menu of a menu and another answer than yes, with the mouse', async () => {
    press('m');
    await shows('signal ›');
    click(terminal, at('signal ›'));
    await shows('Signal to checkout-api');
    click(terminal, at('SIGTERM'));
    await shows('to every process of it', '▌ No');
    click(terminal, at('All  '));
    await shows('SIGTERM to all checkout-api: done');
  });

  it('of what failed is asked about in another way', async () => {
    press('f9', 'down', 'down', 'enter');
    await shows(
      'move and fail checkout-api?',
      '2 processes would be moved',
      'as: porthole fail checkout-api --move',
    );
    press('escape');
    await shows(/^ nothing is changed/m);
  });

  it('is about the container of the selected process', async () => {
    press('2');
    await shows('▌   20051');
    press('down', 'f9', 'enter');
    await shows('freeze db?');
  });

  it.each([
    ['copy command: inspect', 'porthole inspect checkout-api'],
    ['copy command: enter', 'nsenter -t 10630 -a'],
    ['copy init pid', '10630'],
    ['copy id', '519616c67829'.padEnd(64, '0')],
    ['copy key', 'docker/checkout-api'],
    ['copy cgroup', '/docker/checkout-api'],
  ])('%s goes to the clipboard of the terminal', async (label, text) => {
    press('f9', 'G');
    await shows(label, '▌ copy');
    click(terminal, at(label));
    await shows('to the clipboard of the terminal: ');
    const sequence = `\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`;
    await terminal.waitFor(() => terminal.output.includes(sequence), JSON.stringify(sequence));
  });
});
