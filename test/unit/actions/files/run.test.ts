// The side that asks, with processes in place of the one that copies.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Job, Message } from '../../../../src/actions/files/job.ts';
import { FileHelper } from '../../../../src/actions/files/run.ts';

let directory: string;
let notes: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'porthole-run-'));
  notes = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const JOB: Job = {
  from: { where: 'stream' },
  to: { where: 'host', path: '', label: '' },
  root: { pid: process.pid, fd: 0 },
  archive: false,
  follow: false,
  owner: { uid: 0, gid: 0 },
  uidMap: [],
  gidMap: [],
};

/** A process that is asked, does what `script` says (and can be sent a signal then) and says these. */
function answering(messages: readonly Message[], script = ''): FileHelper {
  const path = join(directory, 'helper.cjs');
  const lines = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
  writeFileSync(
    path,
    `const fs = require('node:fs'); fs.readSync(3, Buffer.alloc(65536)); ${script}; fs.writeSync(3, ${JSON.stringify(lines)})`,
  );
  return new FileHelper({ stdin: 'ignore', stdout: 'inherit' }, path);
}

const run = (helper: FileHelper) => helper.run(JOB, async (text) => void notes.push(text));
const STUCK = "process.on('SIGINT', () => undefined); setInterval(() => undefined, 1000);";
const failure = { step: 'write', path: 'x', errno: 'ENOSPC', words: '', leftAs: 'nothing was written' };

describe('what it answers', () => {
  it.each<[string, readonly Message[], unknown]>([
    ['done', [{ kind: 'done', files: 2, bytes: 3 }], { how: 'done', done: { files: 2, bytes: 3 } }],
    ['failed', [{ kind: 'failed', failure }], { how: 'failed', failure }],
    ['nobody reads any more', [{ kind: 'closed-pipe' }], { how: 'closed-pipe' }],
    [
      'a signal that was for it alone',
      [{ kind: 'failed', failure: { ...failure, errno: 'EINTR' } }],
      { how: 'failed' },
    ],
  ])('%s', async (_, messages, outcome) => {
    expect(await run(answering(messages))).toMatchObject({ ...Object(outcome) });
  });

  it('notes come before it', async () => {
    await run(
      answering([
        { kind: 'note', text: 'one' },
        { kind: 'note', text: 'two' },
        { kind: 'done', files: 0, bytes: 0 },
      ]),
    );
    expect(notes).toEqual(['one', 'two']);
  });

  it.each<[string, readonly Message[], string, RegExp]>([
    ['nothing', [], 'process.exitCode = 3', /without an answer: 3/],
    ['a fault of its own', [{ kind: 'broken', message: 'a slip', stack: '' }], '', /a slip/],
  ])('%s is an error', async (_, messages, script, message) => {
    await expect(run(answering(messages, script))).rejects.toThrow(message);
  });
});

describe('a signal', () => {
  /** Sent once the process has said something. */
  async function interrupted(messages: readonly Message[], script: string) {
    const listeners = process.listenerCount('SIGINT');
    const helper = answering([...messages, { kind: 'note', text: 'ready' }], script);
    const outcome = await helper.run(JOB, async () => {
      process.emit('SIGINT', 'SIGINT');
    });
    expect(process.listenerCount('SIGINT')).toBe(listeners);
    return outcome;
  }

  it('ends also one that does not answer', async () => {
    expect(await interrupted([], STUCK)).toEqual({ how: 'interrupted', signal: 'SIGINT', left: undefined });
  });

  it('takes away what is not whole, on the host', async () => {
    const path = join(directory, '.porthole-x');
    writeFileSync(path, 'half');
    expect(await interrupted([{ kind: 'temporary', where: 'host', path }], STUCK)).toMatchObject({
      left: undefined,
    });
    expect(existsSync(path)).toBe(false);
  });

  it('says what is left in a container', async () => {
    const outcome = await interrupted(
      [{ kind: 'temporary', where: 'container', path: '/x/.porthole-x' }],
      STUCK,
    );
    expect(outcome).toMatchObject({ how: 'interrupted', left: '/x/.porthole-x' });
  });

  it('leaves it the time to clear away itself', async () => {
    const path = join(directory, 'cleared');
    const script = `process.on('SIGINT', () => { fs.writeFileSync(${JSON.stringify(path)}, 'yes');
      fs.writeSync(3, '{"kind":"placed"}\\n'); process.exit(0); }); setInterval(() => undefined, 1000);`;
    const outcome = await interrupted([{ kind: 'temporary', where: 'container', path: '/x' }], script);
    expect(outcome).toMatchObject({ how: 'interrupted', left: undefined });
    expect(readFileSync(path, 'utf8')).toBe('yes');
  });
});
