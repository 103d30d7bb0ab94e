/** Watchdogs that run, found by what they hold open: whoever takes back what one was to take back calls it off. */
import { readdirSync, readlinkSync } from 'node:fs';
import { parsePidStat } from '../../kernel/proc/stat.ts';
import { failedReading } from '../../sys/failure.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { WATCHDOG_COMM } from './program.ts';
import { callOff, type Watchdog } from './watchdog.ts';

/** Those that will write to the file of this name (`/sys/fs/cgroup/…/cgroup.freeze`), and that we may look at. */
export function watchdogsOf(files: KernelFiles, file: string): Watchdog[] {
  const listed = files.list(files.proc(''));
  if (!listed.ok) throw new Error(`${listed.path}: ${listed.errno}`);
  const pids = listed.value.filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.flatMap((pid) => {
    const stat = files.small(files.proc(`${pid}/stat`));
    if (!stat.ok || !stat.value.includes(`(${WATCHDOG_COMM})`)) return [];
    const { comm, starttimeTicks } = parsePidStat(stat.value);
    return comm === WATCHDOG_COMM && holds(files, pid, file) ? [{ pid, starttimeTicks }] : [];
  });
}

/** How many there were. What they were to write is written, or is no longer wanted. @throws {AccessDeniedError} */
export function callOffAll(files: KernelFiles, file: string, but?: Watchdog): number {
  const found = watchdogsOf(files, file).filter(({ pid }) => pid !== but?.pid);
  return found.filter((each) => callOff(files, each)).length;
}

function holds(files: KernelFiles, pid: number, file: string): boolean {
  const directory = files.proc(`${pid}/fd`);
  try {
    return readdirSync(directory).some((fd) => readlinkSync(`${directory}/${fd}`) === file);
  } catch (error) {
    // Another user's, or it has ended meanwhile.
    failedReading(error, directory);
    return false;
  }
}
