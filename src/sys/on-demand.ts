/**
 * What a file that compiled.ts loads has for `require`. It is part of each such file, where V8 has compiled it ahead: where the
 * program starts it would be compiled anew by every run.
 */

export type Require = (name: string) => unknown;

/** What the two files of a command give each other; see src/build/in-two.mjs. */
export interface Half {
  modules?(path: string, name: string | symbol): unknown;
}

/** Parts of Node that few commands need, or one way of many, and that Node has not loaded when it starts. */
const ON_DEMAND = new Set(
  [
    ['child_process', 'crypto', 'module', 'net', 'os', 'readline', 'stream', 'string_decoder'],
    ['timers/promises', 'tty', 'v8', 'worker_threads', 'zlib'],
  ].flatMap((names) => names.map((name) => `node:${name}`)),
);

/**
 * What stands for a part of Node, or of the other file, loads it when something of it is used.
 * @param packages `require` of a module in the same directory
 * @param loadLater loads the second of two files, when this is the first
 * @param first what the first exports, when this is the second
 */
export function requireOnDemand(packages: Require, loadLater: () => Half, first: Half | undefined): Require {
  let later: Half | undefined;
  const firstHalf = () => first;
  const laterHalf = () => {
    later ??= loadLater();
    return later;
  };
  const modules = new Map<string, unknown>();
  const found = (name: string): unknown => {
    if (ON_DEMAND.has(name)) return standIn(name);
    if (name.startsWith('node:')) return process.getBuiltinModule(name);
    if (name.startsWith('first:')) return moduleOf(firstHalf, name.slice('first:'.length));
    if (name.startsWith('later:')) return moduleOf(laterHalf, name.slice('later:'.length));
    return packages(name);
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
  return new Proxy({ half, path }, OF_HALF);
}

interface OfHalf {
  half(): Half | undefined;
  readonly path: string;
}

/** One for all: there are dozens of modules. */
const OF_HALF: ProxyHandler<OfHalf> = {
  get: ({ half, path }, name) => half()?.modules?.(path, name),
};
