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

/** Of each file of a machine that failed. */
const LINES_TOLD = 150;

const SUPERVISOR = fileURLToPath(new URL('supervisor.mjs', import.meta.url));

export interface MachineRun {
  /** Run by /bin/sh as root, with $OUT (a directory for results), $NODE, and variables of `env`. */
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of this machine that the script finds as /run/NAME, wherever they lie (its /tmp and /run are its own). */
  readonly directories?: Readonly<Record<string, string>>;
  readonly memory?: string;
  readonly deadlineMs?: number;
  /**
   * When the script must have said `ready` (functions.sh): that all is there which Porthole is to look at. Engines and systemd
   * can hang in a kernel that is emulated, before any of Porthole runs; such a machine is told of and booted once more.
   */
  readonly readyWithinMs?: number;
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
  const deadlineMs = run.deadlineMs ?? kind.deadlineMs;
  const { readyWithinMs } = run;
  if (readyWithinMs === undefined) return runOnce(kind, { ...run, deadlineMs });
  try {
    return await runOnce(kind, { ...run, deadlineMs });
  } catch (error) {
    if (!(error instanceof NotReadyError)) throw error;
    process.stderr.write(`${error.message}\n${kind.title} is booted once more.\n`);
    const { readyWithinMs: _, ...again } = run;
    return runMachine(kind, { ...again, deadlineMs: deadlineMs - readyWithinMs } as Run);
  }
}

/** The machine was not ready in time. */
class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
}

async function runOnce<Run extends MachineRun>(kind: MachineKind<Run>, run: Run): Promise<MachineResult> {
  const machine = startMachine(kind, run);
  const { dir } = machine;
  const { readyWithinMs, deadlineMs } = run;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    if (readyWithinMs === undefined) return;
    timer = setTimeout(() => {
      if (existsSync(join(dir, 'out/ready'))) return;
      reject(new NotReadyError(`${kind.title} was not ready within ${readyWithinMs} ms; ${soFar(dir)}`));
    }, readyWithinMs);
  });
  try {
    const how = await Promise.race([machine.ended, tooLate]);
    return readResult(dir, how, kind.title, deadlineMs ?? kind.deadlineMs);
  } finally {
    clearTimeout(timer);
    await machine.remove();
  }
}

export function startMachine<Run extends MachineRun>(kind: MachineKind<Run>, run: Run): Machine {
  const dir = mkdtempSync(join(tmpdir(), 'porthole-vm-'));
  let words: readonly string[];
  try {
    words = prepare(kind, run, dir);
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  const supervisor = spawn(
    process.execPath,
    [SUPERVISOR, dir, String(run.deadlineMs ?? kind.deadlineMs), ...words],
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

/** Fills `dir`; returns what boots it. */
function prepare<Run extends MachineRun>(kind: MachineKind<Run>, run: Run, dir: string): readonly string[] {
  mkdirSync(join(dir, 'out'));
  writeFileSync(join(dir, 'script'), run.script);
  for (const [name, text] of Object.entries(guestScripts(run, kind.guest(dir, run))))
    writeFileSync(join(dir, name), text, { mode: 0o755 });
  return kind.command(dir, run);
}

function killGroup(pgid: number): void {
  try {
    process.kill(-pgid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function readResult(dir: string, how: string, title: string, deadlineMs: number): MachineResult {
  const status = textOf(dir, 'status');
  if (!/^\d+\n$/.test(status)) {
    const why = how === 'deadline' ? `did not end within ${deadlineMs} ms` : `ended too early (${how})`;
    throw new Error(`${title} ${why}; ${soFar(dir)}`);
  }
  const out = join(dir, 'out');
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return {
    status: Number(status),
    stdout: textOf(dir, 'stdout'),
    stderr: textOf(dir, 'stderr'),
    console: textOf(dir, 'console'),
    files: new Map(files.map((path) => [path.slice(out.length + 1), readFileSync(path, 'utf8')])),
  };
}

/** Empty where it was not written. */
const textOf = (dir: string, name: string) => readFileSync(join(dir, name), { encoding: 'utf8', flag: 'a+' });

/** What it said until now. */
const soFar = (dir: string) =>
  ['stdout', 'stderr', 'console'].map((name) => tail(name, textOf(dir, name))).join('');

const tail = (name: string, text: string) =>
  `\n${name}: ${text.trimEnd().split('\n').slice(-LINES_TOLD).join('\n  ')}`;
