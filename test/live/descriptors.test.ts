// Descriptors of this host's processes: what find(1) says of the same links, natively and one by one, and none of ours stays.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DescriptorFacts, DescriptorScan } from '../../collectors/descriptors.ts';
import { KernelFiles } from '../../src/sys/kernel-files.ts';

const line = ({ pid, fd, kind, inode }: DescriptorFacts) => `${pid}/fd/${fd} ${kind}:[${inode}]`;

/** What find(1) may not look into: even root may be refused at pid 1. */
let refusedToFind: ReadonlySet<string>;

/** find(1) exits with 1 when a process ends under it; what it printed holds. */
function accordingToFind(): Set<string> {
  const found = spawnSync(
    'find',
    ['/proc', '-maxdepth', '3', '-path', '/proc/[0-9]*/fd/*', '-printf', '%P %l\n'],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  refusedToFind = new Set(
    [...found.stderr.matchAll(/(\/proc\/\d+\/fd)\b.*: Permission denied/g)].map(([, path = '']) => path),
  );
  const wanted = /^\d+\/fd\/\d+ (?:socket|mnt|pid|net|user|uts|ipc|cgroup|time):\[\d+\]$/;
  return new Set(found.stdout.split('\n').filter((each) => wanted.test(each)));
}

const listed = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

async function scan(how: string, pids = listed()): Promise<DescriptorScan> {
  vi.resetModules();
  if (how === 'one by one') vi.stubEnv('PORTHOLE_NO_NATIVE_SCAN', '1');
  const { descriptors } = await import('../../collectors/descriptors.ts');
  return descriptors.collect(new KernelFiles(), { pids, sockets: true });
}

let held: number;
let server: Server;
beforeAll(async () => {
  held = openSync('/proc/self/ns/net', 'r');
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  closeSync(held);
  server.close();
});
afterEach(() => vi.unstubAllEnvs());

describe.each([['natively'], ['one by one']])('%s', (how) => {
  it('finds what find(1) finds before and after', async () => {
    const before = accordingToFind();
    const { descriptors, refused } = await scan(how);
    const after = accordingToFind();
    const found = new Set(descriptors.map(line));
    expect(refused.filter(({ path }) => !refusedToFind.has(path))).toEqual([]);
    const steady = [...before].filter((each) => after.has(each));
    expect(steady.length).toBeGreaterThan(5);
    expect(steady.filter((each) => !found.has(each))).toEqual([]);
    expect(descriptors).toContainEqual(expect.objectContaining({ pid: process.pid, fd: held, kind: 'net' }));
    const ours = `${process.pid}/`;
    expect([...found].filter((each) => each.startsWith(ours) && !before.has(each))).toEqual([]);
  });

  it('leaves no descriptor of its own open', async () => {
    await scan(how);
    const ours = () => readdirSync('/proc/self/fd').length;
    const before = ours();
    for (let times = 0; times < 5; times++) await scan(how, [process.pid]);
    expect(ours()).toBeLessThanOrEqual(before);
  });
});

describe('a process with more descriptors than one buffer takes', () => {
  const script =
    '$| = 1; for (1 .. 12000) { open $f[$_], "<", "/proc/self/ns/uts" or die $! } print "ready\n"; <STDIN>';

  it.each([['natively'], ['one by one']])('%s: all of them', async (how) => {
    const child = spawn('perl', ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      const { descriptors } = await scan(how, [process.pid, child.pid ?? 0, process.pid]);
      expect(descriptors.filter(({ pid, kind }) => pid === child.pid && kind === 'uts')).toHaveLength(12_000);
      const own = descriptors.filter(({ pid, fd }) => pid === process.pid && fd === held);
      expect(own).toHaveLength(2);
    } finally {
      child.stdin.end();
      await ended;
    }
  });
});
