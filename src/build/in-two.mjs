// A command that acts is built as two files: the first has what it always needs, the second what it needs seldom (help, what it
// prints, rarer options), loaded when something of it is used. A module is in one of them only: both see the same classes.
// src/sys/compiled.ts knows the names by which each file asks for modules of the other.
import { basename, join, relative } from 'node:path';

/**
 * @param esbuild its module
 * @param options for both files, as esbuild takes them
 * @param name of the first file; the second is NAME-later.js
 * @param entry the module whose exports the first file has
 * @param later modules that the second has, with whatever they alone import; without any of them there is no second file
 * @returns files as esbuild gives them, to be written
 */
export async function buildInTwo(esbuild, options, { name, entry, later }) {
  const { absWorkingDir: root, outdir } = options;
  const isLater = new Set(later);
  const importsOf = importReader(esbuild, root, options.plugins);
  const built = async (file, contents, elsewhere) => {
    const { outputFiles, metafile } = await esbuild.build({
      ...options,
      stdin: { contents, resolveDir: root, sourcefile: 'in-two', loader: 'js' },
      outdir: undefined,
      outfile: join(outdir, file),
      write: false,
      metafile: true,
      plugins: [elsewhere, ...options.plugins],
    });
    return { outputFiles, has: pathsIn(metafile, file) };
  };
  // What the second asks the first for may bring more into the first, for which the second then asks as well.
  for (let asked = new Map(); ; ) {
    const reached = new Set();
    const first = await built(
      `${name}.js`,
      firstEntry(entry, asked),
      elsewhere(root, 'later', (path) => isLater.has(path) && reached.add(path)),
    );
    if (reached.size === 0) return { files: first.outputFiles, first: first.has, later: [] };
    const has = new Set(first.has);
    const wanted = new Map();
    const second = await built(
      `${name}-later.js`,
      laterEntry([...reached].sort()),
      elsewhere(root, 'first', async (path, importer) => {
        if (!has.has(path)) return false;
        await want(wanted, importsOf, importer, path);
        return true;
      }),
    );
    const sorted = inOrder(wanted);
    if (isSame(sorted, asked))
      return { files: [...first.outputFiles, ...second.outputFiles], first: first.has, later: second.has };
    asked = sorted;
  }
}

/** Notes what `importer` imports of `module`, which another file has. */
export async function want(wanted, importsOf, importer, module) {
  const names = (await importsOf(importer)).get(module);
  if (names === undefined) throw new Error(`${importer}: what it imports of ${module} must be named`);
  wanted.set(module, new Set([...(wanted.get(module) ?? []), ...names]));
}

/** By module, its names: the same for the same, however they were met. */
export function inOrder(wanted) {
  return new Map([...wanted].sort().map(([path, names]) => [path, [...names].sort()]));
}

export function isSame(asked, before) {
  return JSON.stringify([...asked]) === JSON.stringify([...before]);
}

/** Under names that no two modules share. */
export function importedAs(path, names, at) {
  return `import { ${names.map((name) => `${name} as _${at}_${name}`).join(', ')} } from './${path}';`;
}

/** Modules that something of is in a file. */
export function pathsIn({ outputs }, file) {
  const [{ inputs }] = Object.entries(outputs).flatMap(([path, output]) =>
    basename(path) === file ? output : [],
  );
  return Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
}

/** Leaves to `require` what the other file has. */
function elsewhere(root, file, isThere) {
  return {
    name: `in-${file}`,
    setup({ onResolve }) {
      onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, async ({ path, resolveDir, importer }) => {
        const module = relative(root, join(resolveDir, path));
        const from = relative(root, importer);
        if (importer.endsWith('in-two') || !(await isThere(module, from))) return undefined;
        return { path: `${file}:${module}`, external: true };
      });
    },
  };
}

/**
 * `modules` gives what the second asks for, name by name and not before it is used: it may be what the first itself has from the
 * second, or be there only later.
 */
function firstEntry(entry, asked) {
  const lines = [`export * from './${entry}';`];
  const cases = [...asked].map(([path, names], at) => {
    lines.push(importedAs(path, names, at));
    const inner = names.map((name) => `case '${name}': return _${at}_${name};`);
    return `case '${path}': switch (name) { ${inner.join(' ')} } return;`;
  });
  return [...lines, `export function modules(path, name) { switch (path) { ${cases.join('\n')} } }`].join(
    '\n',
  );
}

function laterEntry(paths) {
  const imports = paths.map((path, at) => `import * as _${at} from './${path}';`);
  const all = paths.map((path, at) => `'${path}': _${at}`);
  return [
    ...imports,
    `const all = { ${all.join(', ')} };`,
    'export const modules = (path, name) => all[path][name];',
  ].join('\n');
}

/** Which names a module imports of which other module, as esbuild writes it: types are gone. */
export function importReader(esbuild, root, plugins) {
  const known = new Map();
  return async (path) => {
    if (!known.has(path)) known.set(path, await read(path));
    return known.get(path);
  };
  async function read(path) {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: [path],
      write: false,
      format: 'esm',
      plugins,
      logLevel: 'warning',
    });
    const names = new Map();
    const text = outputFiles[0].text;
    for (const [, list, from] of text.matchAll(/^(?:import|export) \{([^}]*)\} from "(\.[^"]*)";$/gm)) {
      const imported = list.split(',').map((each) => each.trim().split(' as ')[0]);
      const module = join(path, '..', from);
      names.set(module, [...(names.get(module) ?? []), ...imported.filter((each) => each !== '')]);
    }
    return names;
  }
}
