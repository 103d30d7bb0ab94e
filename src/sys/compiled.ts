/**
 * Loads a file of the build with what V8 made of it then. That is for one version of Node.js, with its usual flags: for another
 * one V8 compiles it anew, which it would have done anyway. What another processor's V8 made V8 does not refuse, and dies of:
 * that is told by the name. Of this file itself V8 compiles every byte at every start.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { Script } from 'node:vm';
import type { Half, Require } from './on-demand.ts';

/**
 * @param file in `directory`: a function around a CommonJS module, as src/build/around.mjs makes it, of ASCII characters. Beside
 *   it lies `FILE.PROCESSOR.compiled`, if it was built on such a machine.
 * @param packages `require` of a module in that directory: to make another one Node loads four parts of itself
 * @param first what the first of two files exports, when this is the second
 * @returns what the module exports
 */
export function loadCompiled(directory: string, file: string, packages: Require, first?: Half): unknown {
  const filename = `${directory}/${file}`;
  const source = bytesOf(filename);
  const text = source.latin1Slice(0, source.length);
  const cachedData = compiledAhead(`${filename}.${process.arch}.compiled`);
  const script = new Script(text, { filename, ...(cachedData && { cachedData }) });
  const module: { exports: unknown } = { exports: {} };
  script.runInThisContext()(module, directory, file, loadCompiled, packages, first);
  // It has loaded by now what it needs at once, and may run for days.
  room = undefined;
  return module.exports;
}

function compiledAhead(path: string): Buffer | undefined {
  try {
    return bytesOf(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What Porthole's files take, mostly; of this only what is written to takes memory. */
const ROOM_BYTES = 1024 * 1024;
let room: Buffer | undefined;

/** Valid until the next file is read, over it: the kernel takes 2 us for each page that nobody has written to before. */
function bytesOf(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    room ??= Buffer.allocUnsafeSlow(ROOM_BYTES);
    const bytes = readSync(fd, room);
    return bytes < room.length ? room.subarray(0, bytes) : readFileSync(path);
  } finally {
    closeSync(fd);
  }
}
