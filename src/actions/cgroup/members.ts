/** Which processes are in a cgroup and below it, by the kernel's word at this moment. */
import { isBelow, linesInMounts, pathIn } from '../../kernel/cgroup/hierarchy.ts';
import { parsePids } from '../../kernel/cgroup/procs.ts';
import { parsePidCgroup } from '../../kernel/proc/cgroup.ts';
import { type PidStat, parsePidStat } from '../../kernel/proc/stat.ts';
import { asText } from '../../kernel/text.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import type { HeldCgroup } from './held-cgroup.ts';
import { visitAll } from './walk.ts';

/** Host pids, each once; what comes and goes meanwhile may be there or not. @throws as `HeldCgroup.open` */
export function membersOf(cgroup: HeldCgroup): number[] {
  const pids = new Set<number>();
  visitAll(cgroup, (each) => {
    for (const pid of ownMembers(each)) pids.add(pid);
  });
  return [...pids];
}

/** Without those of cgroups below it. 0 is a process of a pid namespace that is not below ours. */
export function ownMembers(cgroup: HeldCgroup): number[] {
  // Of a threaded cgroup only the threads can be read.
  const procs = cgroup.read('cgroup.procs');
  const read = procs.ok || procs.errno !== 'EOPNOTSUPP' ? procs : cgroup.read('cgroup.threads');
  if (read.ok) return [...new Set(parsePids(read.value))];
  if (read.why === 'gone' || read.why === 'absent') return [];
  throw new Error(`${read.path}: ${read.errno}`);
}

/** A process as messages name it. */
export interface Bystander {
  readonly pid: number;
  readonly comm: string;
}

/** Start times by pid: a pid that is used again is another process. */
export type Seen = ReadonlyMap<number, number>;

/** Those in and below the cgroup that are neither `inside` nor descend from such. Oldest first. */
export function bystandersIn(files: KernelFiles, cgroup: HeldCgroup, inside: Seen): Bystander[] {
  return livingIn(files, cgroup)
    .filter((stat) => !descends(files, stat, inside))
    .sort((a, b) => a.starttimeTicks - b.starttimeTicks || a.pid - b.pid)
    .map(({ pid, comm }) => ({ pid, comm }));
}

/** Those in and below the cgroup that are `inside`, or descend from such. */
export function insidersIn(files: KernelFiles, cgroup: HeldCgroup, inside: Seen): PidStat[] {
  return livingIn(files, cgroup).filter((stat) => descends(files, stat, inside));
}

/** Zombies do nothing any more, and cannot be moved. */
export function livingIn(files: KernelFiles, cgroup: HeldCgroup): PidStat[] {
  const stats = membersOf(cgroup).flatMap((pid) => statOf(files, pid) ?? []);
  return stats.filter(({ state }) => state !== 'Z' && state !== 'X');
}

function descends(files: KernelFiles, stat: PidStat, known: Seen): boolean {
  for (let each: PidStat | undefined = stat; each !== undefined; each = statOf(files, each.ppid))
    if (known.get(each.pid) === each.starttimeTicks) return true;
  return false;
}

/** Whether a process (`self` is this one) is in the cgroup or below it at this moment; false when it has ended. */
export function isIn(
  files: KernelFiles,
  { hierarchy, path }: Pick<HeldCgroup, 'hierarchy' | 'path'>,
  who: string,
): boolean {
  const text = files.small(files.proc(`${who}/cgroup`));
  if (!text.ok) return false;
  const at = pathIn(linesInMounts(parsePidCgroup(asText(text.value)), [hierarchy]), hierarchy);
  return at !== undefined && isBelow(at, path);
}

/** Undefined when it has ended. */
export function statOf(files: KernelFiles, pid: number): PidStat | undefined {
  const text = files.small(files.proc(`${pid}/stat`));
  return text.ok ? parsePidStat(text.value) : undefined;
}

const SHOWN = 8;

/** `sshd (812), bash (901) and 12 more` */
export function listed(bystanders: readonly Bystander[]): string {
  const shown = bystanders
    .slice(0, SHOWN)
    .map(({ pid, comm }) => `${pid === process.pid ? 'Porthole itself' : comm} (${pid})`);
  const rest = bystanders.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`;
}
