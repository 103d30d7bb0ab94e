/**
 * `cgroup.stat` (v2): "nr_descendants N", "nr_dying_descendants N", and since Linux 6.13 per controller
 * "nr_subsys_memory N" and "nr_dying_subsys_memory N". Dying: removed, but something still refers to it.
 * @see Documentation/admin-guide/cgroup-v2.rst
 */
import type { Count } from '../count.ts';
import { parseFlatKeyed, requiredInteger } from './flat-keyed.ts';

export interface CgroupStat {
  descendants: number;
  dyingDescendants: number;
  dyingByController?: Record<string, Count>;
}

const FILE = 'cgroup.stat';
const DYING = 'nr_dying_subsys_';

/** @throws {KernelParseError} without the first two, or on a malformed line */
export function parseCgroupStat(text: string): CgroupStat {
  const values = parseFlatKeyed(text, FILE);
  const stat: CgroupStat = {
    descendants: requiredInteger(values, 'nr_descendants', FILE),
    dyingDescendants: requiredInteger(values, 'nr_dying_descendants', FILE),
  };
  const byController = [...values].flatMap(([key, count]) =>
    key.startsWith(DYING) ? [[key.slice(DYING.length), count] as const] : [],
  );
  if (byController.length > 0) stat.dyingByController = Object.fromEntries(byController);
  return stat;
}
