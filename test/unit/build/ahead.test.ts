import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildWithAhead } from '../../../src/build/ahead.mjs';
import { around } from '../../../src/build/around.mjs';
import { buildInTwo } from '../../../src/build/in-two.mjs';
import { loadCompiled } from '../../../src/sys/compiled.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const packages = createRequire(import.meta.url);
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'porthole-ahead-test-'));
  mkdirSync(join(root, 'src'));
  mkdirSync(join(root, 'dist'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const MODULES = {
  'begin.ts': `import { count } from './count.ts'; export const begin = () => void count();`,
  'count.ts': `let counted = 0; export const count = () => (counted += 1); export class Fault extends Error {}
    export const spare = 'nobody asks for these words';`,
  'main.ts': `import { count, Fault } from './count.ts'; import { help } from './help.ts'; import { begin } from './begin.ts';
    export const actingMain = () => ({ counted: count(), help, begin, fault: new Fault('x'), Fault });`,
  'help.ts': `import { count, Fault } from './count.ts';
    export const help = () => ({ counted: count(), fault: new Fault('only help has these words') });`,
} as const;

interface Acted {
  readonly counted: number;
  help(): { readonly counted: number; readonly fault: Error };
  begin(): void;
  readonly fault: Error;
  readonly Fault: new (message: string) => Error;
}

async function built(modules: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(root, 'src', name), text);
  const options = {
    absWorkingDir: root,
    outdir: join(root, 'dist'),
    bundle: true,
    platform: 'node' as const,
    format: 'cjs' as const,
    logLevel: 'silent' as const,
    plugins: [],
    ...(await around(esbuild, repository)),
  };
  const files = await buildWithAhead(esbuild, options, {
    name: 'act',
    entry: 'src/begin.ts',
    begin: 'begin',
    buildMain: async (mainOptions, name) =>
      (await buildInTwo(esbuild, mainOptions, { name, entry: 'src/main.ts', later: ['src/help.ts'] })).files,
  });
  for (const { path, contents } of files) writeFileSync(path, contents);
}

const text = (file: string) => readFileSync(join(root, 'dist', file), 'utf8');
const act = () =>
  (loadCompiled(join(root, 'dist'), 'act.js', packages) as { actingMain(): Acted }).actingMain();

it('what begins has begun when the rest is loaded, and shares its modules with all of it', async () => {
  await built(MODULES);
  const acted = act();
  expect(acted.counted).toBe(2);
  const { counted, fault } = acted.help();
  expect(counted).toBe(3);
  expect(fault).toBeInstanceOf(acted.Fault);
  acted.begin();
  expect(acted.help().counted).toBe(5);
});

it('no module is in two files, and what nobody asks for in none', async () => {
  await built(MODULES);
  expect(text('act.js')).toContain('extends Error');
  for (const file of ['act-main.js', 'act-main-later.js']) expect(text(file)).not.toContain('extends Error');
  expect(text('act-main.js')).not.toContain('only help');
  expect(text('act-main-later.js')).toContain('only help');
  expect(text('act.js')).not.toContain('nobody asks');
});

it('a module whose names cannot be told apart is refused', async () => {
  const help = `import * as all from './count.ts'; export const help = () => all;`;
  await expect(built({ ...MODULES, 'help.ts': help })).rejects.toThrow(/must be named/);
});
