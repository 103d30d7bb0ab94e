/**
 * `/proc/PID/cgroup`: one line per hierarchy, "id:controllers:path". Paths are relative to the reader's cgroup namespace
 * (leading `/..` means above it) and raw: mkdir refuses newlines in a cgroup's name, nothing else is escaped.
 * Hot path: every process, every look at the process list.
 * @see cgroups(7), kernel/cgroup/cgroup.c proc_cgroup_show
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';

export interface CgroupLine {
  /** 0 for v2; for v1 the id in /proc/cgroups. */
  hierarchyId: number;
  /** `[]` for v2, several where v1 controllers are joint; a named hierarchy keeps its mark: `name=systemd`. */
  controllers: readonly string[];
  path: string;
  /**
   * The cgroup is gone, the process (a zombie, mostly) is not: the line ended in " (deleted)", which `path` has lost.
   * v2 only. A cgroup that someone named "x (deleted)" looks the same.
   */
  removed: boolean;
}

const FILE = '/proc/PID/cgroup';
const DELETED = ' (deleted)';
const NO_CONTROLLERS: readonly string[] = [];

/** Empty when no hierarchy is mounted. @throws {KernelParseError} on a line without a number and two colons */
export function parsePidCgroup(text: string): CgroupLine[] {
  const lines: CgroupLine[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    lines.push(parseLine(text.slice(start, end)));
    start = end + 1;
  }
  return lines;
}

/** Only the first two colons divide: paths hold colons (`…slice:cri-containerd:ID`). */
function parseLine(line: string): CgroupLine {
  const first = line.indexOf(':');
  const second = line.indexOf(':', first + 1);
  if (first < 0 || second < 0) throw new KernelParseError(FILE, 'expected "id:controllers:path"', line);
  const path = line.slice(second + 1);
  if (!path.startsWith('/')) throw new KernelParseError(FILE, 'path does not begin with "/"', line);
  const v2 = second === first + 1;
  const removed = v2 && path.endsWith(DELETED);
  return {
    hierarchyId: parseInteger(line.slice(0, first), FILE),
    controllers: v2 ? NO_CONTROLLERS : line.slice(first + 1, second).split(','),
    path: removed ? path.slice(0, -DELETED.length) : path,
    removed,
  };
}
