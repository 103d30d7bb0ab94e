/** `porthole cgroups` and `porthole ns` on a kernel with cgroup v2 alone (v2-kernel.sh), whatever machine it runs in. */
import { describe } from 'vitest';
import type { MachineResult, MachineRun } from './machine.ts';
import { describeScript } from './script-run.ts';
import { cgroupTests } from './v2-cgroups.ts';
import { namespaceTests } from './v2-namespaces.ts';

export interface V2Machine {
  readonly name: string;
  readonly missing: string | undefined;
  readonly run: (run: MachineRun & { diskBytes: number }) => Promise<MachineResult>;
  /** PSI, cpuset, hugetlb and time namespaces: Debian's kernel, not user-mode Linux. */
  readonly isFull: boolean;
}

export function describeV2({ name, missing, run, isFull }: V2Machine): void {
  const title = `cgroups and namespaces in ${name}`;
  const more = { diskBytes: 2 ** 22 };
  describeScript({ title, missing, run, script: 'v2-kernel.sh', deadlineMs: 280_000, more }, (results) => {
    describe('cgroups', () => cgroupTests(results, isFull));
    describe('ns', () => namespaceTests(results, isFull));
  });
}
