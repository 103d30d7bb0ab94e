/**
 * Loads a file of the build with what V8 made of it then. That is for one version of Node.js, with its usual flags: for another
 * one V8 compiles it anew, which it would have done anyway.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** @param file CommonJS, of ASCII characters. Beside it lies `FILE.compiled`. @returns what it exports */
export function loadCompiled(file: string): unknown {
  // As the build has compiled it.
  const source = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, { filename: file, cachedData: readFileSync(`${file}.compiled`) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports;
}
