// What the lab itself needs from /proc. Kept apart from src/ on purpose: tests compare src/ with this, so they must not share code.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessId {
  readonly pid: number;
  /** Field 22 of stat: with the pid it names one process for good, since pids are reused. */
  readonly starttime: string;
}

export interface ProcessStat extends ProcessId {
  readonly ppid: number;
  readonly state: string;
  readonly comm: string;
}

/** Errors that mean "this process is gone, or does not show this": not a failure for somebody who looks around. */
const goneErrnos = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL', 'ENOTDIR', 'ENOTSUP']);

export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && goneErrnos.has(String(error.code))) return undefined;
    throw error;
  }
}

export const readText = (path: string): string | undefined => orUndefined(() => readFileSync(path, 'latin1'));
export const readLink = (path: string): string | undefined => orUndefined(() => readlinkSync(path));

export function statOf(pid: number): ProcessStat | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (!text) return undefined;
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  const [state = '', ppid = '0'] = fields;
  return {
    pid,
    comm: text.slice(text.indexOf('(') + 1, close),
    state,
    ppid: Number(ppid),
    starttime: fields[19] ?? '',
  };
}

export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Every process that still runs. Zombies only wait for their parent to look; kernel threads (children of 2) are nobody's. */
export function runningProcesses(): ProcessStat[] {
  return listPids()
    .map(statOf)
    .filter((stat): stat is ProcessStat => stat !== undefined && isRunning(stat) && stat.ppid !== 2);
}

export const isRunning = (stat: ProcessStat): boolean => stat.state !== 'Z' && stat.state !== 'X';

export function isAlive(id: ProcessId): boolean {
  const stat = statOf(id.pid);
  return stat !== undefined && stat.starttime === id.starttime && isRunning(stat);
}

/** Children first, then theirs: the tree below a process, without itself. */
export function descendantsOf(pid: number, all: readonly ProcessStat[] = runningProcesses()): ProcessStat[] {
  const found: ProcessStat[] = [];
  for (let level = [pid]; level.length > 0; ) {
    const parents = new Set(level);
    const children = all.filter((stat) => parents.has(stat.ppid));
    found.push(...children);
    level = children.map((child) => child.pid);
  }
  return found;
}

export const namespaceOf = (pid: number | 'self', type: string): string | undefined =>
  readLink(`/proc/${pid}/ns/${type}`);

export const argvOf = (pid: number): string[] =>
  (readText(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1);

export const environOf = (pid: number): string[] =>
  (readText(`/proc/${pid}/environ`) ?? '').split('\0').filter((entry) => entry !== '');

/** `NSpid`: its pid in every pid namespace from ours inwards. */
export function innerPidsOf(pid: number): number[] {
  const line = /^NSpid:\s*(.*)$/m.exec(readText(`/proc/${pid}/status`) ?? '');
  return (line?.[1] ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
}

/** `/proc/PID/cgroup` as controller -> path; joint controllers appear once each, v2 under the empty name. */
export function cgroupsOf(pid: number | 'self'): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of (readText(`/proc/${pid}/cgroup`) ?? '').split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    for (const controller of match?.[1]?.split(',') ?? []) paths.set(controller, match?.[2] ?? '');
  }
  return paths;
}
