import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { around } from '../../../src/build/around.mjs';
import { buildInTwo } from '../../../src/build/in-two.mjs';
import { LATER } from '../../../src/build/later.mjs';
import { loadCompiled } from '../../../src/sys/compiled.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const packages = createRequire(import.meta.url);
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'porthole-in-two-test-'));
  mkdirSync(join(root, 'src'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const MODULES = {
  'main.ts': `import { help } from './help.ts'; import { Fault } from './fault.ts';
    export const quick = () => new Fault('quick'); export const seldom = () => help();
    export const viaLater = () => help().made;
    export const isFault = (error: unknown) => error instanceof Fault;`,
  'help.ts': `import { Fault, type Kind } from './fault.ts'; import { words } from './words.ts'; import { count } from './count.ts';
    export const help = (kind?: Kind) => ({ made: new Fault(words), counted: count() });`,
  'fault.ts': `import { count } from './count.ts'; export type Kind = 'a' | 'b';
    export class Fault extends Error { readonly at = count(); }`,
  'words.ts': `export const words = 'only help has these words';`,
  'count.ts': 'let counted = 0; export const count = () => (counted += 1);',
} as const;

async function built(modules: Readonly<Record<string, string>>, later: readonly string[]) {
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(root, 'src', name), text);
  const {
    files,
    first,
    later: second,
  } = await buildInTwo(
    esbuild,
    {
      absWorkingDir: root,
      outdir: join(root, 'dist'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'silent',
      plugins: [],
      ...(await around(esbuild, repository)),
    },
    { name: 'main', entry: 'src/main.ts', later },
  );
  mkdirSync(join(root, 'dist'));
  for (const { path, contents } of files) writeFileSync(path, contents);
  return { first, second };
}

interface Main {
  quick(): Error & { at: number };
  seldom(): { made: Error & { at: number }; counted: number };
  viaLater(): Error;
  isFault(error: unknown): boolean;
}

const main = () => loadCompiled(join(root, 'dist'), 'main.js', packages) as Main;

it('each module is in one of the two files', async () => {
  const { first, second } = await built(MODULES, ['src/help.ts']);
  const own = (paths: readonly string[]) => paths.filter((path) => path.startsWith('src/')).sort();
  expect(own(first)).toEqual(['src/count.ts', 'src/fault.ts', 'src/main.ts']);
  expect(own(second)).toEqual(['src/help.ts', 'src/words.ts']);
  expect(readFileSync(join(root, 'dist/main.js'), 'utf8')).not.toContain('only help');
});

it('the second file is loaded when something of it is used', async () => {
  await built(MODULES, ['src/help.ts']);
  const second = join(root, 'dist/main-later.js');
  renameSync(second, `${second}.away`);
  const { quick, seldom } = main();
  expect(quick().at).toBe(1);
  expect(seldom).toThrow('ENOENT');
  renameSync(`${second}.away`, second);
  expect(seldom().made.message).toBe('only help has these words');
});

it('both files have the same classes and the same state', async () => {
  await built(MODULES, ['src/help.ts']);
  const { quick, seldom, viaLater, isFault } = main();
  expect(quick().at).toBe(1);
  expect(seldom()).toMatchObject({ made: { at: 2 }, counted: 3 });
  expect(isFault(viaLater())).toBe(true);
});

it('what the second has from the first may be what that has from the second', async () => {
  const modules = {
    ...MODULES,
    'main.ts': `import { told } from './told.ts'; export { help } from './help.ts'; export const seldom = () => told();`,
    'told.ts': `import { help } from './main.ts'; export const told = () => help();`,
  };
  await built(modules, ['src/help.ts', 'src/told.ts']);
  expect(main().seldom().counted).toBe(2);
});

it('a file may have any names', async () => {
  const names = ['directory', 'file', 'first', 'loadCompiled', 'loadLater', 'packages', 'requireOnDemand'];
  const all = names.map((name) => `export const ${name} = Math.random();`).join('');
  await built({ ...MODULES, 'main.ts': `${MODULES['main.ts']}${all}` }, ['src/help.ts']);
  expect(main()).toMatchObject(Object.fromEntries(names.map((name) => [name, expect.any(Number)])));
  expect(main().seldom().counted).toBe(2);
});

it('a module whose names cannot be told apart is refused', async () => {
  const modules = {
    ...MODULES,
    'help.ts': `import * as all from './fault.ts'; export const help = () => all;`,
  };
  await expect(built(modules, ['src/help.ts'])).rejects.toThrow(/must be named/);
});

it.each(Object.entries(LATER).flatMap(([command, paths]) => paths.map((path) => [command, path])))(
  '%s: %s is there',
  (_, path) => {
    expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')).not.toBe('');
  },
);
