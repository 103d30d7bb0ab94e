// `npm run vm:uml` and `npm run vm:qemu`: the suites on one kind of machine, with what they need fetched first, which is said.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../lab/packages.mjs';
import { prepareMachines } from './prepare.mjs';

/** Words for vitest: which files of this folder. */
const machines = new Map([
  ['uml', ['--exclude', '**/vm/qemu*']],
  ['qemu', ['test/vm/qemu']],
]);

const root = fileURLToPath(new URL('../..', import.meta.url));
const [name = '', ...more] = process.argv.slice(2);
const files = machines.get(name);
if (files === undefined) {
  process.stderr.write(`usage: node test/vm/run.mjs ${[...machines.keys()].join('|')} [WORDS FOR VITEST]\n`);
  process.exit(2);
}
if (process.geteuid?.() !== 0) {
  process.stderr.write(`npm run vm:${name}: needs root, to share this machine's files with another kernel\n`);
  process.exit(1);
}
installPackages();
prepareMachines();
const vitest = join(root, 'node_modules/.bin/vitest');
const words = ['run', '--config', 'test/vitest.config.ts', '--project', 'vm', ...files, ...more];
process.exitCode = spawnSync(vitest, words, { cwd: root, stdio: 'inherit' }).status ?? 1;
