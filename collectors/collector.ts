/**
 * What every collector declares: where its facts come from, which rights it needs to see all of them, and how often it
 * runs. A collector looks and reports; it never acts, and it never decides what is a container.
 */
import type { KernelFiles } from '../src/sys/kernel-files.ts';

/** When it runs; DESIGN.md, "Sampling tiers". `once`: facts that do not change while the host is up. */
export type Tier = 'counters' | 'processes' | 'arrivals' | 'slow' | 'once' | 'request';

export interface Collector<Input, Facts> {
  readonly id: string;
  /** Files it reads, with PID and CGROUP standing for any of them. */
  readonly reads: readonly string[];
  /** Capabilities without which some of its facts are `denied`. */
  readonly needs: readonly string[];
  readonly tier: Tier;
  readonly collect: (files: KernelFiles, input: Input) => Facts;
}
