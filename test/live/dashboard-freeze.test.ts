// Freezing, thawing and signals from the dashboard, in a real terminal, on real containers.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Lab, type LabContainer, removeWhenEmpty } from '../lab/index.ts';
import type { TestTerminal } from '../terminal.ts';
import { chooseFromMenu, dashboardOn, KEYS, shows } from './dashboard-kit.ts';
import { freezerDirectory, stateIn, until, watchdogs } from './freeze-kit.ts';
import { stateOf } from './launch-kit.ts';

let lab: Lab;
let terminal: TestTerminal | undefined;

beforeAll(async () => {
  lab = await Lab.create();
});
afterEach(async () => {
  await terminal?.dispose();
  terminal = undefined;
});
afterAll(() => lab?.close());

/** In a freezer of its own. */
async function started(name: string, trap: string): Promise<LabContainer> {
  const cmd = ['/bin/sh', '-c', `trap "${trap}" TERM; while :; do sleep 0.1; done`];
  return lab.unshare({ cgroup: await lab.cgroup(['freezer'], name), cmd });
}

async function dashboard({ initPid }: LabContainer): Promise<TestTerminal> {
  terminal = await dashboardOn(`unshare:${initPid}`);
  return terminal;
}

const hasEnded = ({ initPid }: LabContainer) => ['', 'Z'].includes(stateOf(initPid));

it('F8 freezes after a question and thaws after another; F9 sends a signal', async () => {
  const container = await started('dashboard', 'exit 0');
  const name = `unshare:${container.initPid}`;
  const screen = await dashboard(container);
  const state = () => stateIn(freezerDirectory(container.initPid));
  screen.type(KEYS.f8);
  await shows(screen, `freeze ${name}?`, `as: porthole freeze ${name}`);
  expect(state()).toBe('THAWED');
  screen.type('n');
  await screen.waitForText('nothing is changed');
  expect(state()).toBe('THAWED');
  screen.type(KEYS.f8);
  await screen.waitForText(`freeze ${name}?`);
  screen.type('y');
  await screen.waitForText(`${name} is frozen`);
  expect(state()).toBe('FROZEN');

  await screen.waitForScreen(() => screen.lines.some((line) => / unshare +frozen /.test(line)), 'its row');
  screen.type(KEYS.f8);
  await screen.waitForText(`thaw ${name}?`);
  screen.type('y');
  await screen.waitForText(`${name} is thawed`);
  expect(state()).toBe('THAWED');

  await chooseFromMenu(screen, 'signal ›');
  await shows(screen, `Signal to ${name}`, /^▌ SIGTERM {2,}porthole kill /m);
  screen.type('\r');
  await shows(screen, `send SIGTERM to ${name}?`, `SIGTERM to its init, pid ${container.initPid}`);
  screen.type('y');
  await until(() => hasEnded(container), 'its end');
  screen.type('q');
  await screen.waitForScreen(() => !screen.onAlternateScreen, 'the screen to be left');
});

it('freezes for a time that is asked for, and a watchdog thaws it', async () => {
  const container = await started('dashboard-for', 'exit 0');
  const name = `unshare:${container.initPid}`;
  const screen = await dashboard(container);
  const directory = freezerDirectory(container.initPid);
  await chooseFromMenu(screen, 'freeze for a time');
  await screen.waitForText('thaws by itself after');
  screen.type('\x15soon\r');
  await screen.waitForText('such as 250ms, 30s, 10m or 2h');
  expect(stateIn(directory)).toBe('THAWED');
  screen.type('\x154s\r');
  await shows(screen, `freeze ${name} for 4s?`, `as: porthole freeze ${name} --for 4s`);
  screen.type('y');
  await until(() => stateIn(directory) === 'FROZEN', 'it to freeze');
  expect(watchdogs(directory)).toHaveLength(1);
  await screen.waitForText('it thaws by itself in');
  await until(() => stateIn(directory) === 'THAWED', 'it to thaw');
  await container.stop();
});

it('ends what does not end by SIGTERM, after the time that is asked for', async () => {
  const container = await started('dashboard-wait', '');
  const name = `unshare:${container.initPid}`;
  const screen = await dashboard(container);
  await chooseFromMenu(screen, 'signal ›', 'SIGTERM, then SIGKILL');
  await screen.waitForText('SIGKILL after');
  screen.type('\x15500ms\r');
  await shows(
    screen,
    `end ${name}?`,
    `as: porthole kill ${name} --wait 500ms`,
    'when it has not ended 500ms later',
  );
  screen.type('y');
  await until(() => hasEnded(container), 'its end');
  await screen.waitForText('it had not ended in time: SIGKILL sent');
});

it('sends a signal to every process, by another answer to the question', async () => {
  const container = await started('dashboard-all', 'exit 0');
  const name = `unshare:${container.initPid}`;
  const screen = await dashboard(container);
  await chooseFromMenu(screen, 'signal ›', 'SIGTERM');
  await shows(screen, `send SIGTERM to ${name}?`, `porthole kill ${name} -s TERM --all`);
  screen.type('a');
  await screen.waitForScreen((text) => /SIGTERM sent to \d+ process/.test(text), 'what was done');
  await until(() => hasEnded(container), 'its end');
});

it('a container without a freezer of its own: who else would stop, and moves it only after a question', async () => {
  const container = await lab.unshare({ name: 'df-nowhere' });
  const { initPid } = container;
  const name = `unshare:${initPid}`;
  const before = freezerDirectory(initPid);
  const screen = await dashboard(container);
  screen.type(KEYS.f8);
  await screen.waitForText(`freeze ${name}?`);
  screen.type('y');
  await shows(
    screen,
    `move and freeze ${name}?`,
    /it has no cgroup of its own: .* other processes would be hit: /,
    `porthole-${initPid}, a cgroup made for it, and stop there`,
  );
  expect(freezerDirectory(initPid)).toBe(before);
  screen.type('y');
  await screen.waitForText(`${name} is frozen`);
  const made = freezerDirectory(initPid);
  expect(made).toMatch(new RegExp(`/porthole-${initPid}$`));
  expect(stateIn(made)).toBe('FROZEN');
  await chooseFromMenu(screen, 'signal ›', 'SIGKILL');
  await screen.waitForText(`send SIGKILL to all of ${name}?`);
  screen.type('y');
  await until(() => hasEnded(container), 'its end');
  await container.stop();
  await removeWhenEmpty(made);
});
