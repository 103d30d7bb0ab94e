/**
 * What is done to names in a directory that is held by descriptor, for file systems that somebody else changes meanwhile. A
 * last symbolic link is never followed. Names are bytes. Every function throws `SyscallError`.
 */
import { checked, libcFunction, numberedCall } from './koffi.ts';
import { O_CLOEXEC, zeroEnded } from './openat2.ts';

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;
const O_TMPFILE_BIT = 0o20000000;
const O_WRONLY = 1;
const O_CREAT_EXCL = 0o300;
const LONGEST_LINK_BYTES = 4096;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const LOCK_EX = 2;
const POLLIN = 1;
const POLLOUT = 4;

const EMPTY = new Uint8Array(1);

const openat = () => libcFunction('int openat(int directory, const void *name, int flags, uint mode)');

/** A file without a name, which nothing is left of however this process ends. `directoryFlag` is O_DIRECTORY of this processor. */
export function openUnnamed(directoryFd: number, directoryFlag: number): number {
  const flags = O_TMPFILE_BIT | directoryFlag | O_WRONLY | O_CLOEXEC;
  return checked('open', Number(openat()(directoryFd, zeroEnded(Buffer.from('.')), flags, 0o600)));
}

/** A new file; whatever is there already, a link even, is EEXIST. */
export function createFile(directoryFd: number, name: Uint8Array): number {
  const flags = O_WRONLY | O_CREAT_EXCL | O_CLOEXEC;
  return checked('open', Number(openat()(directoryFd, zeroEnded(name), flags, 0o600)));
}

/** Gives an unnamed file a name, which nothing may have. */
export function nameFile(fd: number, directoryFd: number, name: Uint8Array): void {
  const linkat = libcFunction('int linkat(int from, const void *path, int to, const void *name, int flags)');
  const path = zeroEnded(Buffer.from(`/proc/self/fd/${fd}`));
  checked('link', Number(linkat(AT_FDCWD, path, directoryFd, zeroEnded(name), AT_SYMLINK_FOLLOW)));
}

/** Nobody else has this lock until all descriptors of this open file are closed; waits for who has it. @see flock(2) */
export function lockFile(fd: number): void {
  const flock = () => Number(libcFunction('int flock(int fd, int operation)')(fd, LOCK_EX));
  checked('flock', numberedCall('flock', fd, LOCK_EX) ?? flock());
}

/** Within one directory; what has the new name is replaced. */
export function renameIn(directoryFd: number, from: Uint8Array, to: Uint8Array): void {
  const renameat = libcFunction('int renameat(int from, const void *a, int to, const void *b)');
  checked('rename', Number(renameat(directoryFd, zeroEnded(from), directoryFd, zeroEnded(to))));
}

export function makeDirectory(directoryFd: number, name: Uint8Array, mode: number): void {
  const mkdirat = libcFunction('int mkdirat(int directory, const void *name, uint mode)');
  checked('mkdir', Number(mkdirat(directoryFd, zeroEnded(name), mode)));
}

export function makeLink(directoryFd: number, name: Uint8Array, target: Uint8Array): void {
  const symlinkat = libcFunction('int symlinkat(const void *target, int directory, const void *name)');
  checked('symlink', Number(symlinkat(zeroEnded(target), directoryFd, zeroEnded(name))));
}

export function remove(directoryFd: number, name: Uint8Array, kind: 'file' | 'directory'): void {
  const unlinkat = libcFunction('int unlinkat(int directory, const void *name, int flags)');
  const flags = kind === 'directory' ? AT_REMOVEDIR : 0;
  checked('unlink', Number(unlinkat(directoryFd, zeroEnded(name), flags)));
}

/** What a symbolic link says that is held by a descriptor (O_PATH|O_NOFOLLOW). */
export function linkTarget(fd: number): Buffer {
  const readlinkat = libcFunction('long readlinkat(int fd, const void *name, void *into, ulong length)');
  const into = Buffer.alloc(LONGEST_LINK_BYTES);
  const length = checked('readlink', Number(readlinkat(fd, EMPTY, into, into.length)));
  return into.subarray(0, length);
}

/** Also of what is held by O_PATH: a symbolic link. */
export function changeOwner(fd: number, uid: number, gid: number): void {
  const fchownat = libcFunction('int fchownat(int fd, const void *name, uint uid, uint gid, int flags)');
  checked('chown', Number(fchownat(fd, EMPTY, uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)));
}

export interface FileTimes {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

/** Not of what is held by O_PATH. */
export function setTimes(fd: number, times: FileTimes): void {
  const futimens = libcFunction('int futimens(int fd, const void *times)');
  checked('utimes', Number(futimens(fd, timespecs(times))));
}

/** Of a name, when it is a symbolic link too. */
export function setTimesOf(directoryFd: number, name: Uint8Array, times: FileTimes): void {
  const utimensat = libcFunction('int utimensat(int fd, const void *name, const void *times, int flags)');
  checked('utimes', Number(utimensat(directoryFd, zeroEnded(name), timespecs(times), AT_SYMLINK_NOFOLLOW)));
}

const NSEC_PER_SEC = 1_000_000_000n;

/** Nanoseconds are never negative, not even before 1970. */
function timespecs({ atimeNs, mtimeNs }: FileTimes): BigInt64Array {
  const words = [atimeNs, mtimeNs].flatMap((ns) => {
    const nsec = ((ns % NSEC_PER_SEC) + NSEC_PER_SEC) % NSEC_PER_SEC;
    return [(ns - nsec) / NSEC_PER_SEC, nsec];
  });
  return new BigInt64Array(words);
}

/** Where data begins and ends from `offset` on; undefined when only a hole follows. @throws {SyscallError} EINVAL: cannot tell */
export function nextData(
  fd: number,
  offset: number,
): { readonly from: number; readonly to: number } | undefined {
  const lseek = libcFunction('long lseek(int fd, long offset, int whence)');
  const from = Number(lseek(fd, offset, SEEK_DATA));
  if (from < 0) {
    try {
      checked('lseek', from);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENXIO') return undefined;
      throw error;
    }
  }
  return { from, to: checked('lseek', Number(lseek(fd, from, SEEK_HOLE))) };
}

/** Blocks until a descriptor that does not can be read or written. */
export function waitUntilReady(fd: number, what: 'read' | 'write'): void {
  const poll = libcFunction('int poll(void *fds, ulong count, int timeout)');
  // struct pollfd: int fd; short events; short revents
  const words = new Int32Array([fd, what === 'read' ? POLLIN : POLLOUT]);
  while (Number(poll(words, 1, -1)) < 0) words[1] = what === 'read' ? POLLIN : POLLOUT;
}

/**
 * Runs `create` as somebody else towards file systems, this thread only. A file system that was mounted in a user namespace
 * takes no files from ids that the namespace does not have.
 */
export function asFileOwner<T>(uid: number, gid: number, create: () => T): T {
  const setfsgid = libcFunction('int setfsgid(uint gid)');
  const setfsuid = libcFunction('int setfsuid(uint uid)');
  const beforeGid = Number(setfsgid(gid));
  const beforeUid = Number(setfsuid(uid));
  try {
    return create();
  } finally {
    setfsuid(beforeUid);
    setfsgid(beforeGid);
  }
}
