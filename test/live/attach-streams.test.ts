// What goes through an attach is what comes out of it, whatever stdin, stdout and stderr are.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { spawn as spawnInTerminal } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { Lab } from '../lab/index.ts';
import { attach } from './attach-kit.ts';

let lab: Lab;
let program: string;
beforeAll(async () => {
  lab = await Lab.create();
  await lab.runc({ name: 'at-streams' });
  program = await buildOnce();
});
afterAll(() => lab?.close());

const words = (...command: string[]) => [program, 'attach', '-q', '-T', 'at-streams', '--', ...command];

it('100 MB of binary data go through pipes unchanged, stderr apart', async () => {
  const bytes = Buffer.alloc(1_000_003, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
  const child = spawn(process.execPath, words('sh', '-c', 'cat; echo told >&2'));
  const hash = createHash('sha256');
  let length = 0;
  const said: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    hash.update(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => said.push(String(chunk)));
  const exited = once(child, 'close');
  const wanted = createHash('sha256');
  for (let i = 0; i < 100; i++) {
    wanted.update(bytes);
    if (!child.stdin.write(bytes)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  expect(await exited).toEqual([0, null]);
  expect({ length, digest: hash.digest('hex') }).toEqual({
    length: 100_000_300,
    digest: wanted.digest('hex'),
  });
  expect(said.join('')).toBe('told\n');
}, 60_000);

describe('the command', () => {
  const script = 'exec 3>&1; for fd in 0 3 2; do readlink /proc/$$/fd/$fd; done >&2; cat >/dev/null';

  it('has files as files, /dev/null as that, and pipes as pipes', async () => {
    let kinds: string[] = [];
    const file = join(lab.dir, 'in');
    writeFileSync(file, 'x');
    const fds = [openSync(file, 'r'), openSync('/dev/null', 'w')] as const;
    try {
      const child = spawn(process.execPath, words('sh', '-c', script), { stdio: [fds[0], fds[1], 'pipe'] });
      const said = child.stderr === null ? '' : text(child.stderr);
      expect(await once(child, 'exit')).toEqual([0, null]);
      kinds = (await said).split('\n');
    } finally {
      for (const fd of fds) closeSync(fd);
    }
    const [stdin, stdout, stderr] = kinds;
    expect(stdin).toMatch(/in$/);
    expect(stdout).toMatch(/null$/);
    expect(stderr).toMatch(/^socket:/);
  });

  it('gets pipes where we have a terminal: it cannot type into it', async () => {
    const script = 'tty; read -r line; echo "got $line"; exit 3';
    const terminal = spawnInTerminal(process.execPath, words('sh', '-c', script), { cols: 200, rows: 20 });
    const output: string[] = [];
    terminal.onData((text) => output.push(text));
    const exited = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
    await lab.waitFor(() => output.join('').includes('not a tty'), 'the command to say what it has');
    terminal.write('some words\r');
    expect(await exited).toBe(3);
    await lab.waitFor(() => output.join('').includes('got some words'), 'what the command wrote');
  });

  it('ends with its status, whatever it left running with our pipes', async () => {
    const script = 'sleep 1000000 & echo done; exit 4';
    const terminal = spawnInTerminal(process.execPath, words('sh', '-c', script), { cols: 200, rows: 20 });
    const output: string[] = [];
    terminal.onData((text) => output.push(text));
    expect(await new Promise((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))).toBe(4);
    // The end can be told before what was written last.
    await lab.waitFor(() => output.join('').includes('done'), 'what the command wrote');
  });

  it('may close its stdin, and end, while somebody still writes', async () => {
    const child = spawn(process.execPath, words('sh', '-c', 'exec <&-; echo closed'));
    child.stdin.on('error', () => undefined); // EPIPE is what is looked for
    const exited = once(child, 'exit');
    const writing = setInterval(() => child.stdin.write('x'.repeat(100_000)), 5);
    expect(await exited).toEqual([0, null]);
    clearInterval(writing);
  });

  it('in a container of a container is where it belongs', async () => {
    const outer = await lab.unshare({ name: 'at-outer', flags: ['-Urmpf', '--mount-proc'] });
    const inner = await outer.exec(['unshare', '-Urmpf', '--mount-proc', '/bin/sleep', '1000000']);
    const pidOf = () => readFileSync(`/proc/${inner.pid}/task/${inner.pid}/children`, 'latin1').trim();
    const pid = await lab.waitFor(() => pidOf() !== '' && pidOf(), 'the inner container');
    const script = 'readlink /proc/self/ns/user /proc/self/ns/pid; id -u';
    const { stdout, status } = await attach(pid, ['-q', '--', 'sh', '-c', script]);
    const links = ['user', 'pid'].map((type) =>
      execFileSync('readlink', [`/proc/${pid}/ns/${type}`], { encoding: 'utf8' }),
    );
    expect({ stdout, status }).toEqual({ stdout: `${links.join('')}0\n`, status: 0 });
  });
});
