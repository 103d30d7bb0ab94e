// Bad input: one clear line, the right exit code, nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { porthole } from './porthole.ts';

describe('wrong words', () => {
  it.each<[string[], number, RegExp]>([
    [['nope'], 2, /unknown command 'nope'/],
    [['pss'], 2, /unknown command 'pss' \(Did you mean ps\?\); see porthole --help/],
    [['ps', '--nope'], 2, /unknown option '--nope'; see porthole ps --help/],
    [['ps', '--columns', 'name,zzz'], 2, /no column "zzz"; there are name, /],
    [['ps', '--filter', 'mem>'], 2, /filter, column 5: /],
    [['ps', '--filter', 'nope=1'], 2, /nope/],
    [['ps', '--sort', 'zzz'], 2, /no field "zzz"/],
    [['ps', '-w', '0'], 2, /expected seconds/],
    [['ps', '-w', 'soon'], 2, /expected seconds/],
    [['ps', 'extra'], 2, /too many arguments/],
    [['procs'], 2, /missing required argument 'target'/],
    [['procs', '1', '--sort', 'zzz'], 2, /no field "zzz"/],
    [['inspect', 'no-such-container'], 3, /no container matches "no-such-container"/],
    [['procs', '999999999'], 3, /no container matches "999999999"/],
    [['procs', 'pid:[1]'], 3, /no container matches/],
    [['completion', 'tcsh'], 2, /bash, zsh, fish/],
    [['ps', '--proc', 'relative'], 2, /absolute path/],
    [['top', '-d', '-1'], 2, /expected seconds/],
  ])('%j exits %i', async (args, status, message) => {
    const outcome = await porthole(args);
    expect(outcome.status).toBe(status);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(outcome.stderr.startsWith('porthole: ')).toBe(true);
  });
});

describe('without a terminal', () => {
  it('the dashboard prints ps once and says so', async () => {
    const { status, stdout, stderr } = await porthole([]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^NAME /);
    expect(stderr).toBe(
      'porthole: standard output is not a terminal: printing ps once instead of the dashboard\n',
    );
  });
});

describe('a closed pipe', () => {
  it.each([[['ps', '-w', '0.1', '--json']], [['ps', '-w', '0.1']], [['completion', 'bash']]])(
    '%j ends quietly',
    async (args) => {
      const child = spawn(process.execPath, [await buildOnce(), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.stdout.once('data', () => child.stdout.destroy());
      const status = await new Promise((resolve) =>
        child.on('exit', (code, signal) => resolve(code ?? signal)),
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );
});

describe('a disk that is full', () => {
  it.each([
    [['--version']],
    [['ps']],
    [['ps', '--json']],
    [['doctor']],
    [['completion', 'bash']],
    [['ps', '--help']],
  ])('%j says so in one line', async (args) => {
    const full = openSync('/dev/full', 'w');
    const run = spawnSync(process.execPath, [await buildOnce(), ...args], {
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    const lines = run.stderr.toString().trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('ENOSPC'))).toHaveLength(1);
    expect(lines.filter((line) => !line.startsWith('porthole: '))).toEqual([]);
    expect(run.status).toBe(1);
  });
});

describe('too few files that may be open', () => {
  it.each(['ps', 'cgroups', 'doctor'])('%s says so in one line, or gives all of it', async (command) => {
    const program = await buildOnce();
    const run = (most: number) =>
      spawnSync('prlimit', [`--nofile=${most}`, process.execPath, program, command], { encoding: 'utf8' });
    // Below that Node itself gets nowhere.
    const runs = Array.from({ length: 8 }, (_, index) => run(19 + index));
    const failed = runs.filter(({ status }) => status !== 0);
    expect(failed).not.toEqual([]);
    for (const { status, stdout, stderr } of failed) {
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(
        /^porthole: .*EMFILE.*; this process may open no more files: allow it more \(ulimit -n\)\n$/,
      );
    }
  });
});

describe('help', () => {
  it.each(['ps', 'inspect', 'procs', 'doctor', 'completion', 'top'])(
    '%s has a summary and, where it takes words, examples',
    async (command) => {
      const { status, stdout, stderr } = await porthole([command, '--help']);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain(`Usage: porthole ${command}`);
      expect(stdout).toContain('Examples:');
    },
  );
});
