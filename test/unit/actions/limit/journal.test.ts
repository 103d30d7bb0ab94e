import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal, type NewEntry, stateDirectory } from '../../../../src/actions/limit/journal.ts';
import { AccessDeniedError } from '../../../../src/kernel/errors.ts';
import { KernelFiles } from '../../../../src/sys/kernel-files.ts';
import { isRoot, scratch } from '../../sys/scratch.ts';

const { path, write } = scratch();
const files = new KernelFiles();

const ENTRY: NewEntry = {
  target: { key: 'docker:abc', name: 'web', runtime: 'docker' },
  words: ['pids=5'],
  cgroups: [{ hierarchy: 'pids', path: '/docker/abc', inode: 7 }],
  writes: [
    {
      key: 'pids',
      hierarchy: 'pids',
      path: '/docker/abc',
      directory: '/sys/fs/cgroup/pids/docker/abc',
      file: 'pids.max',
      kind: 'limit',
      from: 'max',
      to: '5',
    },
  ],
};

function opened(name: string): Journal {
  const journal = Journal.open(files, { XDG_STATE_HOME: path(name), SUDO_USER: 'ann' });
  if (journal === undefined) throw new Error('no journal');
  return journal;
}

describe('where it is', () => {
  it.each([
    [{ XDG_STATE_HOME: '/x' }, 0, '/x/porthole'],
    [{ XDG_STATE_HOME: '/x' }, 1000, '/x/porthole'],
    // The specification has relative paths ignored.
    [{ XDG_STATE_HOME: 'x', HOME: '/home/ann' }, 1000, '/home/ann/.local/state/porthole'],
    [{ HOME: '/root' }, 0, '/var/lib/porthole'],
    [{}, 1000, undefined],
  ])('%j for user %i: %s', (env, uid, expected) => {
    expect(stateDirectory(env, uid)).toBe(expected);
  });
});

describe('what it says', () => {
  it('a change before it is done, and how it ended', () => {
    const journal = opened('one');
    expect(journal.entries()).toEqual([]);
    const ended = journal.begin(ENTRY);
    expect(journal.entries()).toMatchObject([{ ...ENTRY, by: { sudoUser: 'ann' } }]);
    expect(journal.entries()[0]).not.toHaveProperty('outcome');
    ended('done');
    journal.begin({ ...ENTRY, words: ['pids=6'] })('failed');
    expect(journal.entries().map(({ words, outcome }) => [words[0], outcome])).toEqual([
      ['pids=5', 'done'],
      ['pids=6', 'failed'],
    ]);
    expect(journal.entries().every((entry) => journal.isOfThisBoot(entry))).toBe(true);
  });

  it('is for its owner alone', () => {
    const journal = opened('two');
    journal.begin(ENTRY);
    expect(statSync(journal.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(journal.path, '..')).mode & 0o777).toBe(0o700);
  });

  it('a line that was cut short costs that line, at whichever place', () => {
    const journal = opened('three');
    journal.begin(ENTRY)('done');
    const whole = readFileSync(journal.path, 'utf8');
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(journal.path, whole.slice(0, length));
      appendFileSync(journal.path, '\n');
      expect(journal.entries().length).toBeLessThanOrEqual(1);
    }
    writeFileSync(journal.path, `${whole}null\n5\n"x"\n[]\n{}\n{"id":1}\n\u0000\n`);
    expect(journal.entries()).toHaveLength(1);
  });

  it('what another boot did is told apart', () => {
    const journal = opened('four');
    journal.begin(ENTRY);
    const [entry] = journal.entries();
    if (entry === undefined) throw new Error('nothing');
    expect(journal.isOfThisBoot({ ...entry, bootId: 'other' })).toBe(false);
  });

  it('does not grow for ever', () => {
    const journal = opened('five');
    journal.begin(ENTRY)('done');
    const lines = readFileSync(journal.path, 'utf8').repeat(10_000);
    writeFileSync(journal.path, lines);
    journal.begin({ ...ENTRY, words: ['last'] })('done');
    expect(statSync(journal.path).size).toBeLessThan(lines.length / 2);
    expect(journal.entries().at(-1)?.words).toEqual(['last']);
  });

  it.skipIf(isRoot)('one that may not be read says so', () => {
    write('six/porthole/limits.jsonl', '', 0o000);
    expect(() => opened('six').entries()).toThrow(AccessDeniedError);
  });
});
