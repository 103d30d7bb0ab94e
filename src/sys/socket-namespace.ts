/**
 * The net namespace that a socket of another process belongs to, which may be another one than its process is in. The
 * socket is borrowed for the question (pidfd_getfd) and given back at once. Needs ptrace attach access to the process, and
 * CAP_NET_ADMIN over the namespace.
 */
import { fstatSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { failedReading, readingOfErrno } from './failure.ts';
import { closeDescriptor, lastErrno, libcFunction, pidfdOpen } from './koffi.ts';
import type { OpenNamespace } from './nsfs.ts';

/** Linux 5.6; the same number on every architecture. */
const SYS_pidfd_getfd = 438;
/** include/uapi/linux/sockios.h; Linux 4.10. */
const SIOCGSKNS = 0x894c;
const NOTHING = new Uint8Array(1);

/** Keeps the pidfd of the last process asked: sockets come process by process. */
export class SocketNamespaces {
  #pid = 0;
  #pidfd: Reading<number> | undefined;

  /**
   * The namespace of descriptor `fd` of that process, open; whoever asks closes it.
   * @param inode of the socket as it was listed: another file by now is `gone`
   */
  open(pid: number, fd: number, inode: number, path: string): Reading<OpenNamespace> {
    const pidfd = this.#enter(pid, path);
    if (!pidfd.ok) return pidfd;
    const getfd = libcFunction('long syscall(long number, long a, long b, long c)');
    const socket = getfd(SYS_pidfd_getfd, pidfd.value, fd, 0);
    if (socket < 0) return goneWhenClosed(lastErrno(), path);
    try {
      if (fstatSync(socket).ino !== inode) return { ok: false, why: 'gone', path, errno: 'ESTALE' };
      const found = libcFunction('int ioctl(int fd, ulong request, void *argument)')(
        socket,
        SIOCGSKNS,
        NOTHING,
      );
      if (found < 0) return readingOfErrno(lastErrno(), path);
      return { ok: true, value: { fd: found, inode: fstatSync(found).ino } };
    } finally {
      closeDescriptor(socket);
    }
  }

  close(): void {
    if (this.#pidfd?.ok === true) closeDescriptor(this.#pidfd.value);
    this.#pidfd = undefined;
    this.#pid = 0;
  }

  #enter(pid: number, path: string): Reading<number> {
    if (this.#pidfd !== undefined && this.#pid === pid) return this.#pidfd;
    this.close();
    this.#pid = pid;
    this.#pidfd = opened(pid, path);
    return this.#pidfd;
  }
}

function opened(pid: number, path: string): Reading<number> {
  try {
    return { ok: true, value: pidfdOpen(pid) };
  } catch (error) {
    return failedReading(error, path);
  }
}

/** EBADF: closed since it was listed. */
function goneWhenClosed(errno: string, path: string): Reading<never> {
  return errno === 'EBADF' ? { ok: false, why: 'gone', path, errno } : readingOfErrno(errno, path);
}
