/** One boot of a machine that runs a script of this directory, and the tests of what the script left. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import type { MachineResult, MachineRun } from './machine.ts';
import { Results } from './results.ts';

export interface ScriptRun<More> {
  readonly title: string;
  /** Why there can be no such machine here; the tests are skipped then, and say so. */
  readonly missing: string | undefined;
  readonly run: (run: MachineRun & More) => Promise<MachineResult>;
  /** File name of the script. */
  readonly script: string;
  readonly deadlineMs: number;
  /** What this kind of machine wants to know besides. */
  readonly more: More;
}

/** How much longer than its script a machine may take to start and to hand over its files. */
const AROUND_MS = 20_000;

/** @param tests made with a way to the results, which are there when the first of them runs */
export function describeScript<More>(
  { title, missing, run, script, deadlineMs, more }: ScriptRun<More>,
  tests: (results: () => Results) => void,
): void {
  const name = missing === undefined ? title : `${title}: skipped, ${missing}`;
  describe.skipIf(missing !== undefined)(name, () => {
    let results: Results;
    beforeAll(async () => {
      await buildOnce();
      const machine = await run({
        script: readFileSync(new URL(script, import.meta.url), 'utf8'),
        directories: { repository: fileURLToPath(new URL('../..', import.meta.url)) },
        deadlineMs,
        ...more,
      });
      results = new Results(machine);
    }, deadlineMs + AROUND_MS);

    it('runs to its end', () => {
      expect(results.machine.stdout).toMatch(/ end\n$/);
      expect(results.machine.status).toBe(0);
    });

    tests(() => results);
  });
}
