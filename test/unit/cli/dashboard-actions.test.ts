import { expect, it } from 'vitest';
import { containerActions } from '../../../src/cli/dashboard-actions.ts';
import type { Container } from '../../../src/model/host-model.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';

/** What these actions ask of a container. */
const container = (name: string, state: Container['state'], more: Partial<Container> = {}) =>
  ({
    name,
    state,
    initPid: 41,
    pids: [41, 42],
    cgroup: { mode: 'v1', own: true, paths: { freezer: '/docker/web', '': '/' } },
    ...more,
  }) as Container;
const actions = containerActions(new KernelFiles());
const find = (id: string, from: Container) => actions.of(from).find((each) => each.id === id);

it.each([
  ['web', 'porthole attach web'],
  ['a b', "porthole attach 'a b'"],
  ["it's $(id)", "porthole attach 'it'\\''s $(id)'"],
])('a shell in %s, as a command line for a shell', (name, command) => {
  expect(find('shell', container(name, 'running'))).toEqual({
    id: 'shell',
    label: 'shell',
    command,
    takesTerminal: true,
  });
});

it('freeze what runs, thaw what is frozen, and never both', () => {
  const running = container('web', 'running');
  expect(find('thaw', running)).toBeUndefined();
  expect(find('freeze', running)).toMatchObject({ command: 'porthole freeze web' });
  expect(find('freeze', running)?.question?.join('\n')).toMatch(
    /^2 processes stop .*\nby the freezer of \/docker\/web$/,
  );
  for (const state of ['frozen', 'freezing'] as const) {
    const frozen = container('web', state, { frozenBy: '/docker' });
    expect(find('freeze', frozen)).toBeUndefined();
    expect(find('thaw', frozen)).toMatchObject({ command: 'porthole thaw web' });
    expect(find('thaw', frozen)?.question).toContain('but for what /docker, a cgroup above it, keeps frozen');
  }
});

it('each signal by its name, asked about before it is sent; KILL to all of it', () => {
  const signals = actions.of(container('web', 'running')).filter(({ id }) => id.startsWith('signal-'));
  expect(signals.map(({ label }) => label.replace('signal ', ''))).toEqual(
    expect.arrayContaining(['TERM', 'KILL', 'HUP', 'INT', 'STOP', 'CONT']),
  );
  for (const { question } of signals) expect(question?.length).toBeGreaterThan(0);
  expect(find('signal-HUP', container('web', 'running'))).toMatchObject({
    question: ['SIGHUP to its init, pid 41'],
    command: 'porthole kill web -s HUP',
  });
  expect(find('signal-KILL', container('web', 'running'))).toMatchObject({
    question: ['SIGKILL to all of it, 2 processes now'],
    command: 'porthole kill web -s KILL --all',
  });
});

it('what cannot be done is an outcome, not an error', async () => {
  const gone = container('web', 'running', { initPid: 2 ** 22 + 1, initStarttimeTicks: 1 });
  for (const id of ['freeze', 'signal-TERM']) {
    const action = find(id, gone);
    if (action === undefined) throw new Error(`no ${id}`);
    expect(await actions.run(action, gone)).toEqual({
      isDone: false,
      text: expect.stringContaining('has ended'),
    });
  }
});

it('none where nothing runs any more, and none in copies of /proc', () => {
  expect(actions.of(container('web', 'exited'))).toEqual([]);
  expect(actions.of(container('web', 'exited-init'))).toEqual([]);
  const elsewhere = containerActions(new KernelFiles('/host/proc', '/host/sys'));
  expect(elsewhere.of(container('web', 'running'))).toEqual([]);
});
