/**
 * `cgroup.procs`, `cgroup.threads`, v1 `tasks`: one pid per line in the reader's pid namespace, in no order, and the same pid
 * can come twice when it moved away and back during the read. 0 stands for a process outside our pid namespace and is kept:
 * it counts. In a threaded cgroup cgroup.procs cannot be read (EOPNOTSUPP): read cgroup.threads.
 * @see Documentation/admin-guide/cgroup-v2.rst
 */
import { parseInteger } from '../count.ts';
import { splitLines } from '../proc/lines.ts';

/** @throws {KernelParseError} on a line that is not an integer */
export function parsePids(text: string): number[] {
  return splitLines(text).map((line) => parseInteger(line, 'cgroup.procs'));
}

/** How many there are: each pid once, and every 0, which stands for one each. @throws {KernelParseError} as `parsePids` */
export function countPids(text: string): number {
  const seen = new Set<number>();
  let outside = 0;
  for (const pid of parsePids(text)) {
    if (pid === 0) outside += 1;
    else seen.add(pid);
  }
  return seen.size + outside;
}
