// `npm start`: installs what package-lock.json names when it is missing, builds when a source changed, runs Porthole.
// Arguments after `--` go to it: `npm start -- ps`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

// Not `npm ci`: it refuses a lock file that lacks builds for other platforms, which not every registry has.
if (!existsSync(join(root, 'node_modules/esbuild/package.json'))) {
  process.stderr.write('porthole: installing packages (npm install)\n');
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (status !== 0) {
    process.stderr.write('porthole: npm install failed; the lines above say why\n');
    process.exit(1);
  }
}
const { buildOnce } = await import('./bundle.mjs');
const program = await buildOnce();
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
// The terminal sends Ctrl-C to both; only the program decides what it means.
for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
