// Processes whose memory cannot be read at once: that must cost a field at most, never the command or a tick.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import type { Reading } from '../../src/kernel/reading.ts';
import type { Container } from '../../src/model/host-model.ts';
import { nativeLane } from '../../src/sys/guarded-native.ts';
import { GuardedReader } from '../../src/sys/guarded-read.ts';
import { ThreadLane } from '../../src/sys/guarded-thread.ts';
import { Lab, type LabContainer, waitFor } from '../lab/index.ts';
import { startStuck } from '../load/stuck.ts';
import { endedWithin, threadsOf } from './ended-within.ts';
import { inspect, only, porthole, procs, ps } from './porthole.ts';

const UNKNOWN = { unknown: 'unsupported', errno: 'ETIMEDOUT' };

let lab: Lab;
let sleeper: LabContainer;
let scratch: string;

beforeAll(async () => {
  lab = await Lab.create();
  scratch = join(lab.dir, 'blocked');
  mkdirSync(scratch);
  await buildOnce();
  // The parent of a vfork sleeps uninterruptibly until the child executes or ends, which this one does not.
  const source = '#include <unistd.h>\nint main(void) { if (vfork() == 0) for (;;) pause(); return 0; }\n';
  writeFileSync(join(scratch, 'vforks.c'), source);
  execFileSync('gcc', ['-o', join(scratch, 'vforks'), join(scratch, 'vforks.c')]);
  sleeper = await lab.unshare({ name: 'sleeps', flags: ['-pf'], cmd: [join(scratch, 'vforks'), 'word'] });
  await waitFor(() => / D /.test(readFileSync(`/proc/${sleeper.initPid}/stat`, 'utf8')), 'state D');
});
afterAll(() => lab?.close());

describe('a process in uninterruptible sleep', () => {
  it('is listed with its argv', async () => {
    const { argv } = only(await ps(), sleeper.initPid);
    expect(argv).toEqual([expect.stringMatching(/vforks$/), 'word']);
  });
});

/** A sleeping process whose mmap lock is held. As short as can be: every tool that reads its argv hangs with it. */
async function withStuck<T>(use: (pid: number) => Promise<T>): Promise<T> {
  const stuck = await startStuck(scratch);
  try {
    return await use(stuck.pid);
  } finally {
    await stuck.end();
  }
}

function hangs(path: string): boolean {
  const command = ['-s', 'KILL', '0.3', 'cat', path];
  try {
    execFileSync('timeout', command, { stdio: 'ignore' });
    return false;
  } catch (error) {
    // Killed by the clock, itself or the shell that says so.
    return error instanceof Error && 'signal' in error && 'status' in error
      ? error.signal === 'SIGKILL' || error.status === 137
      : false;
  }
}

interface Vitals {
  readonly threads: number;
  readonly children: string;
  /** Descriptors of what can hang. */
  readonly guarded: readonly string[];
}

function vitalsOf(pid: number): Vitals {
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? []);
  return {
    threads: readdirSync(`/proc/${pid}/task`).length,
    children: readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'),
    guarded: links.filter((link) => /\/(?:cmdline|environ)$/.test(link)),
  };
}

/** Undefined when the descriptor was closed meanwhile. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

interface Document {
  readonly takenAtMs: number;
  readonly containers: readonly Container[];
  readonly vitals: Vitals;
}

/** Less than what is stuck stays so (stuck.c), and several times what they take. */
const DOCUMENTS_MS = 30_000;
/** More than Porthole waits for a reader that has stopped reading. */
const END_MS = 20_000;

/** The first documents of `ps -w`, and what the program held when each came. */
async function watched(count: number, intervalSeconds: number): Promise<Document[]> {
  const words = [await buildOnce(), 'ps', '--json', '-w', String(intervalSeconds)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const documents: Document[] = [];
  let threads = 'none: it ended';
  const late = setTimeout(() => {
    threads = threadsOf(child.pid ?? 0);
    child.kill('SIGKILL');
  }, DOCUMENTS_MS);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { takenAt, containers } = JSON.parse(line);
      documents.push({ takenAtMs: Date.parse(takenAt), containers, vitals: vitalsOf(child.pid ?? 0) });
      if (documents.length === count) break;
    }
  } finally {
    clearTimeout(late);
    child.kill('SIGINT');
    await endedWithin(child, END_MS);
  }
  if (documents.length < count)
    throw new Error(`${documents.length} of ${count} documents came; threads:\n${threads}`);
  return documents;
}

describe.each<[string, Record<string, string>]>([
  ['with the native library', {}],
  ['without it', { PORTHOLE_NO_NATIVE_SCAN: '1' }],
])('a process stuck in its mmap lock, %s', (_name, env) => {
  it('costs one-shot commands its argv, and nothing else', async () => {
    const started = performance.now();
    await ps([], { env });
    const usualMs = performance.now() - started;
    await withStuck(async (pid) => {
      expect(hangs(`/proc/${pid}/cmdline`), 'cat of its cmdline hangs').toBe(true);
      const before = performance.now();
      const containers = await ps([], { env });
      expect(performance.now() - before).toBeLessThan(2 * usualMs + 1500);
      expect(only(containers, pid)).toMatchObject({
        argv: UNKNOWN,
        command: UNKNOWN,
        state: 'running',
        privateNamespaces: ['mnt', 'pid', 'uts'],
        memory: { currentBytes: expect.any(Number) },
      });
      expect(only(containers, sleeper.initPid).argv).toEqual([expect.stringMatching(/vforks$/), 'word']);
      const { stdout, status } = await porthole(['ps', '--columns', 'pid,command'], { env });
      expect(status).toBe(0);
      expect(stdout).toMatch(new RegExp(`^ *${pid} +\\?$`, 'm'));
      const inspected = await inspect(String(pid), { env });
      expect(inspected).toMatchObject({ initPid: pid, argv: UNKNOWN, seccomp: 'disabled' });
      const listed = await procs(String(pid), { env });
      expect(listed.find((each) => each.pid === pid)).toMatchObject({
        argv: UNKNOWN,
        state: 'S',
        threads: 2,
      });
    });
  });
});

describe('a process stuck in its mmap lock', () => {
  it('does not delay a tick, and leaves no threads, descriptors or processes behind', async () => {
    await withStuck(async (pid) => {
      const documents = await watched(21, 0.5);
      for (const { containers } of documents) expect(only(containers, pid).argv).toMatchObject(UNKNOWN);
      const [first, last] = [documents[0], documents.at(-1)];
      const spanMs = (last?.takenAtMs ?? 0) - (first?.takenAtMs ?? 0);
      // Twenty steps of the grid. Ticks that took longer than their interval would each have skipped one and taken twice as long;
      // others on this machine may cost a few.
      expect(spanMs).toBeGreaterThan(9_500);
      expect(spanMs).toBeLessThan(16_000);
      expect(last?.vitals).toEqual({ ...documents[1]?.vitals, guarded: [] });
    });
  });

  it('is left alone for a while, and another process with its pid is not', async () => {
    const reader = new GuardedReader();
    const request = (pid: number, starttimeTicks: number) => ({
      path: `/proc/${pid}/cmdline`,
      capBytes: 100,
      starttimeTicks,
    });
    await withStuck(async (pid) => {
      expect(reader.many([request(pid, 1)])).toMatchObject([{ ok: false, errno: 'ETIMEDOUT' }]);
      const before = performance.now();
      for (let i = 0; i < 20; i++) expect(reader.many([request(pid, 1)])[0]?.ok).toBe(false);
      expect(performance.now() - before).toBeLessThan(50);
      const own = request(process.pid, 1);
      expect(reader.many([request(pid, 2), own])).toMatchObject([{ ok: false }, { ok: true }]);
    });
    reader.close();
  });
});

describe.each([
  ['the helper', () => nativeLane()],
  [
    'the thread',
    async () => new ThreadLane(new URL(`file://${dirname(await buildOnce())}/guarded-read-worker.mjs`)),
  ],
])('%s', (name, make) => {
  it('gives up what hangs, and answers all the others', async () => {
    const reader = new GuardedReader(await make());
    const fifo = join(scratch, name.replaceAll(' ', '-'));
    execFileSync('mkfifo', [fifo]);
    const request = (path: string, capBytes: number) => ({ path, capBytes, starttimeTicks: 1 });
    const started = performance.now();
    const readings = reader.many([
      request('/proc/version', 4),
      request('/proc/no-such-file', 100),
      request(fifo, 100),
      request('/proc/self/comm', 100),
    ]);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(readings).toMatchObject([
      { ok: true },
      { ok: false, why: 'absent', path: '/proc/no-such-file', errno: 'ENOENT' },
      { ok: false, why: 'unsupported', path: fifo, errno: 'ETIMEDOUT' },
      { ok: true },
    ]);
    const [version] = readings;
    expect(version?.ok && Buffer.from(version.value).toString()).toBe('Linu');
    // So that a thread that hangs can end.
    spawn('timeout', ['5', 'sh', '-c', 'exec 3> "$0"', fifo], { stdio: 'ignore' });
    const many = reader.many(Array.from({ length: 300 }, () => request('/proc/self/environ', 4096)));
    expect(many.every(({ ok }) => ok)).toBe(true);
    const [large] = reader.many([request('/proc/kallsyms', 1024 * 1024)]);
    expect(large?.ok && large.value.length).toBe(1024 * 1024);
    reader.close();
  });

  it('reads one while the caller goes on', async () => {
    const reader = new GuardedReader(await make());
    const fifo = join(scratch, `${name.replaceAll(' ', '-')}-begun`);
    execFileSync('mkfifo', [fifo]);
    const request = (path: string) => ({ path, capBytes: 64 * 1024, starttimeTicks: 1 });
    const text = (reading: Reading<Uint8Array> | undefined) =>
      reading?.ok === true ? Buffer.from(reading.value).toString() : reading?.errno;
    const [version, none, stuck] = ['/proc/version', '/proc/no-such-file', fifo].map((path) =>
      reader.begin(request(path)),
    );
    // Others meanwhile, with memory of their own.
    const [own] = reader.many([request('/proc/self/environ')]);
    expect(text(own)).toBe(readFileSync('/proc/self/environ', 'utf8'));
    const expected = readFileSync('/proc/version', 'utf8');
    for (let times = 0; times < 2; times++) expect(text(version?.())).toBe(expected);
    expect(none?.()).toMatchObject({ ok: false, why: 'absent', errno: 'ENOENT' });
    expect(stuck?.()).toEqual({ ok: false, why: 'unsupported', path: fifo, errno: 'ETIMEDOUT' });
    const before = performance.now();
    expect(reader.begin(request(fifo))()).toMatchObject({ ok: false, errno: 'ETIMEDOUT' });
    expect(performance.now() - before, 'it is left alone for a while').toBeLessThan(50);
    spawn('timeout', ['5', 'sh', '-c', 'exec 3> "$0"', fifo], { stdio: 'ignore' });
    reader.close();
  });
});
