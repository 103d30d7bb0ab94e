import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRooted, statRooted } from '../../../src/sys/rooted-file.ts';

const outer = mkdtempSync(join(tmpdir(), 'porthole-rooted-'));
const root = join(outer, 'root');
let rootFd = -1;

beforeAll(() => {
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(outer, 'secret'), 'outside');
  writeFileSync(join(root, 'secret'), 'inside');
  writeFileSync(join(root, 'etc/passwd'), 'r\xe4t\n', 'latin1');
  writeFileSync(join(root, 'b\xfc'), 'by name');
  symlinkSync('/etc/passwd', join(root, 'absolute'));
  symlinkSync('../../../../../secret', join(root, 'etc/up'));
  symlinkSync('/proc/self/root/etc/passwd', join(root, 'magic'));
  symlinkSync('loop', join(root, 'loop'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
  writeFileSync(join(root, 'large'), Buffer.alloc(3 * 1024 * 1024, 'x'));
  rootFd = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
});
afterAll(() => {
  closeSync(rootFd);
  rmSync(outer, { recursive: true, force: true });
});

it.each([
  ['a file, a character for a byte', '/etc/passwd', 'r\xe4t\n'],
  ['a link, which begins at the root', '/absolute', 'r\xe4t\n'],
  ['a link upwards, which ends at the root', '/etc/up', 'inside'],
  ['dots, which do so too', '/../../secret', 'inside'],
  ['a name that is UTF-8', '/b\xc3\xbc', 'by name'],
])('%s', (_, path, text) => {
  expect(readRooted(rootFd, path)).toEqual({ ok: true, value: text });
});

it.each([
  ['what is not there', '/nothing', 'absent', 'ENOENT'],
  ['a link to a file system that is not in there', '/magic', 'absent', 'ENOENT'],
  ['a link that goes round', '/loop', 'unsupported', 'ELOOP'],
  ['a directory', '/etc', 'unsupported', 'EINVAL'],
  ['a FIFO, without waiting for a writer', '/fifo', 'unsupported', 'EINVAL'],
])('%s', (_, path, why, errno) => {
  expect(readRooted(rootFd, path)).toEqual({ ok: false, why, path, errno });
});

it('of a large file the first megabyte', () => {
  const read = readRooted(rootFd, '/large');
  expect(read.ok && read.value.length).toBe(1024 * 1024);
});

it('no magic link is followed, wherever the root is', () => {
  const host = openSync('/', constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    expect(readRooted(host, '/proc/self/root/etc/hostname')).toMatchObject({ ok: false, errno: 'ELOOP' });
  } finally {
    closeSync(host);
  }
});

it('says what lies there, and leaves nothing open', () => {
  const before = readdirSync('/proc/self/fd');
  expect(statRooted(rootFd, '/fifo')).toMatchObject({ ok: true, value: { isFile: false } });
  expect(statRooted(rootFd, '/etc')).toMatchObject({ ok: true, value: { isDirectory: true } });
  expect(statRooted(rootFd, '/absolute')).toMatchObject({ ok: true, value: { isFile: true } });
  expect(statRooted(rootFd, '/nothing').ok).toBe(false);
  expect(readdirSync('/proc/self/fd')).toEqual(before);
});
