// The stub, the starter, aarch64's own loader and a program of it, one running the next, as on such a machine.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { COMPILERS } from '../../src/launch/build.mjs';
import { image } from '../../src/launch/image.ts';
import { type Program, program } from '../../src/launch/program.ts';
import { start } from '../../src/launch/run.ts';
import { starterImage } from '../../src/launch/starter.ts';
import { machineOf } from '../lab/emulator.ts';
import { killRunning, run } from './launch-kit.ts';

/** What Debian's cross compiler brings. */
const SYSROOT = '/usr/aarch64-linux-gnu';
const LOADER = '/lib/ld-linux-aarch64.so.1';
const root = mkdtempSync(join(tmpdir(), 'porthole-launch-test-'));
const at = (path: string) => join(root, path);

const { missing, through } = machineOf('arm64');
const why =
  missing || (existsSync(`${SYSROOT}${LOADER}`) ? '' : ` (skipped: there is no ${SYSROOT}${LOADER})`);

beforeAll(() => {
  if (why !== '') return;
  for (const name of ['bin', 'tools']) mkdirSync(at(name));
  symlinkSync(`${SYSROOT}/lib`, at('lib'));
  const from = ['-nostdlib', '-pie', '-O2', '-o', at('bin/says'), 'test/live/launch-aarch64.c'];
  execFileSync(COMPILERS.arm64.command, [...from, `${SYSROOT}/lib/libc.so.6`]);
  const starter = starterImage('arm64', {
    root,
    loaderWords: ['--inhibit-cache', '--library-path', at('lib')],
    nameWord: '--argv0',
    loaders: new Map([[LOADER, LOADER]]),
    programs: new Map([
      ['says', '/bin/says'],
      ['script', '/bin/script'],
    ]),
  });
  writeFileSync(at('starter'), starter, { mode: 0o755 });
  writeFileSync(at('bin/script'), '#!/no/such/place/says -x\n', { mode: 0o755 });
  for (const name of ['says', 'script', 'unknown']) symlinkSync('../starter', at(`tools/${name}`));
});
afterEach(killRunning);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const runner = {
  name: 'aarch64',
  processor: 'arm64',
  missing: why,
  launch: async (p: Program, options: Parameters<typeof start>[1]) => {
    writeFileSync(at('image'), image(p), { mode: 0o700 });
    const [file = '', ...words] = [...through, at('image')];
    return start(p, options, { file, argv: [file, ...words] });
  },
} as const;

it.skipIf(why !== '').each<[string, string, readonly string[], string, number]>([
  ['a program', 'says', ['-says', 'a b', ''], '[-says][a b][]', 3],
  ['a script', 'script', ['script', '1'], `[/no/such/place/says][-x][${at('bin/script')}][1]`, 4],
])(`the stub runs the starter, it the loader, and that %s${why}`, async (_, name, argv, said, status) => {
  const p = program('test', 'arm64');
  p.fork('fork', (child) => p.passOn('wait', child));
  p.exec('exec', p.string(at(`tools/${name}`)), p.strings([...argv]), p.strings(['WHO=we']));
  const { started, ended, stdout, stderr } = await run(runner, p);
  expect({ stdout, stderr }).toEqual({ stdout: `${said} we\n`, stderr: '' });
  expect([started, ended]).toEqual([{ ok: true }, { how: 'exited', status }]);
});

it.skipIf(why !== '')(`the starter's refusal is the command's end${why}`, async () => {
  const p = program('test', 'arm64');
  p.fork('fork', (child) => p.passOn('wait', child));
  p.exec('exec', p.string(at('tools/unknown')), p.strings(['unknown']), p.strings([]));
  const { ended, stderr } = await run(runner, p);
  expect({ ended, stderr }).toEqual({
    ended: { how: 'exited', status: 127 },
    stderr: 'porthole: unknown: no such program among the tools\n',
  });
});
