/** What the dashboard remembers from one start to the next: the built program, with a configuration directory of its own. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Lab } from '../lab/index.ts';
import type { TestTerminal } from '../terminal.ts';
import { startProgram, startProgramWithout, useHarness } from '../unit/tui/in-terminal.ts';
import { bytesOf } from '../unit/tui/keystrokes.ts';

useHarness();

let config = '';
const file = () => join(config, 'porthole', 'dashboard.json');
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'porthole-config-'));
});
afterEach(() => rmSync(config, { recursive: true, force: true }));

function write(text: string): void {
  mkdirSync(dirname(file()), { recursive: true });
  writeFileSync(file(), text);
}

async function start(args: readonly string[] = [], directory = config): Promise<TestTerminal> {
  const options = { columns: 120, rows: 40, env: { XDG_CONFIG_HOME: directory } };
  const terminal = await startProgram(args, options);
  await terminal.waitForText('F1 Help');
  await terminal.waitForText('Linux');
  return terminal;
}

const press = (terminal: TestTerminal, ...keys: readonly string[]) =>
  terminal.type(keys.map(bytesOf).join(''));

async function quit(terminal: TestTerminal): Promise<void> {
  press(terminal, 'f10');
  expect((await terminal.exited).exitCode).toBe(0);
}

it('columns, order, theme, interval, pane, sandboxes and hidden runtimes are there again', async () => {
  const lab = await Lab.create();
  try {
    const { initPid } = await lab.unshare({ name: 'remembered' });
    const filter = ['\\', ...`name=unshare:${initPid}`, 'enter'];
    const first = await start();
    press(first, ...filter);
    await first.waitForText('1/1');
    press(first, 'M', ']', 'd', 'A', 'f2');
    await first.waitForText('Columns of containers');
    press(first, '>', 'enter', 'T');
    await first.waitForText('▌ dark');
    press(first, 'down', 'enter', 'H');
    await first.waitForText('Show containers of');
    press(first, 'end');
    await first.waitForText('▌ [x] unshare');
    press(first, 'space', 'enter');
    await first.waitForText('no containers');
    press(first, '2');
    await first.waitForText('PID INNER');
    press(first, 't', 'I');
    await first.waitForText('CPU%▴');
    await quit(first);

    const second = await start();
    await second.waitForText('every 2s');
    await second.waitForScreen((text) => /^ {2}RUNTIME +NAME .* MEM▾/m.test(text), 'the columns of before');
    expect(second.text).not.toMatch(/^─ .* ─ pid \d/m);
    press(second, ...filter);
    await second.waitForText('no containers');
    press(second, 'T');
    await second.waitForText('▌ light');
    press(second, 'q', 'H');
    await second.waitForText('[ ] unshare');
    press(second, 'q', '2');
    await second.waitForText('CPU%▴');
    await second.waitForText('└─');
    press(second, '1', 'A');
    await second.waitForText('sandboxes hidden');
    await quit(second);
  } finally {
    await lab.close();
  }
});

it('what the command line says is for this time', async () => {
  write('{"theme":"mono","intervalSeconds":5}');
  const terminal = await start(['top', '--theme', 'light', '-d', '0.5']);
  await terminal.waitForText('every 500ms');
  press(terminal, 'd');
  await terminal.waitForText('no details');
  await quit(terminal);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({
    theme: 'mono',
    intervalSeconds: 5,
    pane: false,
  });
});

it('what somebody else wrote into the file stays', async () => {
  write('{"note":"mine","views":{"tomorrow":{"sort":"x"}}}');
  const terminal = await start();
  press(terminal, 'N');
  await terminal.waitForText('sorted by NAME');
  await quit(terminal);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({
    note: 'mine',
    views: { tomorrow: { sort: 'x' }, containers: { sort: 'name' } },
  });
});

it.each([
  ['no JSON', '{"theme":', 'no JSON'],
  ['a wrong value', '{"theme":"pink"}', 'theme: expected dark'],
])('a broken file (%s) is said to be broken, and left alone', async (_name, text, said) => {
  write(text);
  const terminal = await start();
  await terminal.waitForText(said);
  press(terminal, 'N');
  await terminal.waitForText('sorted by NAME');
  await quit(terminal);
  expect(readFileSync(file(), 'utf8')).toBe(text);
});

it('a directory that cannot be made is said', async () => {
  const terminal = await start([], '/proc/self/config');
  press(terminal, 'N');
  await terminal.waitForText('not remembered: /proc/self/config/porthole/dashboard.json: E');
  await quit(terminal);
});

it('a link stays a link', async () => {
  const real = join(config, 'dotfile.json');
  writeFileSync(real, '{}');
  mkdirSync(dirname(file()));
  symlinkSync(real, file());
  const terminal = await start();
  press(terminal, 'N');
  await terminal.waitForText('sorted by NAME');
  await quit(terminal);
  expect(lstatSync(file()).isSymbolicLink()).toBe(true);
  expect(JSON.parse(readFileSync(real, 'utf8')).views.containers.sort).toBe('name');
});

it('without a home it works, and remembers nothing', async () => {
  const terminal = await startProgramWithout(['HOME', 'XDG_CONFIG_HOME']);
  await terminal.waitForText('F1 Help');
  press(terminal, 'N');
  await terminal.waitForText('sorted by NAME');
  await quit(terminal);
  expect(existsSync(file())).toBe(false);
});
