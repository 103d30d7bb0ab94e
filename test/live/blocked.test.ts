// Processes whose memory cannot be read at once: uninterruptible sleep must cost a field at most, never the command.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import { GuardedReader } from '../../src/sys/guarded-read.ts';
import { Lab, type LabContainer, waitFor } from '../lab/index.ts';
import { only, ps } from './porthole.ts';

let lab: Lab;
let sleeper: LabContainer;
let reader: GuardedReader;

beforeAll(async () => {
  lab = await Lab.create();
  const directory = join(lab.dir, 'blocked');
  mkdirSync(directory);
  // The parent of a vfork sleeps uninterruptibly until the child executes or ends, which this one does not.
  const source = '#include <unistd.h>\nint main(void) { if (vfork() == 0) for (;;) pause(); return 0; }\n';
  writeFileSync(join(directory, 'vforks.c'), source);
  execFileSync('gcc', ['-o', join(directory, 'vforks'), join(directory, 'vforks.c')]);
  sleeper = await lab.unshare({ name: 'sleeps', flags: ['-pf'], cmd: [join(directory, 'vforks'), 'word'] });
  await waitFor(() => / D /.test(readFileSync(`/proc/${sleeper.initPid}/stat`, 'utf8')), 'state D');
  reader = new GuardedReader(new URL(`file://${dirname(await buildOnce())}/guarded-read-worker.js`));
});
afterAll(async () => {
  reader?.close();
  await lab?.close();
});

describe('a process in uninterruptible sleep', () => {
  it('is listed with its argv, read in a thread of its own', async () => {
    const { argv } = only(await ps(), sleeper.initPid);
    expect(argv).toEqual([expect.stringMatching(/vforks$/), 'word']);
  });
});

describe('a read that hangs', () => {
  it('is given up with ETIMEDOUT, and the next one works', () => {
    const fifo = join(lab.dir, 'blocked', 'fifo');
    execFileSync('mkfifo', [fifo]);
    const started = performance.now();
    expect(reader.bytes(fifo, 100, 200)).toEqual({
      ok: false,
      why: 'unsupported',
      path: fifo,
      errno: 'ETIMEDOUT',
    });
    expect(performance.now() - started).toBeLessThan(5000);
    // So that the thread that hangs can end.
    writeFileSync(fifo, '');
    const next = reader.bytes('/proc/self/comm', 100, 5000);
    expect(next.ok && Buffer.from(next.value).toString()).toMatch(/\n$/);
  });

  it('says why it failed, and reads no more than asked for', () => {
    expect(reader.bytes('/proc/no-such-file', 100, 5000)).toMatchObject({
      ok: false,
      why: 'absent',
      errno: 'ENOENT',
    });
    const four = reader.bytes('/proc/version', 4, 5000);
    expect(four.ok && Buffer.from(four.value).toString()).toBe('Linu');
  });
});
