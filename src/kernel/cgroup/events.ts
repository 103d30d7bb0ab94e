/**
 * `cgroup.events` (v2): "populated 0|1" and "frozen 0|1", keys in any order. The root cgroup has no such file.
 * `frozen` is what is; cgroup.freeze is only the wish.
 * @see Documentation/admin-guide/cgroup-v2.rst
 */
import { parseFlatKeyed, requiredInteger } from './flat-keyed.ts';

export interface CgroupEvents {
  /** A live process is in the cgroup or below it. */
  populated: boolean;
  /** Since Linux 5.2. */
  frozen?: boolean;
}

const FILE = 'cgroup.events';

/** @throws {KernelParseError} without "populated", or on a malformed line */
export function parseCgroupEvents(text: string): CgroupEvents {
  const values = parseFlatKeyed(text, FILE);
  const events: CgroupEvents = { populated: requiredInteger(values, 'populated', FILE) !== 0 };
  if (values.has('frozen')) events.frozen = requiredInteger(values, 'frozen', FILE) !== 0;
  return events;
}
