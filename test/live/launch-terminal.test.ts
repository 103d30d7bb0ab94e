// On a terminal: Ctrl-C reaches a command once, job control works through the process that waits for it, and a command in a
// session of its own gets what the terminal sends to ours.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { PR } from '../../src/launch/flags.ts';
import { image } from '../../src/launch/image.ts';
import { type Program, program, type Session } from '../../src/launch/program.ts';
import { sys } from '../../src/launch/syscalls.ts';
import { TestTerminal } from '../terminal.ts';

// What hangs is to be known soon.
vi.setConfig({ testTimeout: 20_000 });

const directory = mkdtempSync(join(tmpdir(), 'porthole-launch-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A shell script behind a waiter. There is no status descriptor here: nothing may fail. */
function script(session: Session, text: string): string {
  const p: Program = program('test');
  p.fork('fork', (child) => p.passOn('wait', child, session));
  // Should a test fail and its terminal be closed, it goes too.
  p.step('die with the waiter', sys.prctl, PR.PR_SET_PDEATHSIG, 9, 0, 0, 0);
  if (session === 'own') p.step('setsid', sys.setsid);
  p.exec('sh', p.string('/bin/sh'), p.strings(['sh', '-c', text]), p.strings(['PATH=/usr/bin:/bin']));
  const path = join(directory, `image-${session}`);
  rmSync(path, { force: true });
  writeFileSync(path, image(p), { mode: 0o700 });
  return path;
}

async function on(
  command: string,
  args: string[],
  use: (terminal: TestTerminal) => Promise<void>,
): Promise<void> {
  const terminal = TestTerminal.start(command, args, { columns: 120, env: { PS1: '$ ' } });
  try {
    await use(terminal);
  } finally {
    await terminal.dispose();
  }
}

const TRAPS = 'trap "exit 8" INT; echo ready; while :; do sleep 0.01; done';

it('Ctrl-C reaches the command by the terminal, and not a second time by who waits', async () => {
  const trace = join(directory, 'trace');
  await on('strace', ['-f', '-o', trace, '-e', 'trace=kill', script('same', TRAPS)], async (terminal) => {
    await terminal.waitForText('ready');
    terminal.type('\x03');
    expect(await terminal.exited).toEqual({ exitCode: 8, signal: 0 });
  });
  expect(readFileSync(trace, 'utf8')).toContain('SIGINT {si_signo=SIGINT, si_code=SI_KERNEL}');
  expect(readFileSync(trace, 'utf8')).not.toMatch(/ kill\(/);
});

it('Ctrl-C is passed on to a command in a session of its own', async () => {
  await on(script('own', TRAPS), [], async (terminal) => {
    await terminal.waitForText('ready');
    terminal.type('\x03');
    expect(await terminal.exited).toEqual({ exitCode: 8, signal: 0 });
  });
});

it('a death by Ctrl-C is one, so that a shell stops its script too', async () => {
  await on(script('same', 'echo ready; exec sleep 1000'), [], async (terminal) => {
    await terminal.waitForText('ready');
    terminal.type('\x03');
    expect(await terminal.exited).toEqual({ exitCode: 0, signal: 2 });
  });
});

it('Ctrl-Z stops it, fg goes on with it', async () => {
  const path = script('same', 'echo ready; while read -r line; do echo "got $line"; done; exit 5');
  await on('bash', ['--norc', '--noprofile', '-i'], async (terminal) => {
    await terminal.prompted();
    terminal.type(`${path}\r`);
    await terminal.waitForText('ready');
    terminal.type('one\r');
    await terminal.waitForText('got one');
    terminal.type('\x1a');
    await terminal.waitForText('Stopped');
    await terminal.prompted();
    terminal.type('fg\r');
    const told = () => terminal.lines.filter((line) => line.includes(path)).length;
    await terminal.waitForScreen(() => told() === 3, 'the shell to name the job again');
    terminal.type('two\r');
    await terminal.waitForText('got two');
    terminal.type('\x04');
    await terminal.prompted();
    terminal.type('echo status=$?\r');
    await terminal.waitForText('status=5');
    await terminal.prompted();
    terminal.type('exit 0\r');
    expect(await terminal.exited).toEqual({ exitCode: 0, signal: 0 });
  });
});
