/**
 * User-mode Linux: a real kernel with cgroup v2 alone, as an ordinary program that boots this machine's own files
 * read-only in about a second. A script runs in there as root, and what it printed, its status and the files it left come
 * back. Everything lives in one directory and one process group, ended by uml-supervisor.mjs, also when the test is killed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SUPERVISOR = fileURLToPath(new URL('uml-supervisor.mjs', import.meta.url));

export interface UmlRun {
  /** Run by /bin/sh as root, with $OUT (a directory for results), $NODE, and variables of `env`. */
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of this machine that the script finds as /run/NAME, wherever they lie (its /tmp and /run are its own). */
  readonly directories?: Readonly<Record<string, string>>;
  /** Size of an empty disk at /dev/ubda; none without. */
  readonly diskBytes?: number;
  readonly memory?: string;
  readonly deadlineMs?: number;
}

export interface UmlResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the script left in $OUT, by path below it. */
  readonly files: ReadonlyMap<string, string>;
  /** Kernel messages, for when something went wrong. */
  readonly console: string;
}

/** Why user-mode Linux cannot run here; undefined when it can. */
export function umlMissing(): string | undefined {
  const { error, status } = spawnSync('linux.uml', ['--version'], { stdio: 'ignore' });
  if (error === undefined && status === 0) return undefined;
  const why = error === undefined ? `linux.uml --version ended with ${status}` : 'there is no linux.uml';
  return `${why} (Debian package user-mode-linux, x86 only)`;
}

/** @throws when the deadline passes or the machine ends before the script does; the message ends with the console's tail */
export async function runInUml(run: UmlRun): Promise<UmlResult> {
  const machine = startUml(run);
  try {
    const how = await machine.ended;
    return readResult(machine.dir, how, run);
  } finally {
    await machine.remove();
  }
}

export interface Machine {
  readonly dir: string;
  readonly supervisor: ChildProcess;
  /** How linux.uml ended: a status, a signal, `deadline`. */
  readonly ended: Promise<string>;
  /** Ends it if it still runs and removes its directory. */
  remove(): Promise<void>;
}

export function startUml(run: UmlRun): Machine {
  const { dir, args } = prepare(run);
  const supervisor = spawn(
    process.execPath,
    [SUPERVISOR, dir, String(run.deadlineMs ?? 60_000), ...args],
    // A session of its own: Ctrl-C must reach the test alone, whose end then reaches the supervisor.
    { detached: true, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...memoryDirectory() } },
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
    exited.then(() => reject(new Error('user-mode Linux: its supervisor is gone')), reject);
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

/** UML maps its memory from a file that it unlinks at once: on tmpfs where there is one, else beside everything else. */
function memoryDirectory(): { UML_TMPDIR?: string } {
  const TMPFS_MAGIC = 0x01021994;
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { type, bavail, bsize } = statfsSync('/dev/shm');
    return type === TMPFS_MAGIC && bavail * bsize > 2 ** 30 ? { UML_TMPDIR: '/dev/shm' } : {};
  } catch (error) {
    if (error instanceof Error && 'code' in error) return {};
    throw error;
  }
}

function prepare(run: UmlRun): { dir: string; args: string[] } {
  const dir = mkdtempSync(join(tmpdir(), 'porthole-vm-'));
  mkdirSync(join(dir, 'out'));
  writeFileSync(join(dir, 'script'), run.script);
  writeFileSync(join(dir, 'init'), initScript(dir, run), { mode: 0o755 });
  const disk = join(dir, 'disk');
  if (run.diskBytes !== undefined) {
    writeFileSync(disk, '');
    truncateSync(disk, run.diskBytes);
  }
  const args = [
    `mem=${run.memory ?? '1G'}`,
    ...['root=/dev/root', 'rootfstype=hostfs', 'ro', 'hostfs=', `init=${join(dir, 'init')}`],
    ...(run.diskBytes === undefined ? [] : [`ubda=${disk}`]),
    // The control socket and pid file, in ~/.uml unless told.
    ...[`uml_dir=${dir}/`, 'umid=machine', 'con=null', 'con0=null,fd:1', 'quiet'],
  ];
  return { dir, args };
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Results go to files of a hostfs mount, not over the console, where the kernel writes too and line ends change. They are
 * there for the host to read once that mount is gone: hostfs writes back late.
 */
function initScript(dir: string, { env = {}, directories = {} }: UmlRun): string {
  const variables = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/tmp',
    TERM: 'dumb',
    LANG: 'C.UTF-8',
    NODE: '/run/node',
    OUT: '/run/vm/out',
    ...env,
  };
  return `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/shm /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
ln -s /proc/self/fd /dev/fd
# Made in /mnt first, so that what is mounted there may lie in /run itself.
mount -t tmpfs -o mode=755 tmpfs /mnt
touch /mnt/node
mount --bind ${quoted(process.execPath)} /mnt/node
mkdir /mnt/vm
mount -t hostfs -o ${quoted(dir)} hostfs /mnt/vm
${Object.entries(directories)
  .map(([name, path]) => `mkdir /mnt/${name} && mount --bind ${quoted(path)} /mnt/${name}`)
  .join('\n')}
mount --move /mnt /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
hostname uml
cd /
${Object.entries(variables)
  .map(([name, value]) => `export ${name}=${quoted(value)}`)
  .join('\n')}
sh /run/vm/script >/run/vm/stdout 2>/run/vm/stderr </dev/null
echo $? >/run/vm/status
# What the script left running could keep the mount busy. This process, as pid 1, is spared.
kill -KILL -1
sync
umount /run/vm || mount -o remount,ro /run/vm || sync
echo o >/proc/sysrq-trigger
sleep 60
`;
}

function readResult(dir: string, how: string, run: UmlRun): UmlResult {
  const text = (name: string) => readFileSync(join(dir, name), { encoding: 'utf8', flag: 'a+' });
  const [console, stdout, stderr, status] = ['console', 'stdout', 'stderr', 'status'].map(text) as [
    string,
    string,
    string,
    string,
  ];
  if (!/^\d+\n$/.test(status)) {
    const why =
      how === 'deadline' ? `did not end within ${run.deadlineMs ?? 60_000} ms` : `ended too early (${how})`;
    throw new Error(
      `user-mode Linux ${why}; ${tail('stdout', stdout)}${tail('stderr', stderr)}${tail('console', console)}`,
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
  `\n${name}: ${text.trimEnd().split('\n').slice(-15).join('\n  ')}`;
