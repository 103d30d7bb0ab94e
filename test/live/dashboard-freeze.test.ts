// Freezing, thawing and signals from the dashboard, in a real terminal, on a real container.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab, type LabContainer } from '../lab/index.ts';
import { TestTerminal } from '../terminal.ts';
import { freezerDirectory, stateIn, until } from './freeze-kit.ts';
import { stateOf } from './launch-kit.ts';

let lab: Lab;
let container: LabContainer;
let terminal: TestTerminal | undefined;

beforeAll(async () => {
  lab = await Lab.create();
  const cgroup = await lab.cgroup(['freezer'], 'dashboard');
  const cmd = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];
  container = await lab.unshare({ cgroup, cmd });
});
afterEach(async () => {
  await terminal?.dispose();
  terminal = undefined;
});
afterAll(() => lab?.close());

const F4 = '\x1bOS';
const F8 = '\x1b[19~';
const F9 = '\x1b[20~';

it('F8 freezes after a question and thaws after another; F9 sends a signal', async () => {
  const name = `unshare:${container.initPid}`;
  const args = [await buildOnce(), 'top', '-d', '0.2'];
  const screen = TestTerminal.start(process.execPath, args, { columns: 120, rows: 40 });
  terminal = screen;
  await screen.waitForText('NAME ');
  // Whatever else is on this host comes and goes.
  screen.type(F4);
  screen.type(`name=${name}\r`);
  await screen.waitForScreen(
    () => screen.lines.some((line) => line.startsWith(`─ ${name} ─`)),
    'it to be selected',
  );

  const state = () => stateIn(freezerDirectory(container.initPid));
  screen.type(F8);
  await screen.waitForText(`freeze ${name}?`);
  expect(screen.lines.join('\n')).toContain(`as: porthole freeze ${name}`);
  expect(state()).toBe('THAWED');
  screen.type('n');
  await screen.waitForText('nothing is changed');
  expect(state()).toBe('THAWED');
  screen.type(F8);
  await screen.waitForText(`freeze ${name}?`);
  screen.type('y');
  await screen.waitForText(`${name} is frozen`);
  expect(state()).toBe('FROZEN');

  await screen.waitForScreen(() => screen.lines.some((line) => / unshare +frozen /.test(line)), 'its row');
  screen.type(F8);
  await screen.waitForText(`thaw ${name}?`);
  screen.type('y');
  await screen.waitForText(`${name} is thawed`);
  expect(state()).toBe('THAWED');

  screen.type(F9);
  await screen.waitForText('signal TERM');
  expect(screen.lines.join('\n')).toContain(`porthole kill ${name} -s TERM`);
  // Down to it, wherever it stands in the menu, which is below the selected row.
  const chosen = () =>
    screen.lines.map((line) => /^▌ (\w+(?: \w+)?)/.exec(line)?.[1]).findLast((word) => word !== undefined);
  for (let before = chosen(); before !== 'signal TERM'; before = chosen()) {
    screen.type('\x1b[B');
    await screen.waitForScreen(() => chosen() !== before, 'the next line of the menu');
  }
  screen.type('\r');
  await screen.waitForText(`signal TERM ${name}?`);
  screen.type('y');
  await until(() => ['', 'Z'].includes(stateOf(container.initPid)), 'its end');
  screen.type('q');
  await screen.waitForScreen(() => !screen.onAlternateScreen, 'the screen to be left');
});
