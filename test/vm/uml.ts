/**
 * User-mode Linux: a real kernel with cgroup v2 alone, as an ordinary program that boots this machine's own files
 * read-only in about a second.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoted } from './guest.ts';
import {
  type Machine,
  type MachineKind,
  type MachineResult,
  type MachineRun,
  runMachine,
  startMachine,
} from './machine.ts';

export interface UmlRun extends MachineRun {
  /** Size of an empty disk at /dev/ubda; none without. */
  readonly diskBytes?: number;
}

/** Why user-mode Linux cannot run here; undefined when it can. */
export function umlMissing(): string | undefined {
  const { error, status } = spawnSync('linux.uml', ['--version'], { stdio: 'ignore' });
  if (error === undefined && status === 0) return undefined;
  const why = error === undefined ? `linux.uml --version ended with ${status}` : 'there is no linux.uml';
  return `${why} (Debian package user-mode-linux, x86 only)`;
}

const UML: MachineKind<UmlRun> = {
  title: 'user-mode Linux',
  deadlineMs: 60_000,
  environment: memoryDirectory,
  command(dir, run) {
    const disk = join(dir, 'disk');
    if (run.diskBytes !== undefined) {
      writeFileSync(disk, '');
      truncateSync(disk, run.diskBytes);
    }
    return [
      ...['taskset', '-c', lastAllowedCpu()],
      ...['linux.uml', `mem=${run.memory ?? '1G'}`],
      ...['root=/dev/root', 'rootfstype=hostfs', 'ro', 'hostfs=', `init=${join(dir, 'init')}`],
      ...(run.diskBytes === undefined ? [] : [`ubda=${disk}`]),
      // The control socket and pid file, in ~/.uml unless told.
      ...[`uml_dir=${dir}/`, 'umid=machine', 'con=null', 'con0=null,fd:1', 'quiet'],
    ];
  },
  guest: (dir) => ({
    hostname: 'uml',
    mountDirectory: `mount -t hostfs -o ${quoted(dir)} hostfs /mnt/vm`,
    start: '. /run/vm/run',
  }),
};

export const runInUml = (run: UmlRun): Promise<MachineResult> => runMachine(UML, run);
export const startUml = (run: UmlRun): Machine => startMachine(UML, run);

/**
 * The kernel and the processes it runs take turns, and each turn wakes the other: across two processors that takes twice
 * the time it takes on one (measured: 51 s and 26 s for uml-kernel.test.ts). QEMU is the other way round.
 */
function lastAllowedCpu(): string {
  const cpu = /^Cpus_allowed_list:.*?(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (cpu === undefined) throw new Error('/proc/self/status has no Cpus_allowed_list');
  return cpu;
}

/** UML maps its memory from a file that it unlinks at once: on tmpfs where there is one, else beside everything else. */
function memoryDirectory(): { MACHINE_TMPDIR?: string } {
  const TMPFS_MAGIC = 0x01021994;
  try {
    accessSync('/dev/shm', constants.W_OK);
    const { type, bavail, bsize } = statfsSync('/dev/shm');
    return type === TMPFS_MAGIC && bavail * bsize > 2 ** 30 ? { MACHINE_TMPDIR: '/dev/shm' } : {};
  } catch (error) {
    if (error instanceof Error && 'code' in error) return {};
    throw error;
  }
}
