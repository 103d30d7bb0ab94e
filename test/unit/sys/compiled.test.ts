import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { Command } from 'commander';
import * as esbuild from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { around } from '../../../src/build/around.mjs';
import { ACTING_COMMANDS } from '../../../src/cli/acting-names.ts';
import { addCommands } from '../../../src/cli/commands.ts';
import { loadCompiled } from '../../../src/sys/compiled.ts';
import { writeProgram } from '../snippet.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-compiled-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const { banner, footer } = await around(esbuild, fileURLToPath(new URL('../../..', import.meta.url)));
const file = (body: string) => `${banner.js}${body}${footer.js}`;
const compiled = (source: string) => new Script(source).createCachedData();

function written(name: string, source: string, ahead: Uint8Array, processor: string = process.arch): string {
  const path = join(directory, name);
  writeFileSync(path, source);
  writeFileSync(`${path}.${processor}.compiled`, ahead);
  return name;
}
const load = (name: string) => loadCompiled(directory, name, createRequire(import.meta.url));

const SOURCE = file('exports.path = [__filename, __dirname]; exports.join = require("node:path").join');
const exportsOf = (name: string) => ({ path: [join(directory, name), directory], join });

it('a file is loaded with what was compiled ahead', () => {
  expect(load(written('with.js', SOURCE, compiled(SOURCE)))).toEqual(exportsOf('with.js'));
});

it('packages are asked for where the program started', () => {
  const source = file('exports.given = [require("some-package"), require("some-package/part.node")]');
  const name = written('packages.js', source, compiled(source));
  const asked = (path: string) => ({ asked: path });
  expect(loadCompiled(directory, name, asked)).toEqual({
    given: [{ asked: 'some-package' }, { asked: 'some-package/part.node' }],
  });
});

describe('parts of Node that a file asks for', () => {
  it('are the same as ever', () => {
    const source = file(
      `const tty = require("node:tty"), fs = require("node:fs"), plain = require("tty");
      exports.same = [tty.ReadStream === plain.ReadStream, tty.isatty === plain.isatty, fs === require("fs"), "x" in tty];`,
    );
    const { same } = load(written('parts.js', source, compiled(source))) as { same: unknown };
    expect(same).toEqual([true, true, true, false]);
  });

  it('are loaded when something of them is used', async () => {
    const source = file(
      `const readline = require("node:readline");
      const isLoaded = () => process.moduleLoadList.includes("NativeModule readline");
      const before = isLoaded();
      void readline.clearLine;
      console.log(before, isLoaded());`,
    );
    written('late.js', source, compiled(source));
    const loader = join(directory, 'loader.cjs');
    await writeProgram(
      loader,
      'src/sys',
      `import { loadCompiled } from './compiled.ts';
      loadCompiled(${JSON.stringify(directory)}, 'late.js', require);`,
    );
    expect(execFileSync(process.execPath, [loader], { encoding: 'utf8' })).toBe('false true\n');
  });
});

it.each([
  ['of another text', compiled(file('exports.path = 1'))],
  ['of another version of V8', new Uint8Array(4096)],
  ['that is cut', compiled(SOURCE).subarray(0, 20)],
])('what was compiled ahead %s does no harm', (_, ahead) => {
  expect(load(written('without.js', SOURCE, ahead))).toEqual(exportsOf('without.js'));
});

it('what was compiled ahead on another processor is left alone: V8 would take it, and crash', () => {
  // V8 tells texts apart by their length, so that what it took can be seen.
  const other = compiled(SOURCE.replace('exports.path', 'exports.text'));
  const result = (processor: string) => load(written(`${processor}.js`, SOURCE, other, processor));
  expect(result(process.arch)).toHaveProperty('text');
  expect(result(process.arch === 'arm64' ? 'x64' : 'arm64')).toHaveProperty('path');
});

it('every command that is loaded by itself is one of all', () => {
  const program = new Command();
  addCommands(program);
  const names = program.commands.map((each) => each.name());
  expect(names).toEqual(expect.arrayContaining(Object.keys(ACTING_COMMANDS)));
});
