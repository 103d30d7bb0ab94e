// Runs a command's first files without what V8 makes of them ahead, and then writes what V8 has made by now: the functions that
// were called, and no others. Started by train.mjs with a flag of Node's, for which Porthole ends as other programs do.
// Words: directory of the build, name of the file, and for each round JSON of where its /proc and /sys are, its words, and how it
// ends.
'use strict';
const fs = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const [, , directory, name, ...rounds] = process.argv;
const { readFileSync, writeFileSync } = fs;
const scripts = new Map();

/** Where the files of the host are looked for. */
let place = '';

/** Descriptors are those of this process all the same. */
const isOfHost = (path) => /^\/(?:proc|sys)(?:\/|$)/.test(path) && !path.startsWith('/proc/self/fd/');
for (const name of [
  'openSync',
  'readFileSync',
  'readdirSync',
  'readlinkSync',
  'realpathSync',
  'statSync',
  'lstatSync',
]) {
  const asItIs = fs[name];
  fs[name] = (path, ...more) =>
    asItIs(typeof path === 'string' && isOfHost(path) ? `${place}${path}` : path, ...more);
}

/** As src/sys/compiled.ts has it. */
function loadCompiled(from, file, packages, first) {
  const filename = `${from}/${file}`;
  const script = new Script(readFileSync(filename, 'latin1'), { filename });
  scripts.set(file, script);
  const module = { exports: {} };
  script.runInThisContext()(module, from, file, loadCompiled, packages, first);
  return module.exports;
}

/**
 * V8 drops what it has not called for a while, as the function around the whole file. And what was called often here it would
 * compile for the processor at its first call everywhere, 2 ms of a command.
 */
const MEANWHILE = ['flush-bytecode', 'sparkplug'];

async function train() {
  for (const flag of MEANWHILE) setFlagsFromString(`--no-${flag}`);
  const { actingMain } = loadCompiled(
    directory,
    `${name}.js`,
    createRequire(join(directory, 'porthole.cjs')),
  );
  for (const round of rounds) {
    const { place: there, words, status } = JSON.parse(round);
    place = there;
    process.exitCode = undefined;
    await actingMain(words);
    if (process.exitCode !== status)
      throw new Error(`${words.join(' ')}: status ${process.exitCode}, not ${status}`);
  }
  process.exitCode = 0;
  // What is written is of use to a Node.js of the same flags alone.
  for (const flag of MEANWHILE) setFlagsFromString(`--${flag}`);
  for (const file of [`${name}.js`, `${name}-main.js`])
    writeFileSync(join(directory, `${file}.trained`), scripts.get(file).createCachedData());
}

train().catch((error) => {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
});
