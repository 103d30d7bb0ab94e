/**
 * Which controllers there are. `cgroup.controllers` and `cgroup.subtree_control` (v2): names between blanks, empty when
 * none. `/proc/cgroups`: a "#" header, then "name hierarchy cgroups enabled" between tabs; from Linux 6.14 on it lists
 * v1 controllers only.
 * @see Documentation/admin-guide/cgroup-v2.rst, cgroups(7)
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from '../proc/lines.ts';

export interface ProcCgroup {
  name: string;
  /** 0: on the v2 hierarchy, or on none. */
  hierarchyId: number;
  cgroups: number;
  /** False when switched off with `cgroup_disable=` on the kernel command line. */
  enabled: boolean;
}

/** @throws {KernelParseError} on more than one line */
export function parseControllers(text: string): string[] {
  const lines = splitLines(text);
  if (lines.length > 1) throw new KernelParseError('cgroup.controllers', 'expected one line', text);
  return splitBlanks(lines[0] ?? '');
}

const FILE = '/proc/cgroups';

/** @throws {KernelParseError} on a line that is not a name and three integers */
export function parseProcCgroups(text: string): ProcCgroup[] {
  const rows = splitLines(text).filter((line) => !line.startsWith('#'));
  return rows.map((line) => {
    const [name = '', hierarchyId, cgroups, enabled, ...more] = line.split('\t');
    if (hierarchyId === undefined || cgroups === undefined || enabled === undefined || more.length > 0) {
      throw new KernelParseError(FILE, 'expected four fields', line);
    }
    return {
      name,
      hierarchyId: parseInteger(hierarchyId, FILE),
      cgroups: parseInteger(cgroups, FILE),
      enabled: parseInteger(enabled, FILE) !== 0,
    };
  });
}
