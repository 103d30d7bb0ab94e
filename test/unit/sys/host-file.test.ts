import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, symlinkSync, truncateSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { HostDisk } from '../../../src/sys/host-file.ts';
import { KernelFiles } from '../../../src/sys/kernel-files.ts';
import { bundled } from '../../load/run-ts.mjs';
import { isRoot, scratch } from './scratch.ts';

const { path, write } = scratch();
const disk = HostDisk.ofHost(new KernelFiles());
const MIB = 1024 * 1024;

describe('HostDisk', () => {
  it.runIf(isRoot)('in a thread closes each file as it opened it: Node warns of others', async () => {
    const worker = new Worker(await bundled('test/unit/sys/host-file-thread.ts'), {
      stdout: true,
      stderr: true,
    });
    const [read, warnings] = await Promise.all([text(worker.stdout), text(worker.stderr)]);
    expect([read, warnings]).toEqual(['true true true true true true', '']);
  });

  it('reads a regular file as UTF-8', () => {
    expect(disk.read(write('config.json', '{"näme": 1}'))).toEqual({
      ok: true,
      value: '{"näme": 1}',
    });
  });

  it('does not wait for the other end of a FIFO', { timeout: 2000 }, () => {
    execFileSync('mkfifo', [path('fifo')]);
    expect(disk.read(path('fifo'))).toMatchObject({
      ok: false,
      why: 'unsupported',
      errno: 'EINVAL',
    });
  });

  it('takes a socket for no answer', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path('socket'), resolve));
    expect(disk.read(path('socket'))).toMatchObject({ ok: false, why: 'unsupported' });
    await new Promise((resolve) => server.close(resolve));
  });

  it('does not follow a symlink at the end of the path', () => {
    write('secret.json', '{}');
    symlinkSync('secret.json', path('link.json'));
    symlinkSync('/dev/zero', path('endless.json'));
    expect(disk.read(path('link.json'))).toMatchObject({
      ok: false,
      why: 'unsupported',
      errno: 'ELOOP',
    });
    expect(disk.read(path('endless.json'))).toMatchObject({ ok: false });
  });

  it('refuses a directory and a device', () => {
    mkdirSync(path('dir'));
    expect(disk.read(path('dir'))).toMatchObject({
      ok: false,
      why: 'unsupported',
      errno: 'EINVAL',
    });
    expect(disk.read('/dev/zero')).toMatchObject({
      ok: false,
      why: 'unsupported',
      errno: 'EINVAL',
    });
  });

  it('refuses what is too large to be an engine’s state', () => {
    const file = write('large.json', '');
    truncateSync(file, 16 * MIB + 1);
    expect(disk.read(file)).toEqual({ ok: false, why: 'unsupported', path: file, errno: 'EFBIG' });
    truncateSync(file, 16 * MIB);
    expect(disk.read(file).ok).toBe(true);
  });

  it('says what is not there, and what we may not read', () => {
    expect(disk.read(path('nothing'))).toMatchObject({ ok: false, why: 'absent', errno: 'ENOENT' });
    const secret = write('secret', 'x', 0o000);
    if (!isRoot) expect(disk.read(secret)).toMatchObject({ why: 'denied', errno: 'EACCES' });
  });

  it('leaves the access time alone', () => {
    const file = write('atime.json', '{}');
    utimesSync(file, new Date('2001-01-01'), new Date());
    disk.read(file);
    expect(statSync(file).atime.getFullYear()).toBe(2001);
  });

  it('leaves no descriptor open', () => {
    const count = () => readdirSync('/proc/self/fd').length;
    const before = count();
    const names = ['config.json', 'fifo', 'link.json', 'dir', 'large.json', 'nothing'];
    for (const name of names) disk.read(path(name));
    expect(count()).toBe(before);
  });
});

describe('whose disk', () => {
  const other = new KernelFiles('/host/proc', '/host/sys');
  const where = (reading: ReturnType<HostDisk['read']>) => (reading.ok ? '' : reading.path);

  it('ours', () => {
    expect(where(disk.read('/var/lib/nothing'))).toBe('/var/lib/nothing');
  });
  it('that of another host is reached through its pid 1', () => {
    expect(where(HostDisk.ofHost(other).read('/var/lib/x'))).toBe('/host/proc/1/root/var/lib/x');
  });
  it('that of a process in another mount namespace is reached through it', () => {
    expect(where(HostDisk.ofProcess(other, 41).read('/var/lib/x'))).toBe('/host/proc/41/root/var/lib/x');
    const own = HostDisk.ofProcess(new KernelFiles(), process.pid);
    expect(own.read(write('own.json', '{}'))).toEqual({ ok: true, value: '{}' });
  });
  it('what exists there and what does not', () => {
    expect(disk.exists(write('there', ''))).toBe(true);
    expect(disk.exists(path('not there'))).toBe(false);
    expect(disk.exists(`${path('there')}\0`)).toBe(false);
    expect(HostDisk.ofHost(other).exists(path('there'))).toBe(false);
  });
});
