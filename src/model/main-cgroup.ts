/** The one cgroup path to show where each controller has its own. Pure. */

/** v2 has one path; with v1 the controllers can differ, and memory is the one most limits hang on. */
export function mainCgroupPath(paths: Readonly<Record<string, string>>): string | undefined {
  return paths['memory'] ?? paths['cpu'] ?? paths['pids'] ?? paths[''] ?? Object.values(paths)[0];
}
