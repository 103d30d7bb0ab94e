/** The freezer of one cgroup, by v1's files or by v2's: what state it is in, whose wish that is, and changing the wish. */
import type { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { FreezerV1 } from './freezer-v1.ts';
import { FreezerV2 } from './freezer-v2.ts';

export type FreezerState = 'thawed' | 'freezing' | 'frozen';

export interface Freezer {
  /** The file whose value is the wish, and what it says for each. A watchdog writes it. */
  readonly file: string;
  readonly values: { readonly frozen: string; readonly thawed: string };
  /** @throws {CgroupGoneError} */
  state(): FreezerState;
  /** Its own wish: what it would be if no cgroup above it were frozen. @throws {CgroupGoneError} */
  isWished(): boolean;
  /** @throws {CgroupGoneError | AccessDeniedError} */
  wish(frozen: boolean): void;
  /** Until the kernel says that the state may have changed, for at most so long. While a v1 cgroup freezes, it is asked to again. */
  wait(patienceMs: number): Promise<void>;
  close(): void;
}

/** Whoever opens it closes it; `cgroup` stays the caller's, and must stay open. @throws {UnsupportedError} */
export function openFreezer(cgroup: HeldCgroup): Freezer {
  return cgroup.hierarchy.version === 1 ? new FreezerV1(cgroup) : FreezerV2.open(cgroup);
}
