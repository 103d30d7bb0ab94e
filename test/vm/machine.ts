/**
 * What the machines of this folder have in common: a script runs as root in a kernel of its own on this machine's files,
 * and what it printed, its status and the files it left come back. Everything lives in one directory and one process group,
 * ended by supervisor.mjs, also when the test is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type GuestScripts, guestScripts } from './guest.ts';

const SUPERVISOR = fileURLToPath(new URL('supervisor.mjs', import.meta.url));

export interface MachineRun {
  /** Run by /bin/sh as root, with $OUT (a directory for results), $NODE, and variables of `env`. */
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of this machine that the script finds as /run/NAME, wherever they lie (its /tmp and /run are its own). */
  readonly directories?: Readonly<Record<string, string>>;
  readonly memory?: string;
  readonly deadlineMs?: number;
}

/** One way to boot a machine. */
export interface MachineKind<Run extends MachineRun> {
  readonly title: string;
  readonly deadlineMs: number;
  /** Environment of the program beside PATH, HOME and TERM. */
  environment?(): Readonly<Record<string, string>>;
  /** Puts what the boot needs into `dir`, where script, setup and run already are, and gives program and arguments. */
  command(dir: string, run: Run): readonly string[];
  /** How a script inside finds `dir`, writable, and who calls it. */
  guest(dir: string, run: Run): GuestScripts;
}

export interface MachineResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the script left in $OUT, by path below it. */
  readonly files: ReadonlyMap<string, string>;
  /** Kernel messages, for when something went wrong. */
  readonly console: string;
}

export interface Machine {
  readonly dir: string;
  readonly supervisor: ChildProcess;
  /** How the program ended: a status, a signal, `deadline`. */
  readonly ended: Promise<string>;
  /** Ends it if it still runs and removes its directory. */
  remove(): Promise<void>;
}

/** @throws when the deadline passes or the machine ends before the script does; the message ends with the console's tail */
export async function runMachine<Run extends MachineRun>(
  kind: MachineKind<Run>,
  run: Run,
): Promise<MachineResult> {
  const machine = startMachine(kind, run);
  try {
    const how = await machine.ended;
    return readResult(machine.dir, how, kind.title, run.deadlineMs ?? kind.deadlineMs);
  } finally {
    await machine.remove();
  }
}

export function startMachine<Run extends MachineRun>(kind: MachineKind<Run>, run: Run): Machine {
  const dir = mkdtempSync(join(tmpdir(), 'porthole-vm-'));
  mkdirSync(join(dir, 'out'));
  writeFileSync(join(dir, 'script'), run.script);
  for (const [name, text] of Object.entries(guestScripts(run, kind.guest(dir, run))))
    writeFileSync(join(dir, name), text, { mode: 0o755 });
  const supervisor = spawn(
    process.execPath,
    [SUPERVISOR, dir, String(run.deadlineMs ?? kind.deadlineMs), ...kind.command(dir, run)],
    // A session of its own: Ctrl-C must reach the test alone, whose end then reaches the supervisor.
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...kind.environment?.() } },
  );
  // A worker of vitest outlives a vitest that was killed, for as long as it has something to wait for.
  const endOrphan = () => process.kill(process.pid, 'SIGKILL');
  process.once('disconnect', endOrphan);
  let group: number | undefined;
  // The other way round as well: who kills the supervisor leaves this process to clean up.
  const exited = once(supervisor, 'exit').then(() => {
    process.off('disconnect', endOrphan);
    if (!existsSync(dir)) return;
    if (group !== undefined) killGroup(group);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  const ended = new Promise<string>((resolve, reject) => {
    createInterface({ input: supervisor.stdout }).on('line', (line) => {
      const [word, ...rest] = line.split(' ');
      if (word === 'group') group = Number(rest[0]);
      else resolve(rest.join(' '));
    });
    exited.then(() => reject(new Error(`${kind.title}: its supervisor is gone`)), reject);
  });
  // Who only starts and removes a machine does not wait for this.
  ended.catch(() => undefined);
  const remove = async () => {
    supervisor.stdin.end();
    await exited;
  };
  return { dir, supervisor, ended, remove };
}

function killGroup(pgid: number): void {
  try {
    process.kill(-pgid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function readResult(dir: string, how: string, title: string, deadlineMs: number): MachineResult {
  const text = (name: string) => readFileSync(join(dir, name), { encoding: 'utf8', flag: 'a+' });
  const [console, stdout, stderr, status] = ['console', 'stdout', 'stderr', 'status'].map(text) as [
    string,
    string,
    string,
    string,
  ];
  if (!/^\d+\n$/.test(status)) {
    const why = how === 'deadline' ? `did not end within ${deadlineMs} ms` : `ended too early (${how})`;
    throw new Error(
      `${title} ${why}; ${tail('stdout', stdout)}${tail('stderr', stderr)}${tail('console', console)}`,
    );
  }
  const out = join(dir, 'out');
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return {
    status: Number(status),
    stdout,
    stderr,
    console,
    files: new Map(files.map((path) => [path.slice(out.length + 1), readFileSync(path, 'utf8')])),
  };
}

const tail = (name: string, text: string) =>
  `\n${name}: ${text.trimEnd().split('\n').slice(-60).join('\n  ')}`;
