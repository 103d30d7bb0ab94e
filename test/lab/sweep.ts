// Undoing a lab by force: kill what is the lab's, unmount, remove cgroups, put settings back, remove the directory.
// Everything is synchronous, so that it also runs in an exit handler. It works from the journal and the kernel alone.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { processesOfLab } from './belongs.ts';
import { cgroupDirsBelow, hierarchies, mountsOf, processesIn } from './host.ts';
import { Journal, labDirs, thisRun } from './journal.ts';
import { cgroupsOf, isAlive, namespaceOf, orUndefined, type ProcessId, readText } from './proc.ts';
import { waitForSync } from './wait.ts';

/** The kernel ends what was killed when it gets to run: on a machine with much else to do that takes a while. */
const deadlineMs = 60_000;

/** Undoes every lab whose test process is gone. Returns their directories. */
export function sweepStale(): string[] {
  const stale = labDirs().filter((dir) => !new Journal(dir).isOwned());
  for (const dir of stale) sweep(dir);
  return stale;
}

/** Undoes every lab of this test run, also those whose test process waits to be told to end. */
export function sweepRun(): void {
  for (const dir of labDirs()) if (new Journal(dir).owner()?.run === thisRun()) sweep(dir);
}

/** Throws, naming what stays, when something cannot be undone; the journal then stays for the next attempt. */
export function sweep(dir: string): void {
  const journal = new Journal(dir);
  const cgroups = journal.cgroups();
  killAll(journal, cgroups);
  restoreSysctls(journal);
  unmountBelow(dir);
  removeCgroups(cgroups);
  removeDirectory(dir, basename(journal.file));
}

function killAll(journal: Journal, cgroups: Map<string, boolean>): void {
  const remaining: { list: ProcessId[] } = { list: [] };
  const isEmpty = waitForSync(() => {
    remaining.list = processesOfLab(journal);
    for (const { pid } of remaining.list) noteCgroups(pid, journal, cgroups);
    thaw(cgroups);
    for (const id of remaining.list) kill(id);
    return remaining.list.length === 0;
  }, deadlineMs);
  if (!isEmpty)
    throw new Error(`${journal.dir}: still running: ${remaining.list.map((id) => id.pid).join(' ')}`);
}

export function kill(id: ProcessId): void {
  if (!isAlive(id)) return;
  try {
    process.kill(id.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** A container started in the last moment has cgroups that no journal knows: it names them itself. */
function noteCgroups(pid: number, journal: Journal, cgroups: Map<string, boolean>): void {
  for (const { path, deep } of ownCgroupDirs(pid, journal)) if (!cgroups.has(path)) cgroups.set(path, deep);
}

/**
 * Directories of a process's cgroups with their parents, outermost first, except those that were there before the lab.
 * A container's own is the lab's with all below; parents (/docker) and helpers' (libpod_parent/conmon) others may share.
 */
export function ownCgroupDirs(pid: number, journal: Journal): { path: string; deep: boolean }[] {
  const kept = new Set(
    journal.entries().flatMap((entry) => (entry.kind === 'baseline' ? entry.cgroups : [])),
  );
  const inContainer = namespaceOf(pid, 'pid') !== namespaceOf('self', 'pid');
  const paths = cgroupsOf(pid);
  const dirs = hierarchies().flatMap(({ controllers, mountPoint }) => {
    const segments = (paths.get(controllers[0] ?? '') ?? '/').split('/').filter((segment) => segment !== '');
    return segments.map((_, index) => ({
      path: join(mountPoint, ...segments.slice(0, index + 1)),
      deep: inContainer && index === segments.length - 1,
    }));
  });
  return dirs.filter(({ path }) => !kept.has(path) && existsSync(path));
}

/** SIGKILL waits for ever in a frozen v1 cgroup. */
function thaw(cgroups: Map<string, boolean>): void {
  for (const [path, deep] of cgroups) {
    if (!deep) continue;
    for (const dir of [path, ...cgroupDirsBelow(path)]) {
      if (/^FR/.test(readText(join(dir, 'freezer.state')) ?? ''))
        writeFileSync(join(dir, 'freezer.state'), 'THAWED');
      if (readText(join(dir, 'cgroup.freeze'))?.startsWith('1'))
        writeFileSync(join(dir, 'cgroup.freeze'), '0');
    }
  }
}

function restoreSysctls(journal: Journal): void {
  for (const entry of journal.entries()) {
    if (entry.kind === 'sysctl' && readText(entry.path) !== entry.value)
      writeFileSync(entry.path, entry.value);
  }
}

const mountPointsBelow = (dir: string): string[] =>
  mountsOf('self')
    .map((mount) => mount.mountPoint)
    .filter((path) => path === dir || path.startsWith(`${dir}/`));

function unmountBelow(dir: string): void {
  const points = mountPointsBelow(dir).reverse();
  if (points.length > 0) execFileSync('umount', ['-n', '-l', ...points], { stdio: 'pipe' });
  const remaining = mountPointsBelow(dir);
  if (remaining.length > 0) throw new Error(`${dir}: still mounted: ${remaining.join(' ')}`);
}

function removeCgroups(cgroups: Map<string, boolean>): void {
  const all = [...cgroups].flatMap(([path, deep]) => (deep ? [path, ...cgroupDirsBelow(path)] : [path]));
  const deepestFirst = [...new Set(all)].sort((a, b) => b.length - a.length);
  let stuck: string[] = [];
  const isDone = waitForSync(() => {
    const failed = deepestFirst.filter((path) => !removedCgroup(path));
    // None of our processes runs any more (checked above): one that still has some is in use by another lab.
    stuck = failed.filter((path) => cgroups.get(path) === true && processesIn(path).length === 0);
    return stuck.length === 0;
  }, deadlineMs);
  if (!isDone) throw new Error(`cgroups stay: ${stuck.join(' ')}`);
}

/** False while processes or children are in it: the last ones leave a moment after they were killed. */
function removedCgroup(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EBUSY' || error.code === 'ENOENT'))
      return false;
    throw error;
  }
}

/** Nothing is mounted in it any more (checked above): a bind mount would take the host's files along. */
function removeDirectory(dir: string, journalName: string): void {
  const names = orUndefined(() => readdirSync(dir)) ?? [];
  for (const name of names)
    if (name !== journalName) rmSync(join(dir, name), { recursive: true, force: true });
  rmSync(dir, { recursive: true, force: true });
}
