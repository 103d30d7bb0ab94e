// Signals while a document is written to a reader that is slow: the reader has the whole of it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab, waitFor } from '../lab/index.ts';
import { type Ending, endedWithin } from './ended-within.ts';
import { ps } from './porthole.ts';
import { cannotTrace } from './strace-kit.ts';

/** Of each argv; together more than a pipe holds. */
const WORD_BYTES = 4000;
const CONTAINERS = 24;
const PIPE_BYTES = 65_536;
/** Longer than its reader takes to see what was written. */
const WRITE_USEC = 300_000;
const END_MS = 30_000;

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.create();
  const each = 'unshare -pf --kill-child sh -c "sleep 1000; :" "$0"';
  const script = `for i in $(seq ${CONTAINERS}); do ${each} & done; wait`;
  await lab.unshare({
    name: 'many',
    flags: ['-mpf', '--mount-proc'],
    cmd: ['sh', '-c', script, 'x'.repeat(WORD_BYTES)],
  });
  await waitFor(async () => (await ps()).length > CONTAINERS, 'the containers', 60_000);
});
afterAll(() => lab?.close());

interface Watch {
  readonly child: ChildProcess;
  /** What is in the pipe and comes into it within a while; undefined at its end. */
  readonly read: () => Promise<string | undefined>;
  readonly ended: () => Promise<Ending>;
  readonly close: () => void;
}

interface Words {
  /** Before the command, for that pipe. */
  readonly through?: (pipe: string) => readonly string[];
  readonly more?: readonly string[];
}

/** `ps -w --json` into a pipe of which nothing is read yet. */
async function watch(name: string, { through = () => [], more = [] }: Words = {}): Promise<Watch> {
  const path = join(lab.dir, name);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  const words = [process.execPath, await buildOnce(), 'ps', '-w', '0.2', '--json', ...more];
  const [command = '', ...rest] = [...through(path), ...words];
  const child = spawn(command, rest, { stdio: ['ignore', writer, 'inherit'] });
  closeSync(writer);
  const chunk = Buffer.alloc(4096);
  const read = () =>
    waitFor(() => {
      try {
        return { text: chunk.toString('latin1', 0, readSync(reader, chunk)) };
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
        throw error;
      }
    }, 'something to read').then(({ text }) => (text === '' ? undefined : text));
  const ended = () => endedWithin(child, END_MS);
  return { child, read, ended, close: () => closeSync(reader) };
}

async function readAll(read: Watch['read'], first: string): Promise<string> {
  let text = first;
  for (let more = await read(); more !== undefined; more = await read()) text += more;
  return text;
}

/** It stands still in the middle of a document: what it has not written yet fits into no pipe. */
async function inTheMiddle({ read, child }: Watch): Promise<string> {
  const first = (await read()) ?? '';
  const written = () => readFileSync(`/proc/${child.pid}/io`, 'latin1');
  let before = '';
  await waitFor(() => {
    const now = /^wchar: (\d+)/m.exec(written())?.[1] ?? '';
    const isStill = now === before && Number(now) >= PIPE_BYTES;
    before = now;
    return isStill;
  }, 'the pipe to be full');
  return first;
}

describe('a signal at the very end of a document', () => {
  // Its reader has all of it, and the program has not yet come back from writing it.
  const through = (pipe: string) => {
    const calls = 'write,writev';
    const inject = `inject=${calls}:delay_exit=${WRITE_USEC}`;
    return ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-P', pipe, '-e', `trace=${calls}`, '-e', inject];
  };

  it.skipIf(cannotTrace).each([['SIGINT'], ['SIGHUP']] as const)('%s ends it', async (signal) => {
    // No container has that name: a document that is written in one piece.
    const more = ['--filter', 'name=nobody'];
    const { child, read, ended, close } = await watch(`end-${signal}`, { through, more });
    let text = '';
    while (!text.endsWith('\n')) text += (await read()) ?? '';
    child.kill(signal);
    // On a busy machine it may have begun with the next one.
    const [ending, rest] = await Promise.all([ended(), readAll(read, '\n')]);
    expect(ending).toEqual({ code: null, signal });
    expect(rest.endsWith('\n')).toBe(true);
    close();
  });
});

describe('a signal in the middle of a document', () => {
  it.each([['SIGINT'], ['SIGTERM'], ['SIGHUP']] as const)(
    '%s: the document is whole, and then it ends by it',
    async (signal) => {
      const watched = await watch(`slow-${signal}`);
      const first = await inTheMiddle(watched);
      watched.child.kill(signal);
      const text = await readAll(watched.read, first);
      expect(await watched.ended()).toEqual({ code: null, signal });
      expect(text.length).toBeGreaterThan(PIPE_BYTES);
      expect(text.endsWith('\n')).toBe(true);
      for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line).schema).toBe('porthole.ps/1');
      watched.close();
    },
  );

  it('a second one ends it at once', async () => {
    const watched = await watch('impatient');
    await inTheMiddle(watched);
    watched.child.kill('SIGTERM');
    const status = () => readFileSync(`/proc/${watched.child.pid}/status`, 'latin1');
    await waitFor(() => /^ShdPnd:\s+0+$/m.test(status()), 'it to have come');
    const before = performance.now();
    watched.child.kill('SIGINT');
    expect(await watched.ended()).toEqual({ code: null, signal: 'SIGINT' });
    expect(performance.now() - before).toBeLessThan(3000);
    watched.close();
  });

  it('a reader that reads nothing more does not hold it for ever', async () => {
    const watched = await watch('deaf');
    await inTheMiddle(watched);
    watched.child.kill('SIGTERM');
    const before = performance.now();
    expect(await watched.ended()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(performance.now() - before).toBeLessThan(20_000);
    watched.close();
  });
});
