// Builds dist/: one small start file (porthole.js) that answers --version by itself and loads each other part on demand.
// `buildOnce()` skips the work when no source is newer than the last build; used by `npm start`, tests and `npm run build`.
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const outdir = join(root, 'dist');
const sources = ['src', 'collectors', 'tui', 'package.json', 'package-lock.json'];

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
  const { build: esbuild } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // Built beside and swapped in, so that a Porthole that is running finds its parts until the very last moment.
  const fresh = `${outdir}.new-${process.pid}`;
  await esbuild({
    absWorkingDir: root,
    entryPoints: {
      porthole: 'src/cli/start.ts',
      'sampler-worker': 'src/live/worker.ts',
      'guarded-read-worker': 'src/sys/guarded-read-worker.ts',
      'mount-visitor-worker': 'src/sys/mount-visitor-worker.ts',
      'files-helper': 'src/actions/files/helper.ts',
      'arrivals-worker': 'src/live/arrivals-worker.ts',
    },
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['koffi', 'blessed', 'blessed-contrib', 'systeminformation'],
    sourcemap: 'linked',
    minifySyntax: true,
    minifyWhitespace: true,
    chunkNames: 'part-[name]-[hash]',
    define: { PORTHOLE_VERSION: JSON.stringify(version) },
    // Bundled CommonJS packages (commander) still ask for Node's own modules through require.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
  chmodSync(join(fresh, 'porthole.js'), 0o755);
  const old = `${outdir}.old-${process.pid}`;
  if (existsSync(outdir)) renameSync(outdir, old);
  renameSync(fresh, outdir);
  rmSync(old, { recursive: true, force: true });
}

export async function buildOnce() {
  const built = statSync(join(outdir, 'porthole.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < newest(sources.map((name) => join(root, name)))) await build();
  return join(outdir, 'porthole.js');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
