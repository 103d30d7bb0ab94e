// A signal for Porthole is one for the command that it runs, from the moment at which somebody can know that it runs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab } from '../lab/index.ts';
import { children as childrenOf } from './launch-kit.ts';
import { cannotTrace } from './strace-kit.ts';

const NAME = 'at-signals';
/** Many times as long as a command takes to say something; how long Porthole waits for a start that hangs is more. */
const HELD_USEC = 300_000;
/** What it says on stderr comes from itself, also when it has a terminal. */
const COUNTING =
  "n=0; trap 'n=$((n+1)); echo interrupted' INT; trap 'echo $n; exit 7' TERM; echo ready >&2; while :; do sleep 0.01; done";

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.create();
  await lab.runc({ name: NAME });
});
afterAll(() => lab?.close());

/** Porthole's own thread comes back late from waiting for the launcher: the command runs by then. */
function late(): string[] {
  const calls = 'poll,ppoll';
  const inject = `inject=${calls}:delay_exit=${HELD_USEC}`;
  return ['strace', '-D', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject];
}

interface Attached {
  readonly child: ChildProcess;
  /** At once when anything comes on stderr. */
  readonly ready: Promise<unknown>;
  /** When its stdout has this. */
  readonly said: (text: string) => Promise<unknown>;
  /** With all that it and the command have written to stdout. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>;
}

async function attached(
  script: string,
  { name = NAME, options = [], through = [] }: { name?: string; options?: string[]; through?: string[] } = {},
): Promise<Attached> {
  const attach = [process.execPath, await buildOnce(), 'attach', '-q', ...options, name];
  const [command = '', ...words] = [...through, ...attach, '--', 'sh', '-c', script];
  const child = spawn(command, words);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    // As a terminal ends its lines.
    output += chunk.replaceAll('\r', '');
  });
  const ready = once(child.stderr, 'data');
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, output }));
  const said = (text: string) => lab.waitFor(() => output.includes(text), text);
  return { child, ready, said, ended };
}

const KINDS: [string, string[]][] = [
  ['pipes', []],
  ['a terminal', ['--tty']],
];

describe.each(KINDS)('with %s signals reach the command, once', (_, options) => {
  const interrupted = async (through: string[]) => {
    const { child, ready, said, ended } = await attached(COUNTING, { options, through });
    await ready;
    child.kill('SIGINT');
    await Promise.race([said('interrupted'), ended]);
    child.kill('SIGTERM');
    return ended;
  };
  const once = { code: 7, signal: null, output: 'interrupted\n1\n' };

  it('as soon as it says something', async () => {
    for (let tries = 0; tries < 10; tries += 1) expect(await interrupted([])).toEqual(once);
  });

  it.skipIf(cannotTrace)('before Porthole knows that it runs', async () => {
    expect(await interrupted(late())).toEqual(once);
  });
});

it('is told to the command when Porthole dies', async () => {
  const { child, ready, ended } = await attached(
    'trap "exit 0" TERM; echo ready >&2; while :; do sleep 0.01; done',
  );
  await ready;
  const [launcher = 0] = childrenOf(child.pid ?? 0);
  const [command = 0] = childrenOf(launcher);
  expect(command).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await lab.waitFor(() => !existsSync(`/proc/${command}`) && !existsSync(`/proc/${launcher}`), 'both to end');
  expect(await ended).toMatchObject({ signal: 'SIGKILL' });
});

it.each(KINDS)('with %s: ends Porthole while a command hangs that does not run yet', async (_, options) => {
  const container = await lab.runc({ name: `at-hangs-${options.length}` });
  await container.pause?.();
  const { child, ended } = await attached('echo ran', {
    name: container.name,
    options: [...options, '--ignore-frozen'],
  });
  const started = await lab.waitFor(
    () => childrenOf(child.pid ?? 0).flatMap((launcher) => [launcher, ...childrenOf(launcher)])[1],
    'the process that hangs',
  );
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  expect(await exited).toEqual([null, 'SIGINT']);
  await container.resume?.();
  expect(await ended).toMatchObject({ output: '' });
  await lab.waitFor(() => !existsSync(`/proc/${started}`), 'it to end');
});
