// What V8 made ahead is for the flags under which the command loads it: under others V8 compiles all of it anew, and says nothing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { buildOnce } from '../../../src/build/bundle.mjs';

const directory = mkdtempSync(join(tmpdir(), 'porthole-accepted-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const told = join(directory, 'told.json');
const hook = join(directory, 'hook.cjs');
writeFileSync(
  hook,
  `const vm = require('node:vm'), { basename } = require('node:path'), { readFileSync, writeFileSync } = require('node:fs');
  const { Script } = vm, files = {};
  vm.Script = class extends Script {
    constructor(source, options) {
      super(source, options);
      files[basename(options.filename)] = this.cachedDataRejected;
    }
  };
  process.on('exit', () => {
    const hasKoffi = readFileSync('/proc/self/maps', 'latin1').includes('koffi.node');
    writeFileSync(${JSON.stringify(told)}, JSON.stringify({ files, hasKoffi }));
  });`,
);

it.each([
  [
    ['limit', 'no such container', 'pids=5'],
    3,
    ['acting-limit', 'acting-limit-main', 'acting-limit-main-later'],
  ],
  [['freeze', 'no such container'], 3, ['acting-freeze', 'acting-freeze-main']],
  [['kill', 'no such container'], 3, ['acting-kill', 'acting-kill-main']],
  [['attach', 'no such container'], 3, ['acting-attach', 'acting-attach-main']],
  [['cat', 'no such container:/etc/hosts'], 3, ['acting-files', 'acting-files-main']],
  [['ps'], 0, ['watching']],
])('%s is loaded with what was compiled ahead', async (words, status, files) => {
  const porthole = await buildOnce();
  const run = spawnSync(process.execPath, ['-r', hook, porthole, ...words], { encoding: 'utf8' });
  expect([run.status, run.error]).toEqual([status, undefined]);
  const { files: rejected, hasKoffi } = JSON.parse(readFileSync(told, 'utf8'));
  expect(rejected).toEqual(Object.fromEntries(files.map((file) => [`${file}.js`, false])));
  // It takes a millisecond, and these two have all they need in the addon; but for containers whose own files are read to know them.
  if (words[0] !== 'limit' && words[0] !== 'kill') return;
  const { stdout } = spawnSync(process.execPath, [porthole, 'ps', '--json'], { encoding: 'utf8' });
  if (JSON.parse(stdout).containers.length === 0) expect(hasKoffi).toBe(false);
});
