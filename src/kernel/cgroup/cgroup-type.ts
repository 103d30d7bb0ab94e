/**
 * `cgroup.type` (v2): "domain", "threaded", "domain threaded" (a domain with threaded cgroups below) or "domain invalid" (below
 * a threaded one, not yet made threaded). The root cgroup has no such file.
 * @see Documentation/admin-guide/cgroup-v2.rst, "Threads"
 */
import { KernelParseError } from '../errors.ts';
import { onlyLine } from '../proc/lines.ts';

const TYPES = ['domain', 'threaded', 'domain threaded', 'domain invalid'] as const;
export type CgroupType = (typeof TYPES)[number];

/** @throws {KernelParseError} on another word */
export function parseCgroupType(text: string): CgroupType {
  const line = onlyLine(text, 'cgroup.type');
  const type = TYPES.find((each) => each === line);
  if (type === undefined) throw new KernelParseError('cgroup.type', 'unknown type', line);
  return type;
}
