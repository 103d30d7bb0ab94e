// Runs a TypeScript module of the tests under plain node: bundled into the cache directory, packages left outside. Each
// source keeps its own import.meta.url, so that it finds files beside itself.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const dist = join(root, 'dist');
/** A worker of the program is a file of its own, made by the build. */
const BUILT_WORKER = /new URL\('\.\/([a-z-]+-worker\.m?js)', import\.meta\.url\)/;

const ownUrls = {
  name: 'own-urls',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8')
        .replace(
          BUILT_WORKER,
          (_, name) => `new URL(${JSON.stringify(pathToFileURL(join(dist, name)).href)})`,
        )
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

/** Bundles `entry` (a path below the repository) and returns where the bundle is. */
export async function bundled(entry) {
  const { build } = await import('esbuild');
  const directory = join(root, '.cache/bundles');
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, `${entry.replaceAll('/', '-').replace(/\.ts$/, '')}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    // As the product's own build does it.
    minifySyntax: true,
    define: { PORTHOLE_VERSION: '"0"' },
    plugins: [ownUrls],
    logLevel: 'warning',
  });
  return outfile;
}

export async function imported(entry) {
  return import(pathToFileURL(await bundled(entry)).href);
}
