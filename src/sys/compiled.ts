/**
 * Loads a file of the build with what V8 made of it then. That is for one version of Node.js, with its usual flags: for another
 * one V8 compiles it anew, which it would have done anyway. What another processor's V8 made V8 does not refuse, and dies of:
 * that is told by the name.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/**
 * @param file a function around a CommonJS module, of ASCII characters. Beside it lies `FILE.PROCESSOR.compiled`, if it was built
 *   on such a machine.
 * @returns what the module exports
 */
export function loadCompiled(file: string): unknown {
  return load(file, undefined);
}

/** What the two files of a command give each other; see src/build/in-two.mjs. */
interface Half {
  modules?(path: string, name: string | symbol): unknown;
}

/** @param first what the first of two files exports, when this is the second */
function load(file: string, first: Half | undefined): Half {
  const cachedData = compiledAhead(`${file}.${process.arch}.compiled`);
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: file,
    ...(cachedData && { cachedData }),
  });
  const module: { exports: Half } = { exports: {} };
  const require = requireOnDemand(file, module, first);
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
  return module.exports;
}

/** Parts of Node that few commands need, or one way of many, and that Node has not loaded when it starts. */
const ON_DEMAND = new Set(
  [
    ['child_process', 'crypto', 'net', 'os', 'readline', 'stream', 'string_decoder'],
    ['timers/promises', 'tty', 'v8', 'worker_threads', 'zlib'],
  ].flatMap((names) => names.map((name) => `node:${name}`)),
);

/** `require` of that file. What stands for a part of Node, or of the second file, loads it when something of it is used. */
function requireOnDemand(
  file: string,
  own: { readonly exports: Half },
  first: Half | undefined,
): (name: string) => unknown {
  let require: NodeJS.Require | undefined;
  let second: Half | undefined;
  const modules = new Map<string, unknown>();
  const found = (name: string): unknown => {
    if (ON_DEMAND.has(name)) return standIn(name);
    if (name.startsWith('node:')) return process.getBuiltinModule(name);
    if (name.startsWith('first:')) return moduleOf(() => first, name.slice('first:'.length));
    if (name.startsWith('later:'))
      return moduleOf(() => {
        second ??= load(file.replace(/\.js$/, '-later.js'), own.exports);
        return second;
      }, name.slice('later:'.length));
    require ??= process.getBuiltinModule('node:module').createRequire(file);
    return require(name);
  };
  return (name) => {
    const known = modules.get(name);
    if (known !== undefined) return known;
    const module = found(name);
    modules.set(name, module);
    return module;
  };
}

function standIn(name: string): object {
  let loaded: object | undefined;
  return new Proxy(
    {},
    {
      get: (_, property) => {
        loaded ??= process.getBuiltinModule(name) ?? {};
        return Reflect.get(loaded, property);
      },
    },
  );
}

/** A module of the other of two files. */
function moduleOf(half: () => Half | undefined, path: string): object {
  return new Proxy({}, { get: (_, name) => half()?.modules?.(path, name) });
}

function compiledAhead(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
