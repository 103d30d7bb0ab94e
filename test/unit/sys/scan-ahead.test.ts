// The scan that a thread begins before anybody asks, on a made-up /proc.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { beginScan, endScan, takeScan } from '../../../src/sys/scan-ahead.ts';
import { RECORD, ScanBatch } from '../../../src/sys/scan-batch.ts';
import { FakeHost } from '../collectors/fake-host.ts';
import { INITIAL } from '../model/facts.ts';
import { writeProgram } from '../snippet.ts';

const LINKS = { types: ['mnt', 'pid'] } as const;
let fake: FakeHost;
let procRoot: string;

beforeEach(() => {
  fake = new FakeHost();
  for (const pid of [41, 42]) fake.process(pid, { comm: `c${pid}`, ns: INITIAL });
  procRoot = fake.files.procRoot;
});
afterEach(() => {
  endScan();
  vi.useRealTimers();
});

const tasks = () => readdirSync('/proc/self/task').length;
const hasEnded = (before: number) =>
  vi.waitFor(() => expect(tasks()).toBeLessThanOrEqual(before), { interval: 1 });

it.each([
  ['at once', () => undefined],
  ['when the thread has ended', hasEnded],
])('gives what was listed, and every record: %s', async (_, wait) => {
  const before = tasks();
  beginScan(procRoot, LINKS);
  await wait(before);
  const ahead = takeScan(procRoot, LINKS);
  const listed = [...(ahead?.pids ?? [])];
  expect(listed).toEqual(expect.arrayContaining([1, 2, 41, 42]));
  const used = ahead?.end() ?? 0;
  const pids: number[] = [];
  const { words } = ahead?.batch ?? new ScanBatch({} as never, -1, 0);
  for (let at = 0; at < used; at += words[at >> 2] ?? used) pids.push(words[(at >> 2) + RECORD.pid] ?? 0);
  expect(pids).toEqual(listed);
  expect(Number(ahead?.next[0])).toBeGreaterThanOrEqual(listed.length);
});

it('is given away once', () => {
  beginScan(procRoot, LINKS);
  expect(takeScan(procRoot, LINKS)).toBeDefined();
  expect(takeScan(procRoot, LINKS)).toBeUndefined();
});

it('is for the same question alone', () => {
  beginScan(procRoot, LINKS);
  expect(takeScan('/proc', LINKS)).toBeUndefined();
  expect(takeScan(procRoot, { types: ['mnt'] })).toBeUndefined();
  expect(takeScan(procRoot, { ...LINKS, isComplete: true })).toBeUndefined();
  expect(takeScan(procRoot, { ...LINKS, withoutKernelThreads: true })).toBeUndefined();
  expect(takeScan(procRoot, LINKS)).toBeDefined();
});

it('is not given to who asks long after', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  beginScan(procRoot, LINKS);
  vi.setSystemTime(Date.now() + 2000);
  expect(takeScan(procRoot, LINKS)).toBeUndefined();
});

it.each(['/nowhere/at/all', '/etc/hostname'])('%s, which cannot be listed, is left to who asks', (path) => {
  beginScan(path, LINKS);
  expect(takeScan(path, LINKS)).toBeUndefined();
});

it('where none can begin, whoever asks scans', () => {
  const tooLong = `/${'x'.repeat(5000)}`;
  beginScan(tooLong, LINKS);
  expect(takeScan(tooLong, LINKS)).toBeUndefined();
  beginScan(procRoot, LINKS);
  expect(takeScan(procRoot, LINKS)).toBeDefined();
});

it('another can begin when one has ended', () => {
  for (let times = 0; times < 50; times += 1) {
    beginScan(procRoot, LINKS);
    expect(takeScan(procRoot, LINKS)?.end()).toBeGreaterThan(0);
  }
});

it('gives back what Node has read of its own file in its start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'porthole-scan-ahead-test-'));
  try {
    const program = join(directory, 'program.cjs');
    await writeProgram(
      program,
      'src/sys',
      `import { readFileSync } from 'node:fs';
      import { beginScan, endScan } from './scan-ahead.ts';
      /** Of what is only read of Node's own file: kB that are here. */
      function here() {
        const mappings = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
        const ours = mappings.filter((each) => /^\\S+ r--p /.test(each) && each.includes(process.execPath));
        return ours.reduce((sum, each) => sum + Number(/^Rss: +(\\d+) kB/m.exec(each)[1]), 0);
      }
      const before = here();
      beginScan('/proc', { types: ['mnt'] });
      endScan();
      console.log(before, here());`,
    );
    const [before, after] = execFileSync(process.execPath, [program], { encoding: 'utf8' })
      .split(' ')
      .map(Number);
    expect(before).toBeGreaterThan(4000);
    expect(after).toBeLessThan((before ?? 0) / 4);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
