// Running commands for the lab: errors that say what was run and what it said, and no pipe that a daemon could hold open.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly deadlineMs?: number;
}

/** What every process of a lab has in its environment, so that a sweep recognises it even when no journal entry was written. */
export const labMark = 'PORTHOLE_LAB';

export function labEnvironment(dir: string): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: join(dir, 'home'),
    TMPDIR: join(dir, 'tmp'),
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    [labMark]: dir,
  };
}

let runs = 0;

/**
 * Runs a command to its end and returns stdout. Output goes to files, not pipes: `podman run -d` and `runc run -d` hand
 * their stdio to processes that stay, and a pipe would never see its end.
 */
export async function run(dir: string, argv: readonly string[], options: RunOptions = {}): Promise<string> {
  runs += 1;
  const [out, err] = ['out', 'err'].map((kind) => join(dir, 'tmp', `run-${process.pid}-${runs}.${kind}`)) as [
    string,
    string,
  ];
  const child = spawnTo(dir, argv, out, err, options.env);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.deadlineMs ?? 30_000);
  try {
    const status = await exitOf(child);
    if (status === '0') return readFileSync(out, 'utf8');
    throw new Error(`${argv.join(' ')}: ended with ${status}: ${readFileSync(err, 'utf8').trim()}`);
  } finally {
    clearTimeout(timer);
    rmSync(out, { force: true });
    rmSync(err, { force: true });
  }
}

/** Starts a command in a session of its own, so that Ctrl-C in the terminal does not tear it down behind our back. */
export function spawnTo(
  dir: string,
  argv: readonly string[],
  out: string,
  err: string,
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const [file = '', ...args] = argv;
  const outFd = openSync(out, 'a');
  const errFd = openSync(err, 'a');
  try {
    return spawn(file, args, {
      cwd: '/',
      detached: true,
      env: { ...labEnvironment(dir), ...env },
      stdio: ['ignore', outFd, errFd],
    });
  } finally {
    closeSync(outFd);
    closeSync(errFd);
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(String(signal ?? code)));
  });
}
