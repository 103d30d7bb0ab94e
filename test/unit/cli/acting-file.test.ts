// How a command that acts ends: at once where nothing is under way, and not before what is.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { writeProgram } from '../snippet.ts';

const directory = mkdtempSync(join(tmpdir(), 'porthole-acting-test-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** @param act is the body of what the command does */
async function run(name: string, act: string): Promise<string> {
  const outfile = join(directory, `${name}.cjs`);
  await writeProgram(
    outfile,
    'src/cli',
    `import { actingFile } from './acting-file.ts';
    import { inBackground, libcFunction } from '../sys/koffi.ts';
    const say = (text) => process.stdout.write(text + '\\n');
    libcFunction('int getpid()')();
    process.on('exit', (code) => process.stderr.write('exit ' + code));
    process.on('beforeExit', () => process.stderr.write('loop, '));
    actingFile([], () => async () => { ${act} })([]);`,
  );
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [outfile], {
    env,
    maxBuffer: 2 ** 26,
  });
  return `${stdout}${stderr}`;
}

it.each([
  ['nothing', '', 'exit 0'],
  ['a timer', `setTimeout(() => say('later'), 1)`, 'later\nloop, exit 0'],
  [
    'a call of libc',
    `inBackground(libcFunction('int usleep(uint us)'), 1000).then(() => say('woken'))`,
    'woken\nloop, exit 0',
  ],
  ['much output', `say('x'.repeat(2 ** 22)); say('end')`, `${'x'.repeat(2 ** 22)}\nend\nloop, exit 0`],
])('with %s under way', async (name, act, output) => {
  expect(await run(name.replaceAll(' ', '-'), act)).toBe(output);
});
