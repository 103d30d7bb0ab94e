// A command that acts begins with a small file, which sets a thread to work (src/cli/acting-ahead.ts) and then loads the rest. Of
// the modules in it the rest has none: it asks for them by name, as `require('ahead:PATH')`.
import { join, relative } from 'node:path';
import { importedAs, importReader, inOrder, isSame, pathsIn, want } from './in-two.mjs';

/**
 * @param esbuild its module
 * @param options for all files, as esbuild takes them
 * @param name of the small file; the rest is NAME-main.js
 * @param entry the module that has what begins it
 * @param begin the name of that function
 * @param buildMain builds the rest, given options with one more plugin, its name, and paths of modules it gets from the small file
 * @returns files as esbuild gives them, to be written
 */
export async function buildWithAhead(esbuild, options, { name, entry, begin, buildMain }) {
  const { absWorkingDir: root, outdir, plugins } = options;
  const importsOf = importReader(esbuild, root, plugins);
  for (let asked = new Map(); ; ) {
    const file = `${name}.js`;
    const { outputFiles, metafile } = await esbuild.build({
      ...options,
      stdin: {
        contents: aheadEntry(entry, begin, asked),
        resolveDir: root,
        sourcefile: 'ahead',
        loader: 'js',
      },
      outdir: undefined,
      outfile: join(outdir, file),
      write: false,
      metafile: true,
    });
    const has = new Set(pathsIn(metafile, file));
    const wanted = new Map();
    const fromAhead = {
      name: 'from-ahead',
      setup({ onResolve }) {
        onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, async ({ path, resolveDir, importer }) => {
          const module = relative(root, join(resolveDir, path));
          if (!has.has(module)) return undefined;
          await want(wanted, importsOf, relative(root, importer), module);
          return { path: `ahead:${module}`, external: true };
        });
      },
    };
    const main = await buildMain({ ...options, plugins: [fromAhead, ...plugins] }, `${name}-main`, has);
    const sorted = inOrder(wanted);
    if (isSame(sorted, asked)) return [...outputFiles, ...main];
    asked = sorted;
  }
}

/** `loadCompiled`, `directory`, `file` and `packages` are those of the function around it (around.mjs). */
function aheadEntry(entry, begin, asked) {
  const lines = [`import { ${begin} } from './${entry}';`];
  const modules = [...asked].map(([path, names], at) => {
    lines.push(importedAs(path, names, at));
    return `'ahead:${path}': { ${names.map((name) => `${name}: _${at}_${name}`).join(', ')} }`;
  });
  return [
    ...lines,
    `${begin}();`,
    `const ahead = { ${modules.join(',\n')} };`,
    // Not an export: what esbuild makes of one takes V8 40 us.
    "module.exports = loadCompiled(directory, file.replace('.js', '-main.js'), (name) => ahead[name] ?? packages(name));",
  ].join('\n');
}
