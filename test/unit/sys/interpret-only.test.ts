// Flags are those of a whole process, so that each case has its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeProgram } from '../snippet.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-interpret-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** @param before what runs before. Returns which functions V8 compiled with its quick compiler behind it. */
async function compiledAfter(name: string, before: string): Promise<string[]> {
  const outfile = join(directory, `${name}.cjs`);
  await writeProgram(
    outfile,
    'src/sys',
    `import { interpretOnly } from './interpret-only.ts';
    import { libcFunction } from './koffi.ts';
    ${before}
    interpretOnly();
    function often(at) {
      let sum = 0;
      ${Array.from({ length: 100 }, (_, at) => `sum += at * ${at};`).join('')}
      return sum;
    }
    for (let at = 0; at < 100; at += 1) often(at);`,
  );
  const words = ['--trace-baseline-batch-compilation', outfile];
  const output = execFileSync(process.execPath, words, { encoding: 'utf8' });
  return [...output.matchAll(/Enqueued SFI (\w+) /g)].map(([, of]) => of ?? '');
}

it('nothing is compiled for being run often', async () => {
  expect(await compiledAfter('set', `libcFunction('int getpid()')();`)).not.toContain('often');
});

it('nothing happens before something needs koffi', async () => {
  expect(await compiledAfter('unset', '')).toContain('often');
});
