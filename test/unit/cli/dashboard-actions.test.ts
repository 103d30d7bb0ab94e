import { describe, expect, it } from 'vitest';
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
const choicesOf = (from: Container, id: string) => {
  const { first } = actions.of(from).find((each) => each.id === id) ?? {};
  return first?.kind === 'choose' ? first.from : [];
};
const find = (id: string, from: Container) =>
  [...actions.of(from), ...choicesOf(from, 'signals')].find((each) => each.id === id);

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

it('one process stops and goes on, and two stop', () => {
  const questionFor = (id: string, state: Container['state'], pids: number[]) =>
    find(id, container('web', state, { pids }))?.question?.[0];
  expect(questionFor('freeze', 'running', [41])).toMatch(/^1 process stops until it is thawed/);
  expect(questionFor('freeze', 'running', [41, 42])).toMatch(/^2 processes stop until it is thawed/);
  expect(questionFor('thaw', 'frozen', [41])).toBe('1 process goes on');
});

it('each signal by its name, TERM first, asked about before it is sent; KILL to all of it', () => {
  const signals = choicesOf(container('web', 'running'), 'signals');
  expect(signals.map(({ label }) => label)).toEqual([
    'SIGTERM',
    'SIGTERM, then SIGKILL',
    ...['KILL', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'WINCH', 'STOP', 'CONT'].map((name) => `SIG${name}`),
  ]);
  for (const { question, first } of signals) expect(question?.length ?? first?.kind).toBeTruthy();
  expect(find('signal-HUP', container('web', 'running'))).toMatchObject({
    question: ['SIGHUP to its init, pid 41'],
    command: 'porthole kill web -s HUP',
    answers: [{ key: 'a', action: { command: 'porthole kill web -s HUP --all', all: true } }],
  });
  expect(find('signal-KILL', container('web', 'running'))).toMatchObject({
    question: ['SIGKILL to all of it, 2 processes now'],
    command: 'porthole kill web -s KILL --all',
  });
});

describe('what a time is typed for', () => {
  const web = container('web', 'running');
  const plan = (id: string, time: string) => {
    const action = find(id, web);
    if (action === undefined || actions.looks === undefined) throw new Error(`no ${id}`);
    return actions.looks.plan(action, web, new Map([['time', time]]));
  };

  it('a freeze that ends by itself', async () => {
    expect(await plan('freeze-for', '1.5m')).toMatchObject({
      question: [
        expect.stringContaining('2 processes stop for 1.5m, or until it is thawed'),
        'by the freezer of /docker/web',
      ],
      command: 'porthole freeze web --for 1.5m',
      forMs: 90_000,
    });
  });

  it('TERM, and KILL to all of it later', async () => {
    expect(await plan('signal-wait', '5s')).toMatchObject({
      question: [
        'SIGTERM to its init, pid 41',
        'SIGKILL to all of it, 2 processes now, when it has not ended 5s later',
      ],
      command: 'porthole kill web --wait 5s',
      waitMs: 5000,
      answers: [
        { key: 'a', action: { command: 'porthole kill web --all --wait 5s', all: true, waitMs: 5000 } },
      ],
    });
  });

  it.each(['soon', '0s', '-3', ''])('%j is none', async (time) => {
    expect(await plan('freeze-for', time)).toEqual({
      refused: expect.stringContaining('such as 250ms, 30s'),
    });
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
