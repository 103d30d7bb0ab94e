import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Journal, type NewEntry, stateDirectory } from '../../../../src/actions/limit/journal.ts';
import { AccessDeniedError } from '../../../../src/kernel/errors.ts';
import { KernelFiles } from '../../../../src/sys/kernel-files.ts';
import { NotPrivateError } from '../../../../src/sys/private-directory.ts';
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

  it('which changes go back by themselves, with how they ended', () => {
    const journal = opened('timed');
    journal.begin({ ...ENTRY, words: ['"watchdog"'] })('done');
    expect(journal.timed()).toEqual([]);
    journal.begin({ ...ENTRY, watchdog: { pid: 7, starttimeTicks: 9 }, until: 'soon' })('failed');
    journal.begin(ENTRY);
    expect(journal.timed()).toMatchObject([{ watchdog: { pid: 7 }, outcome: 'failed' }]);
  });

  it('those among so many others that they are read in pieces, wherever a piece ends', () => {
    const journal = opened('pieces');
    journal.begin({ ...ENTRY, watchdog: { pid: 7, starttimeTicks: 9 }, until: 'soon' });
    const entry = readFileSync(journal.path, 'utf8');
    const pieceBytes = 64 * 1024;
    const before = entry.indexOf('"watchdog"');
    for (let cut = 0; cut <= '"watchdog"'.length; cut++) {
      writeFileSync(journal.path, `${'x'.repeat(2 * pieceBytes - before - cut - 1)}\n${entry}`);
      expect(journal.timed(), String(cut)).toMatchObject([{ watchdog: { pid: 7 } }]);
      writeFileSync(journal.path, `${'x'.repeat(2 * pieceBytes - before - cut - 1)}\n`);
      expect(journal.timed()).toEqual([]);
    }
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

  it('loses nothing that another process adds while it is shortened', async () => {
    const journal = opened('busy');
    journal.begin(ENTRY)('done');
    writeFileSync(journal.path, readFileSync(journal.path, 'utf8').repeat(10_000));
    const directory = join(journal.path, '..');
    const script = 'exec 8<"$1" 9>>"$1/limits.jsonl"; flock 8; echo held; sleep 0.5; echo "\\"slow\\"" >&9';
    const slow = spawn('sh', ['-c', script, 'sh', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(slow.stdout, 'data');
    journal.begin({ ...ENTRY, words: ['last'] })('done');
    expect(readFileSync(journal.path, 'utf8')).toContain('\n"slow"\n');
    expect(statSync(journal.path).size).toBeLessThan(4 * 1024 * 1024);
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

  it('what follows a line that was cut short is not lost with it', () => {
    const journal = opened('cut');
    journal.begin(ENTRY)('done');
    appendFileSync(journal.path, '{"id":"half');
    journal.begin({ ...ENTRY, words: ['next'] })('done');
    expect(journal.entries().map(({ words, outcome }) => [words[0], outcome])).toEqual([
      ['pids=5', 'done'],
      ['next', 'done'],
    ]);
  });

  it.skipIf(isRoot)('one that may not be read says so', () => {
    write('six/porthole/limits.jsonl', '', 0o000);
    expect(() => opened('six').entries()).toThrow(AccessDeniedError);
  });
});

describe('what somebody else put there', () => {
  const whole = (): Record<string, unknown> => {
    const journal = opened('shape');
    journal.begin({
      ...ENTRY,
      undoes: 'x',
      until: '2026-01-01T00:00:00Z',
      watchdog: { pid: 5, starttimeTicks: 6 },
    });
    const entry: Record<string, unknown> = JSON.parse(
      readFileSync(journal.path, 'utf8').trim().split('\n').at(-1) ?? '',
    );
    return entry;
  };

  it.each<[string, Record<string, unknown>]>([
    ['no target', { target: undefined }],
    ['a target that is none', { target: { key: 1, name: 'web', runtime: 'docker' } }],
    ['nobody', { by: undefined }],
    ['words that are none', { words: [1] }],
    ['one word', { words: 'pids=5' }],
    ['writes that are none', { writes: [1] }],
    ['a write of an unknown kind', { writes: [{ ...ENTRY.writes[0], kind: 'any' }] }],
    ['a value that is a number', { writes: [{ ...ENTRY.writes[0], to: 5 }] }],
    ['a negative pid', { watchdog: { pid: -1, starttimeTicks: 6 } }],
    ['a pid that is no number', { watchdog: { pid: '5', starttimeTicks: 6 } }],
    ['a cgroup without an inode', { cgroups: [{ hierarchy: 'pids', path: '/' }] }],
    ['an end that is none', { outcome: 'perhaps' }],
  ])('a line with %s is no entry', (_name, wrong) => {
    const journal = opened('shapes');
    journal.begin(ENTRY)('done');
    const before = journal.entries();
    appendFileSync(journal.path, `${JSON.stringify({ ...whole(), id: 'right' })}\n`);
    appendFileSync(journal.path, `${JSON.stringify({ ...whole(), id: 'wrong', ...wrong })}\n`);
    expect(journal.entries().map(({ id }) => id)).toEqual([...before.map(({ id }) => id), 'right']);
    writeFileSync(journal.path, '');
  });

  it.each<[string, (file: string) => void, RegExp]>([
    ['a link', (file) => symlinkSync(path('victim'), file), /limits\.jsonl is a symbolic link/],
    ['a link to nothing', (file) => symlinkSync(path('nothing'), file), /is a symbolic link/],
    ['a pipe', (file) => execFileSync('mkfifo', [file]), /limits\.jsonl is not a file/],
    [
      'a file that all may write',
      (file) => writeFileSync(file, '', { mode: 0o666 }),
      /can be written by others \(mode 666\)/,
    ],
  ])('%s is neither written nor read', (name, put, expected) => {
    const journal = opened(name);
    write('victim', 'as it was');
    mkdirSync(join(journal.path, '..'), { recursive: true, mode: 0o700 });
    const umask = process.umask(0);
    put(journal.path);
    process.umask(umask);
    expect(() => journal.begin(ENTRY)).toThrow(NotPrivateError);
    expect(() => journal.begin(ENTRY)).toThrow(expected);
    expect(() => journal.entries()).toThrow(expected);
    expect(readFileSync(path('victim'), 'utf8')).toBe('as it was');
    expect(existsSync(path('nothing'))).toBe(false);
  });

  it('nor one in a directory that others may write to', () => {
    const journal = opened('open');
    journal.begin(ENTRY);
    chmodSync(join(journal.path, '..'), 0o777);
    expect(() => journal.entries()).toThrow(
      /porthole can be written by others \(mode 777\), and is not read/,
    );
    expect(() => journal.begin(ENTRY)).toThrow(NotPrivateError);
  });

  it.runIf(isRoot)('nor one of somebody else', () => {
    const journal = opened('theirs');
    journal.begin(ENTRY);
    chownSync(journal.path, 1000, 1000);
    expect(() => journal.entries()).toThrow(/limits\.jsonl belongs to uid 1000/);
    chownSync(join(journal.path, '..'), 1000, 1000);
    expect(() => journal.begin(ENTRY)).toThrow(/porthole belongs to uid 1000/);
  });

  it('a place where no directory can be made is an error, not a wait', () => {
    const journal = Journal.open(files, { XDG_STATE_HOME: '/proc/porthole-state' });
    expect(() => journal?.begin(ENTRY)).toThrow('ENOENT');
    expect(journal?.entries()).toEqual([]);
  });
});
