import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildOnce } from '../../../src/build/bundle.mjs';
import { trainLimit } from '../../../src/build/train.mjs';

const FILES = ['acting-limit.js', 'acting-limit-main.js'];
const compiledOf = (file: string) => `${file}.${process.arch}.compiled`;
let place: string;
let build: string;
beforeEach(async () => {
  const built = dirname(await buildOnce());
  place = mkdtempSync(join(tmpdir(), 'porthole-train-test-'));
  build = join(place, 'dist');
  cpSync(built, build, { recursive: true });
  symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(place, 'node_modules'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** All functions of a file, as V8 makes them ahead. */
function whole(file: string): Buffer {
  setFlagsFromString('--no-lazy');
  const script = new Script(readFileSync(file, 'latin1'));
  setFlagsFromString('--lazy');
  return script.createCachedData();
}

it('leaves out the functions that limit did not call, and V8 accepts the rest', () => {
  expect(trainLimit(build, 'acting-limit')).toBeUndefined();
  for (const name of FILES) {
    const file = join(build, name);
    const cachedData = readFileSync(compiledOf(file));
    expect(new Script(readFileSync(file, 'latin1'), { cachedData }).cachedDataRejected).toBe(false);
    expect(cachedData.length).toBeLessThan(whole(file).length * 0.9);
    expect(cachedData.length).toBeGreaterThan(whole(file).length * 0.4);
  }
  expect(readdirSync(build).filter((file) => file.endsWith('.trained'))).toEqual([]);
});

it('says why, and changes nothing, where the command cannot be run', () => {
  const main = join(build, 'acting-limit-main.js');
  const before = statSync(compiledOf(main)).mtimeMs;
  rmSync(main);
  expect(trainLimit(build, 'acting-limit')).toMatch(/ENOENT.*acting-limit-main\.js/);
  expect(statSync(compiledOf(main)).mtimeMs).toBe(before);
});

it('is part of the build', () => {
  const file = join(build, 'acting-limit-main.js');
  expect(readFileSync(compiledOf(file)).length).toBeLessThan(whole(file).length * 0.9);
});

it('is of a text that V8 does not put among its young objects', () => {
  expect(statSync(join(build, 'acting-limit-main.js')).size).toBeGreaterThan(128 * 1024);
});
