/**
 * openat2(2): opening names below a directory that counts as root, so that no symbolic link, no `..` and nothing that moves
 * meanwhile leads out of it (CVE-2018-15664). Since Linux 5.6.
 */
import { UnsupportedError } from '../kernel/errors.ts';
import { lastErrno, libcFunction, SYSCALL_WITH_POINTERS, SyscallError } from './koffi.ts';

const SYS_openat2 = 437;

export const RESOLVE = {
  NO_XDEV: 0x01,
  NO_MAGICLINKS: 0x02,
  NO_SYMLINKS: 0x04,
  BENEATH: 0x08,
  IN_ROOT: 0x10,
} as const;

/** asm-generic values, the same on x86_64 and aarch64; Node does not name them. */
export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;
export const O_NOATIME = 0o1000000;

/** The kernel gives up a walk through `..` while something is renamed; who renames without end must not hold us. */
const MOST_TRIES = 64;

/** Names are bytes, without the zero at the end. Close-on-exec. @throws {SyscallError} @throws {UnsupportedError} */
export function openAt2(directoryFd: number, path: Uint8Array, flags: number, resolve: number): number {
  const opened = openedAt2(directoryFd, path, flags, resolve);
  if (typeof opened === 'string') throw new SyscallError('openat2', opened);
  return opened;
}

/** The same for many names that may not be there: the errno's name where it failed. @throws {UnsupportedError} */
export function openedAt2(
  directoryFd: number,
  path: Uint8Array,
  flags: number,
  resolve: number,
): number | string {
  if (hasZero(path)) return 'EINVAL';
  const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), 0n, BigInt(resolve)]);
  const syscall = libcFunction(SYSCALL_WITH_POINTERS);
  const name = zeroEnded(path);
  for (let tries = 1; ; tries++) {
    const fd = Number(syscall(SYS_openat2, directoryFd, name, how, how.byteLength));
    if (fd >= 0) return fd;
    const errno = lastErrno();
    if (errno === 'ENOSYS')
      throw new UnsupportedError('opening files of a container', 'Linux 5.6 (openat2)', {
        cause: new SyscallError('openat2', errno),
      });
    if (errno === 'EINTR' || (errno === 'EAGAIN' && tries < MOST_TRIES)) continue;
    return errno;
  }
}

/** Buffers have a way of their own, which is made for texts, and which Node compiles on first use. */
const hasZero = (name: Uint8Array): boolean => Uint8Array.prototype.includes.call(name, 0);

/** @throws {SyscallError} EINVAL when a zero byte is in it: the kernel would see another name */
export function zeroEnded(name: Uint8Array): Uint8Array {
  if (hasZero(name)) throw new SyscallError('open', 'EINVAL');
  const ended = new Uint8Array(name.length + 1);
  ended.set(name);
  return ended;
}
