// `npm test`: everything that must hold, in the order in which a failure is cheapest to learn of. Installs what is
// missing first, and says so. `--no-lab` leaves out what needs root, real engines and other kernels.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const words = process.argv.slice(2);
const lab = !words.includes('--no-lab');
const unknown = words.filter((word) => word !== '--no-lab');
if (unknown.length > 0) {
  process.stderr.write(`npm test: unknown option ${unknown.join(' ')}; there is --no-lab\n`);
  process.exit(2);
}

/** Runs one step with its output shown; the first that fails ends the run with its status. */
function step(title, command, args) {
  process.stdout.write(`\n== ${title}\n`);
  const started = Date.now();
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error !== undefined) process.stderr.write(`${title}: ${error.message}\n`);
  if (status !== 0) {
    process.stderr.write(`${title}: failed (${signal ?? status})\n`);
    process.exit(status === null || status === 0 ? 1 : status);
  }
  process.stdout.write(`== ${title}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

const local = (name) => join(root, 'node_modules/.bin', name);

if (!existsSync(local('vitest'))) {
  // Not `npm ci`: see src/build/start.mjs.
  step('packages from npm', 'npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
}
if (lab) {
  if (process.geteuid?.() !== 0) {
    process.stderr.write(
      'npm test: the lab needs root (real containers); as an ordinary user run npm test -- --no-lab\n',
    );
    process.exit(1);
  }
  const { installPackages } = await import('./lab/packages.mjs');
  const { prepareMachines } = await import('./vm/prepare.mjs');
  installPackages();
  prepareMachines();
}
step('lint and format', local('biome'), ['check', '.']);
step('import direction', local('depcruise'), [
  '--config',
  'test/import-direction.cjs',
  'src',
  'collectors',
  'tui',
]);
step('types', local('tsc'), ['--noEmit']);
step('build', process.execPath, ['src/build/bundle.mjs']);
if (lab) step('bench, short', process.execPath, ['test/bench/run.mjs', '--quick']);
// Last, and in one run, so that its closing lines are the totals.
const projects = lab ? ['unit', 'live', 'vm'] : ['unit'];
step('tests', local('vitest'), [
  'run',
  '--config',
  'test/vitest.config.ts',
  ...projects.flatMap((name) => ['--project', name]),
]);
