/**
 * What executed and what ended between two ticks, by the kernel's own word (its process connector): containers that live
 * for less than a tick are seen, and the scan need not look for what has not changed.
 */
import type { EndedProcess } from '../model/sample.ts';

export interface ArrivalsWatch {
  /** Since the last call. */
  drain(): ArrivalsNews;
  close(): Promise<void>;
}

export interface ArrivalsNews {
  /** Processes that executed something: look again at those alive, they may have changed namespaces, cgroup, comm. */
  readonly executed: ReadonlySet<number>;
  /** Those that had ended by now, as they were right after they executed. */
  readonly ended: readonly EndedProcess[];
  /** Pids that ended, of whatever kind. */
  readonly exited: ReadonlySet<number>;
  /** Events were lost since the last call: look at everything. */
  readonly overflowed: boolean;
}
