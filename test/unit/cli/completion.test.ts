import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandSpec, completionScript, SHELLS, type Shell } from '../../../src/cli/completion.ts';

const COMMANDS: readonly CommandSpec[] = [
  {
    name: '',
    summary: '',
    targets: false,
    options: [
      {
        flags: ['--proc'],
        takesValue: true,
        description: "another mount of proc: as in [a container's] host",
      },
    ],
  },
  {
    name: 'ps',
    summary: "the host's containers, one a row: all [of] them",
    targets: false,
    arguments: [],
    options: [
      { flags: ['-q'], takesValue: false, description: 'keys only' },
      {
        flags: ['--sort'],
        takesValue: true,
        description: 'order',
        values: ['name', 'cpu', '-cpu', 'pids'],
        list: true,
      },
      { flags: ['--style'], takesValue: true, description: 'look', values: ['wide', "it's", 'a b', '$(id)'] },
    ],
  },
  {
    name: 'kill',
    summary: 'end one',
    targets: true,
    options: [
      { flags: ['-s', '--signal'], takesValue: true, description: 'signal', values: ['KILL', 'TERM'] },
      { flags: ['--tools'], takesValue: true, description: 'which', values: ['host'], directories: true },
    ],
  },
  { name: 'cp', summary: 'copy', targets: false, targetPaths: true, options: [] },
  {
    name: 'limit',
    summary: 'limits',
    targets: true,
    later: ['memory=', 'memory-high=', 'cpu='],
    options: [],
  },
  { name: 'completion', summary: 'this', targets: false, options: [], arguments: ['bash', 'zsh', 'fish'] },
];

const NAMES = [
  'web',
  'unshare:41822',
  'a b',
  '$(touch pwned)',
  '`touch pwned`',
  "it's",
  'x;touch pwned',
  '日本',
];
const folder = mkdtempSync(join(tmpdir(), 'porthole-completion-'));
const environment = {
  ...process.env,
  PATH: `${folder}:${process.env['PATH'] ?? ''}`,
  LC_ALL: 'C.UTF-8',
  HOME: folder,
};
const script = (shell: Shell) => join(folder, `porthole.${shell}`);

beforeAll(() => {
  for (const shell of SHELLS) writeFileSync(script(shell), completionScript(shell, COMMANDS));
  writeFileSync(join(folder, 'names'), `${NAMES.join('\n')}\n`);
  // Answers the two calls that the scripts are specified to make, and no other.
  writeFileSync(
    join(folder, 'porthole'),
    `#!/bin/sh
    case "$*" in
      'ps -a -q --no-headers') echo docker:519616c67829 ;;
      'ps -a --columns name --no-headers') cat ${folder}/names ;;
      *) echo "unexpected: $*" ;;
    esac`,
  );
  chmodSync(join(folder, 'porthole'), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

function installed(shell: Shell): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

describe('every script', () => {
  const CHECKS: Readonly<Record<Shell, readonly string[]>> = {
    bash: ['-n'],
    zsh: ['-n'],
    fish: ['--no-execute'],
  };
  it.each(SHELLS)('%s: is valid syntax', (shell) => {
    if (!installed(shell)) return;
    expect(spawnSync(shell, [...CHECKS[shell], script(shell)], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });

  it.each(SHELLS)('%s: asks porthole for targets as CONTRACT says', (shell) => {
    const text = completionScript(shell, COMMANDS);
    expect(text).toContain('porthole ps -a -q --no-headers');
    expect(text).toContain('porthole ps -a --columns name --no-headers');
  });

  it.each(SHELLS)('%s: knows every command and every option', (shell) => {
    const text = completionScript(shell, COMMANDS);
    for (const word of ['ps', 'kill', 'completion', 'sort', 'signal', 'proc', 'KILL'])
      expect(text).toContain(word);
  });
});

/** What bash would offer for a line, as readline hands it over: the function reads COMP_LINE and fills COMPREPLY. */
function bashOffers(line: string, breaks = ' \t\n"\'><=;|&(:'): string[] {
  const program = `. ${script('bash')}; COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDBREAKS=$2; _porthole; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', program, 'bash', line, breaks], {
    env: environment,
    cwd: folder,
    encoding: 'utf8',
  });
  return output.split('\n').filter((offer) => offer !== '');
}

describe('bash', () => {
  it.each<[string, readonly string[]]>([
    ['porthole ', ['ps', 'kill', 'cp', 'limit', 'completion']],
    ['porthole limit w', ['web']],
    ['porthole limit web m', ['memory=', 'memory-high=']],
    ['porthole limit web memory=1G c', ['cpu=']],
    ['porthole limit web memory=1', []],
    ['porthole cp w', ['web:']],
    ['porthole cp ./f w', ['web:']],
    ['porthole cp web:/x a', ['a\\ b:']],
    ['porthole cp unshare:4', ['41822:']],
    ['porthole cp web:/x y w', []],
    ['porthole cp nothing', []],
    ['porthole k', ['kill']],
    ['porthole --pr', ['--proc']],
    ['porthole --proc /host/proc k', ['kill']],
    ['porthole ps -', ['-q', '--sort', '--style', '--proc']],
    ['porthole ps --sort ', ['name', 'cpu', '-cpu', 'pids']],
    ['porthole ps --sort n', ['name']],
    ['porthole ps --sort -', ['-cpu']],
    ['porthole ps --sort name,p', ['name,pids']],
    ['porthole ps --sort=n', ['name']],
    ['porthole ps --style $', ['\\$\\(id\\)']],
    ['porthole ps --style a', ['a\\ b']],
    ['porthole kill w', ['web']],
    ['porthole kill doc', ['docker:519616c67829']],
    ['porthole kill unshare:4', ['41822']],
    ['porthole kill -s T', ['TERM']],
    ['porthole kill --signal=T', ['TERM']],
    ['porthole kill --tools ', ['host']],
    ['porthole kill --tools=h', ['host']],
    ['porthole kill --tools /', []],
    ['porthole kill -s TERM w', ['web']],
    ['porthole kill web w', []],
    ['porthole kill web -- w', []],
    ['porthole completion ', ['bash', 'zsh', 'fish']],
    ['porthole nonsense x', []],
  ])('%s', (line, expected) => {
    expect(bashOffers(line)).toEqual(expected);
  });

  it('adds directories where a value may be one', () => {
    const program = `. ${script('bash')}; compopt() { echo "$@"; }; COMP_LINE=$1 COMP_POINT=\${#1}; _porthole`;
    const asked = (line: string) =>
      execFileSync('bash', ['-c', program, 'bash', line], {
        env: environment,
        cwd: folder,
        encoding: 'utf8',
      });
    expect(asked('porthole kill --tools /u')).toContain('-o plusdirs');
    expect(asked('porthole kill --signal T')).not.toContain('plusdirs');
  });

  it('leaves the rest of the word alone where : and = do not break words', () => {
    expect(bashOffers('porthole kill unshare:4', ' \t\n')).toEqual(['unshare:41822']);
    expect(bashOffers('porthole ps --sort=n', ' \t\n')).toEqual(['--sort=name']);
  });

  it('offers hostile names as words that stand for themselves, and runs none of them', () => {
    const offers = bashOffers('porthole kill ').slice(1);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
    const typed = execFileSync('bash', ['-c', `printf '%s\\n' ${offers.join(' ')}`], {
      cwd: folder,
      env: environment,
      encoding: 'utf8',
    });
    expect(typed.trimEnd().split('\n')).toEqual(NAMES);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});

describe.runIf(installed('fish'))('fish', () => {
  it.each<[string, readonly string[]]>([
    ['porthole ', ['completion', 'cp', 'kill', 'ps']],
    ['porthole ps --sort n', ['name']],
    ['porthole kill w', ['web']],
    ['porthole kill --signal T', ['TERM']],
    ['porthole completion b', ['bash']],
  ])('%s', (line, expected) => {
    const program = `source ${script('fish')}; complete -C ${JSON.stringify(line)}`;
    const output = execFileSync('fish', ['--no-config', '-c', program], {
      env: environment,
      cwd: folder,
      encoding: 'utf8',
    });
    const offers = output
      .trimEnd()
      .split('\n')
      .map((each) => each.split('\t')[0]);
    expect(offers).toEqual(expected);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });
});
