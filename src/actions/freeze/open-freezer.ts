/** The freezer of a cgroup, of whichever version its hierarchy is. */
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import type { Freezer } from './freezer.ts';
import { FreezerV1 } from './freezer-v1.ts';
import { FreezerV2 } from './freezer-v2.ts';

/** Whoever opens it closes it; `cgroup` stays the caller's, and must stay open. @throws {UnsupportedError} */
export function openFreezer(cgroup: HeldCgroup): Freezer {
  return cgroup.hierarchy.version === 1 ? new FreezerV1(cgroup) : FreezerV2.open(cgroup);
}
