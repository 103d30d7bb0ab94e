import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Journal } from '../../../src/actions/limit/journal.ts';
import { JournalLook } from '../../../src/cli/dashboard-journal.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';

const files = new KernelFiles();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'porthole-look-test-'));
  vi.stubEnv('XDG_STATE_HOME', directory);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

const NOTHING = { hasUndo: false, hasHistory: false };

function change(key: string, outcome: 'done' | 'failed'): void {
  const write = {
    key: 'pids',
    hierarchy: 'pids',
    path: '/a',
    directory: '/cg/a',
    file: 'pids.max',
    kind: 'limit',
    from: 'max',
    to: '5',
  } as const;
  Journal.open(files, process.env)?.begin({
    target: { key, name: 'web', runtime: 'docker' },
    words: ['pids=5'],
    cgroups: [{ hierarchy: 'pids', path: '/a', inode: 1 }],
    writes: [write],
  })(outcome);
}

it('there is nothing to take back or to list before something was changed', () => {
  expect(new JournalLook(files).about('a')).toEqual(NOTHING);
});

it('what was changed of this container since the last look', () => {
  const look = new JournalLook(files);
  change('a', 'failed');
  expect(look.about('a')).toEqual({ hasUndo: false, hasHistory: true });
  change('a', 'done');
  expect(look.about('a')).toEqual({ hasUndo: true, hasHistory: true });
  expect(look.about('b')).toEqual(NOTHING);
});

it('of a journal that is not to be trusted both are offered, and say why when they are chosen', () => {
  mkdirSync(join(directory, 'porthole'));
  writeFileSync(join(directory, 'porthole', 'limits.jsonl'), '');
  chmodSync(join(directory, 'porthole'), 0o777);
  expect(new JournalLook(files).about('a')).toEqual({ hasUndo: true, hasHistory: true });
});
