// Natively where this machine can, and one by one: both must say the same of a host made of files.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DescriptorScan, descriptors } from '../../../collectors/descriptors.ts';
import { FakeHost } from './fake-host.ts';

const host = new FakeHost();
const link = (pid: number, fd: number, target: string) => host.link(`proc/${pid}/fd/${fd}`, target);
link(41, 0, '/dev/null');
link(41, 3, 'socket:[700]');
link(41, 4, 'net:[4026532001]');
link(41, 17, 'cgroup:[4026532002]');
link(41, 18, '/net:[4026532003]');
link(41, 19, 'pipe:[4026532004]');
host.process(42, { comm: 'without any' });
for (let fd = 0; fd < 30; fd++) link(43, fd, `socket:[${1000 + fd}]`);

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

async function collected(how: string, pids: readonly number[], sockets: boolean): Promise<DescriptorScan> {
  vi.resetModules();
  if (how === 'one by one') vi.stubEnv('PORTHOLE_NO_NATIVE_SCAN', '1');
  const fresh: { descriptors: typeof descriptors } = await import('../../../collectors/descriptors.ts');
  const { descriptors: found, refused } = fresh.descriptors.collect(host.files, { pids, sockets });
  return { descriptors: [...found].sort((a, b) => a.pid - b.pid || a.fd - b.fd), refused };
}

describe.each([['natively'], ['one by one']])('descriptors %s', (how) => {
  it('gives namespaces, and sockets when asked', async () => {
    const namespaces = [
      { pid: 41, fd: 4, kind: 'net', inode: 4026532001 },
      { pid: 41, fd: 17, kind: 'cgroup', inode: 4026532002 },
    ];
    expect(await collected(how, [41], false)).toEqual({ descriptors: namespaces, refused: [] });
    expect(await collected(how, [41], true)).toEqual({
      descriptors: [{ pid: 41, fd: 3, kind: 'socket', inode: 700 }, ...namespaces],
      refused: [],
    });
  });

  it('leaves out processes that have ended', async () => {
    const { descriptors: found, refused } = await collected(how, [4040, 43, 4041], true);
    expect(found).toHaveLength(30);
    expect(refused).toEqual([]);
  });

  it('names what refuses', async () => {
    host.write('proc/44/fd', 'no directory');
    host.link('proc/45/fd', 'fd');
    const { refused } = await collected(how, [44, 45], true);
    expect(refused).toEqual([
      { ok: false, why: 'unsupported', path: host.files.proc('45/fd'), errno: 'ELOOP' },
    ]);
  });
});
