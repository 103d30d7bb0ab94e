// Builds dist/: one small start file (porthole.cjs) that answers --version by itself and loads each other part on demand.
// `buildOnce()` skips the work when no source is newer than the last build; used by `npm start`, tests and `npm run build`.
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { buildWithAhead } from './ahead.mjs';
import { around } from './around.mjs';
import { buildInTwo } from './in-two.mjs';
import { LATER } from './later.mjs';
import { trainLimit } from './train.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outdir = join(root, 'dist');
const sources = ['src', 'collectors', 'tui', 'package.json', 'package-lock.json'];

/** Files of commands that act: src/cli/acting-names.ts says which. */
const ACTING = ['attach', 'files', 'freeze', 'kill', 'limit'];
/** Built into one file each, and compiled ahead. */
const COMPILED = {
  watching: 'src/cli/watching.ts',
  sampling: 'src/live/worker.ts',
};
/** Files that threads start in, and what they load. */
const WORKERS = { 'sampler-worker': 'sampling' };

/** Newest modification time below the given paths, in milliseconds; 0 when there is none. */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    latest = Math.max(latest, stat.mtimeMs);
    if (stat.isDirectory())
      latest = Math.max(latest, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return latest;
}

export async function build() {
  const esbuildModule = await import('esbuild');
  const { build: esbuild } = esbuildModule;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // Built beside and swapped in, so that a Porthole that is running finds its parts until the very last moment.
  const fresh = `${outdir}.new-${process.pid}`;
  const common = {
    absWorkingDir: root,
    outdir: fresh,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    external: ['koffi', 'blessed', 'blessed-contrib', 'systeminformation'],
    sourcemap: 'linked',
    minifySyntax: true,
    minifyWhitespace: true,
    define: { PORTHOLE_VERSION: JSON.stringify(version) },
    plugins: [packagesOnDemand, nativeBeside],
    logLevel: 'warning',
  };
  await esbuild({
    ...common,
    entryPoints: {
      main: 'src/cli/main.ts',
      'guarded-read-worker': 'src/sys/guarded-read-worker.ts',
      'mount-visitor-worker': 'src/sys/mount-visitor-worker.ts',
      'files-helper': 'src/actions/files/helper.ts',
    },
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'part-[name]-[hash]',
    // Bundled CommonJS packages (commander) still ask for Node's own modules through require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);",
    },
  });
  // What starts first, and what must start soon, are one file each, and CommonJS: modules take Node longer to load.
  // Short names: V8 takes in their text at every start, a page in 2 us. src/cli/stack.ts says of a stack where it is in the sources.
  const commonJs = { ...common, format: 'cjs', minifyIdentifiers: true };
  await esbuild({
    ...commonJs,
    entryPoints: { porthole: 'src/cli/start.ts' },
    // Of a file with the other name Node asks package.json which kind of module it is: some 0.3 ms of every start.
    outExtension: { '.js': '.cjs' },
    // Node looks through the file for the name of its map at every start.
    sourcemap: 'external',
    banner: { js: '#!/usr/bin/env node' },
  });
  const function_ = await around(esbuildModule, root);
  const compiled = {
    ...commonJs,
    plugins: [together, packagesOnDemand, koffiInside, nativeBeside],
    external: common.external.filter((name) => name !== 'koffi'),
    define: {
      ...common.define,
      'import.meta.url': 'ownUrl.href',
      'import.meta.dirname': '__dirname',
      'performance.now': 'sinceBootMs',
    },
    // The clock is that of performance.now(), which Node loads nine modules for.
    banner: {
      js: `${function_.banner.js}
        const ownUrl={get href(){return require('node:url').pathToFileURL(__filename).href}};
        const sinceBootMs=()=>{const [s,ns]=process.hrtime();return s*1e3+ns/1e6};`,
    },
    footer: function_.footer,
  };
  await esbuild({ ...compiled, entryPoints: COMPILED });
  for (const command of ACTING)
    for (const { path, contents } of await buildActing(esbuildModule, compiled, command))
      writeFileSync(path, path.endsWith('.js') ? notYoung(contents) : contents);
  for (const [, { file, bytes }] of await nativeLibraries()) writeFileSync(join(fresh, file), bytes);
  const packages = Object.keys(ON_DEMAND);
  await esbuild({
    ...commonJs,
    entryPoints: Object.fromEntries(packages.map((name) => [name, name])),
    plugins: [],
  });
  for (const [name, code] of Object.entries(WORKERS)) {
    await esbuild({
      ...commonJs,
      entryPoints: { [name]: 'src/live/compiled-worker.ts' },
      define: { WORKER_CODE: JSON.stringify(`${code}.js`) },
    });
  }
  writeFileSync(join(fresh, 'package.json'), '{ "type": "commonjs" }\n');
  for (const file of readdirSync(fresh))
    if (/^acting-.*\.js$/.test(file) || COMPILED[file.replace(/\.js$/, '')] !== undefined)
      compileAhead(join(fresh, file), join(outdir, file));
  chmodSync(join(fresh, 'porthole.cjs'), 0o755);
  const whyNot = trainLimit(fresh, 'acting-limit');
  if (whyNot !== undefined)
    process.stderr.write(`build: limit is compiled as a whole, and a millisecond later there: ${whyNot}\n`);
  const old = `${outdir}.old-${process.pid}`;
  if (existsSync(outdir)) renameSync(outdir, old);
  renameSync(fresh, outdir);
  rmSync(old, { recursive: true, force: true });
}

/** A command that acts: what it begins with, the rest, and what of that it seldom needs. */
function buildActing(esbuild, options, command) {
  const entry = `src/cli/acting-${command}.ts`;
  return buildWithAhead(esbuild, options, {
    name: `acting-${command}`,
    entry: 'src/cli/acting-ahead.ts',
    begin: 'beginLooking',
    buildMain: async (mainOptions, name, isAhead) => {
      const later = (LATER[command] ?? []).filter((path) => !isAhead.has(path));
      return (await buildInTwo(esbuild, mainOptions, { name, entry, later })).files;
    },
  });
}

/**
 * In one file nothing is loaded on demand: what a command does is imported as everything else is, or esbuild would put a
 * function around every module that it shares with others.
 */
const together = {
  name: 'together',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/cli\/[a-z-]+\.ts$/ }, ({ path }) => {
      const imports = [];
      const contents = readFileSync(path, 'utf8').replace(
        /const (\{[\w, ]+\}) = await import\(('\.\/[a-z-]+-run\.ts')\);/g,
        (_, names, from) => {
          imports.push(`import ${names} from ${from};`);
          return '';
        },
      );
      return { contents: `${imports.join('')}${contents}`, loader: 'ts' };
    });
  },
};

/** Packages that few screens need, and what stands in for them until then. Loading them takes V8 some 10 ms each. */
const ON_DEMAND = {
  re2js: gettersOf(['RE2JS', 'RE2JSException'], "require('./re2js.js')"),
  'string-width': "module.exports = (text, options) => require('./string-width.js').default(text, options);",
};

/** Each is a file of its own, which is loaded when something of it is used. */
const packagesOnDemand = {
  name: 'packages-on-demand',
  setup({ onResolve, onLoad }) {
    const namespace = 'package-on-demand';
    onResolve({ filter: /^(?:re2js|string-width)$/ }, ({ path }) => ({ path, namespace }));
    onResolve({ filter: /^\./, namespace }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: ON_DEMAND[path] }));
  },
};

function gettersOf(names, from) {
  return `module.exports = {${names.map((name) => `get ${name}() { return ${from}.${name}; }`).join()}};`;
}

/** Of koffi the native part alone, where src/sys/koffi-addon.ts finds it. */
const koffiInside = {
  name: 'koffi-inside',
  setup({ onResolve, onLoad }) {
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules/koffi/package.json'), 'utf8'));
    onLoad({ filter: /\/src\/sys\/koffi\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace('const require = createRequire(import.meta.url);', ''),
      loader: 'ts',
    }));
    onResolve({ filter: /^koffi$/ }, ({ path, namespace }) =>
      namespace === 'koffi' ? { path, external: true } : { path, namespace: 'koffi' },
    );
    onLoad({ filter: /.*/, namespace: 'koffi' }, () => ({
      contents: `
        import { koffiAddon } from './src/sys/koffi-addon.ts';
        module.exports = koffiAddon(__dirname, '${version}') ?? require('koffi');`,
      resolveDir: root,
    }));
  },
};

/** Files of their own instead of text: as text they would be read and compiled twice over. See src/sys/native-library.ts. */
const nativeBeside = {
  name: 'native-beside',
  setup({ onLoad }) {
    onLoad({ filter: /\/native\/library\.generated\.ts$/ }, async () => {
      const libraries = await nativeLibraries();
      const files = libraries.map(
        ([processor, { file }]) => `${processor}: {file: import.meta.dirname + '/${file}'}`,
      );
      return { contents: `export const LIBRARIES = {${files.join()}};` };
    });
  },
};

/** By processor: its file, which is named after what is in it, so that no other build's is taken for it. */
async function nativeLibraries() {
  const { transform } = await import('esbuild');
  const text = readFileSync(join(root, 'src/sys/native/library.generated.ts'), 'utf8');
  const { code } = await transform(text, { loader: 'ts', format: 'esm' });
  const { LIBRARIES } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  return Object.entries(LIBRARIES).map(([processor, { sha256, gzip }]) => {
    const file = `native-${processor}-${sha256.slice(0, 16)}.so`;
    return [processor, { file, bytes: gunzipSync(Buffer.from(gzip, 'base64')) }];
  });
}

const LONGEST_YOUNG = 128 * 1024;

/**
 * A text of up to 128 KiB V8 puts among its young objects, which it goes through when there is 1 MiB of them: 0.9 ms of a command
 * that would have ended before. What is not far below that is filled up with blanks.
 */
function notYoung(contents) {
  const isClose = contents.length > LONGEST_YOUNG / 2 && contents.length <= LONGEST_YOUNG;
  return isClose
    ? Buffer.concat([contents, Buffer.alloc(LONGEST_YOUNG + 1 - contents.length, ' ')])
    : contents;
}

/** What V8 makes of it, all functions included, for src/sys/compiled.ts. Of use to this version of Node.js alone, on this processor. */
function compileAhead(file, finalPath) {
  setFlagsFromString('--no-lazy');
  const script = new Script(readFileSync(file, 'latin1'), { filename: finalPath });
  setFlagsFromString('--lazy');
  // Loaded under the flags of src/sys/interpret-only.ts, and of use under those alone.
  const isLater = file.endsWith('-later.js');
  if (isLater) setFlagsFromString('--no-sparkplug');
  writeFileSync(`${file}.${process.arch}.compiled`, script.createCachedData());
  if (isLater) setFlagsFromString('--sparkplug');
}

export async function buildOnce() {
  const built = statSync(join(outdir, 'porthole.cjs'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < newest(sources.map((name) => join(root, name)))) await build();
  return join(outdir, 'porthole.cjs');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
