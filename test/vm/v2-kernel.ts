/** `porthole cgroups` and `porthole ns` on a kernel with cgroup v2 alone (v2-kernel.sh), whatever machine it runs in. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import type { MachineResult, MachineRun } from './machine.ts';
import { Results } from './results.ts';
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
  describe.skipIf(missing !== undefined)(
    missing === undefined ? title : `${title}: skipped, ${missing}`,
    () => {
      let results: Results;
      beforeAll(async () => {
        await buildOnce();
        const machine = await run({
          script: readFileSync(new URL('v2-kernel.sh', import.meta.url), 'utf8'),
          directories: { repository: fileURLToPath(new URL('../..', import.meta.url)) },
          diskBytes: 2 ** 22,
          deadlineMs: 280_000,
        });
        results = new Results(machine);
      });

      it('runs to its end', () => {
        expect(results.machine.stdout).toMatch(/ end\n$/);
        expect(results.machine.status).toBe(0);
      });

      describe('cgroups', () => cgroupTests(() => results, isFull));
      describe('ns', () => namespaceTests(() => results, isFull));
    },
  );
}
