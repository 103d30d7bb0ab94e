/**
 * Files of a container, as its own processes see them: by a path that the kernel resolves beneath a root directory, so that
 * no symlink of the container leads out of it, and no magic link of its /proc anywhere (CVE-2018-15664). What lies there is
 * looked at before it is opened: a FIFO would wait, a device would notice.
 * @see openat2(2)
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { failedReading, readingOfErrno } from './failure.ts';
import { closeDescriptor } from './koffi.ts';
import { O_PATH, openedAt2, RESOLVE } from './openat2.ts';

const FIRST_BYTES = 16 * 1024;
const LARGEST_BYTES = 1024 * 1024;

export interface RootedFile {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly mode: number;
}

/** A handle (O_PATH) on what lies at `path` below `rootFd`, symlinks followed inside; the caller closes it. */
export function openRooted(rootFd: number, path: string): Reading<number> {
  const resolve = RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS;
  const opened = openedAt2(rootFd, Buffer.from(path, 'latin1'), O_PATH, resolve);
  return typeof opened === 'string' ? readingOfErrno(opened, path) : { ok: true, value: opened };
}

/** Paths are latin1 text, a character for a byte, as everything that a container names. */
export function statRooted(rootFd: number, path: string): Reading<RootedFile> {
  return withHandle(rootFd, path, (fd) => {
    const stat = fstatSync(fd);
    return { isFile: stat.isFile(), isDirectory: stat.isDirectory(), mode: stat.mode & 0o7777 };
  });
}

/** A regular file of sensible size as latin1 text. Anything else is `unsupported`. */
export function readRooted(rootFd: number, path: string): Reading<string> {
  const read = withHandle(rootFd, path, (handle) => {
    if (!fstatSync(handle).isFile()) return undefined;
    const fd = openSync(`/proc/self/fd/${handle}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return firstBytes(fd);
    } finally {
      closeSync(fd);
    }
  });
  if (!read.ok) return read;
  const text = read.value;
  return text === undefined
    ? { ok: false, why: 'unsupported', path, errno: 'EINVAL' }
    : { ok: true, value: text };
}

/** Most of these files are small: the buffer grows with what is there. */
function firstBytes(fd: number): string {
  let bytes = Buffer.allocUnsafe(FIRST_BYTES);
  let length = 0;
  for (;;) {
    const got = readSync(fd, bytes, length, bytes.length - length, null);
    length += got;
    if (got === 0 || length === LARGEST_BYTES) return bytes.toString('latin1', 0, length);
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(bytes.length * 4, LARGEST_BYTES));
  }
}

function withHandle<T>(rootFd: number, path: string, use: (fd: number) => T): Reading<T> {
  const handle = openRooted(rootFd, path);
  if (!handle.ok) return handle;
  try {
    return { ok: true, value: use(handle.value) };
  } catch (error) {
    return failedReading(error, path);
  } finally {
    closeDescriptor(handle.value);
  }
}
