/**
 * What can be read of a cgroup, in portions that cost a file or a few each: what no column shows is not read. Pure.
 */

export const CGROUP_PARTS = [
  'controllers',
  'state',
  'procs',
  'descendants',
  'cpu',
  'cpu-split',
  'throttling',
  'cpu-limits',
  'memory',
  'memory-stat',
  'memory-limits',
  'memory-events',
  'swap',
  'io',
  'io-limits',
  'pids',
  'pids-events',
  'pids-limits',
  'pressure',
  'hugetlb',
  'cpuset',
  'freezer',
  /** Not of the cgroup: which containers there are, for which every process is looked at. */
  'containers',
] as const;
export type CgroupPart = (typeof CGROUP_PARTS)[number];
export type CgroupParts = ReadonlySet<CgroupPart>;

export const ALL_PARTS: CgroupParts = new Set(CGROUP_PARTS);

/** What a cgroup hands down, and so what is read of the cgroups above those that are listed. */
const INHERITED: CgroupParts = new Set([
  'cpu-limits',
  'memory-limits',
  'swap',
  'pids-limits',
  'hugetlb',
  'cpuset',
  'freezer',
]);

export function inheritedOf(parts: CgroupParts): CgroupParts {
  return new Set([...parts].filter((part) => INHERITED.has(part)));
}
