// The starter itself, for both processors, on this machine's own programs: its other root is a directory that leads back to them.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostTools } from '../../../src/actions/attach/tools/host.ts';
import { starterImage } from '../../../src/launch/starter.ts';
import { machineOf } from '../../lab/emulator.ts';

const MINE: readonly (readonly [name: string, path: string])[] = [
  ['script', '/files/script'],
  ['through-env', '/files/through-env'],
  ['elsewhere', '/files/elsewhere'],
  ['nothing', '/files/nothing'],
  ['closed', '/files/closed'],
  ['empty', '/files/empty'],
  ['static', '/files/static'],
  ['long', `/${'x'.repeat(4090)}`],
];

const PROCESSORS = (['x64', 'arm64'] as const).map((processor) => ({ processor, ...machineOf(processor) }));

describe.each(PROCESSORS)('the starter for $processor $missing', ({ processor, missing, through }) => {
  const test = it.skipIf(missing !== '');
  const root = mkdtempSync(join(tmpdir(), 'porthole-starter-'));
  const at = (path: string) => join(root, path);
  beforeAll(() => {
    const { starter, trees, links } = hostTools(root, '/usr/bin:/bin');
    if (starter === undefined) throw new Error('no starter');
    for (const tree of trees) symlinkSync(tree.from, at(tree.at));
    for (const link of links) symlinkSync(link.target, at(link.at));
    mkdirSync(at('tools'));
    mkdirSync(at('files'));
    const programs = new Map([...starter.table.programs, ...MINE]);
    writeFileSync(at('starter'), starterImage(processor, { ...starter.table, programs }), { mode: 0o755 });
    for (const name of ['echo', 'sh', 'bash', 'env', 'cat', 'unknown', ...MINE.map(([each]) => each)])
      symlinkSync('../starter', at(`tools/${name}`));
    const write = (name: string, text: string, mode = 0o755) =>
      writeFileSync(at(`files/${name}`), text, { mode });
    write('script', '#!/no/such/place/sh -e\necho "$0: $*"\nfalse\necho not reached\n');
    write('through-env', '#! /usr/bin/env  bash \necho "$BASH_VERSION" "$1"\n');
    write('elsewhere', '#!/no/such/place/other\n');
    write('closed', 'x', 0o600);
    write('empty', '');
    const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
    if (busybox !== undefined) copyFileSync(realpathSync(busybox), at('files/static'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function run(name: string, args: readonly string[], argv0 = name) {
    // PATH leads to the starter, and is not for what leads there.
    const script = 'export PATH="$1" WHO=we; shift; exec -a "$0" "$@"';
    const path = `${at('tools')}:/usr/bin:/bin`;
    const named = ['bash', '-c', script, argv0, path, at(`tools/${name}`), ...args];
    const [command = '', ...words] = [...through, ...named];
    const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  describe('starts', () => {
    const many = Array.from({ length: 2000 }, (_, i) => `word ${i}`);
    test.each<[string, string, readonly string[], string]>([
      ['a program with a loader', 'echo', ['a b', '', 'ü'], 'a b  ü\n'],
      ['with many arguments', 'echo', many, `${many.join(' ')}\n`],
      ['with its environment', 'sh', ['-c', 'echo $WHO'], 'we\n'],
      [
        'a script, by an interpreter that lies elsewhere',
        'script',
        ['1', '2 3'],
        `${at('files/script')}: 1 2 3\n`,
      ],
    ])('%s', (_, name, args, stdout) => {
      expect(run(name, args)).toMatchObject({ stdout, stderr: '' });
    });

    test('a script through env, which looks for its interpreter in PATH', () => {
      expect(run('through-env', ['one'])).toMatchObject({
        stdout: expect.stringMatching(/^\d.* one\n$/),
        stderr: '',
      });
    });

    test('a program under the name that it was given', () => {
      expect(run('bash', ['-c', 'echo $0; exit 7'], '-other')).toEqual({
        status: 7,
        stdout: '-other\n',
        stderr: '',
      });
    });

    test('with the libraries of the other root', () => {
      const { stdout } = run('cat', ['/proc/self/maps']);
      const libraries = stdout.split('\n').filter((line) => /\.so/.test(line));
      expect(libraries.length).toBeGreaterThan(1);
      const { stdout: words } = run('cat', ['/proc/self/cmdline']);
      expect(words.split('\0').slice(0, 3)).toEqual([
        expect.stringMatching(new RegExp(`^${root}/.*ld-`)),
        '--inhibit-cache',
        '--library-path',
      ]);
    });

    it.skipIf(missing !== '' || !readdirSync('/usr/bin').includes('busybox'))(
      'a static program as it is',
      () => {
        expect(run('static', ['echo', 'x'], 'busybox')).toEqual({ status: 0, stdout: 'x\n', stderr: '' });
      },
    );
  });

  describe('says', () => {
    test.each<[string, string, number, string]>([
      [
        'a name that is not in its table',
        'unknown',
        127,
        'porthole: unknown: no such program among the tools\n',
      ],
      ['a program that is not there', 'nothing', 127, 'porthole: nothing: it or its loader is not there\n'],
      [
        'an interpreter that is not there',
        'elsewhere',
        127,
        'porthole: elsewhere: it or its loader is not there\n',
      ],
      ['what is no program', 'empty', 126, 'porthole: empty: it cannot be run\n'],
      ['a path that is too long', 'long', 126, 'porthole: long: its path is too long\n'],
    ])('%s', (_, name, status, stderr) => {
      expect(run(name, [])).toEqual({ status, stdout: '', stderr });
    });

    test('what may not be run', () => {
      chmodSync(at('files/closed'), 0o600);
      expect(run('closed', [])).toMatchObject({
        status: 126,
        stderr: 'porthole: closed: it cannot be run\n',
      });
    });
  });
});
