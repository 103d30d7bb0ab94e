/**
 * Files that engines keep on the host's disk. Their directories may belong to somebody else than root, so a file is
 * opened without following a last symlink, without blocking (a FIFO must not hang a scan), without touching atime where
 * the kernel lets us, and only when it is a regular file of sensible size. Symlinks on the way lead where they lead for whose
 * files these are: `/var/lib/docker -> /data/docker` of a host that is mounted below /host is no path of ours.
 */
import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { UnsupportedError } from '../kernel/errors.ts';
import type { Reading } from '../kernel/reading.ts';
import { statOfDescriptor } from './descriptor-stat.ts';
import { errnoOf, failedReading } from './failure.ts';
import type { KernelFiles } from './kernel-files.ts';
import { closeDescriptor } from './koffi.ts';
import { O_NOATIME, O_PATH, openAt2, RESOLVE } from './openat2.ts';

const LARGEST_BYTES = 16 * 1024 * 1024;
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY, S_IFMT, S_IFREG } = constants;
const FLAGS = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY;

/** In a thread Node counts what it opened and closed, and warns on the screen when somebody else did one of the two. */
interface Opened {
  readonly fd: number;
  readonly close: (fd: number) => void;
}

function openedByNode(path: string, flags: number): Opened {
  return { fd: openSync(path, flags), close: closeSync };
}

/** A file tree that engines keep their state in, as one process sees it. Paths are those of that process. */
export class HostDisk {
  private constructor(readonly root: string) {}

  /** The host's: our own root, or that of the host's pid 1 when we look at another /proc. */
  static ofHost(files: KernelFiles): HostDisk {
    return new HostDisk(files.ownProc ? '' : files.proc('1/root'));
  }

  /** As seen by a process in another mount namespace: a rootless engine's monitor, an engine in a snap. */
  static ofProcess(files: KernelFiles, pid: number): HostDisk {
    return new HostDisk(files.proc(`${pid}/root`));
  }

  read(path: string): Reading<string> {
    const where = `${this.root}${path}`;
    try {
      const { fd, close } = this.#openQuietly(path);
      try {
        const stat = statOfDescriptor(fd);
        const isFile = (stat.mode & S_IFMT) === S_IFREG;
        if (!isFile || stat.size > LARGEST_BYTES) {
          return { ok: false, why: 'unsupported', path: where, errno: isFile ? 'EFBIG' : 'EINVAL' };
        }
        return { ok: true, value: readFileSync(fd, 'utf8') };
      } finally {
        close(fd);
      }
    } catch (error) {
      return failedReading(error, where);
    }
  }

  exists(path: string): boolean {
    if (this.root === '') return existsSync(path);
    try {
      const { fd, close } = this.#open(path, O_PATH);
      close(fd);
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  /** O_NOATIME is for owners and CAP_FOWNER: without the right to it, read all the same. */
  #openQuietly(path: string): Opened {
    try {
      return this.#open(path, FLAGS | O_NOATIME);
    } catch (error) {
      if (errnoOf(error) !== 'EPERM') throw error;
      return this.#open(path, FLAGS);
    }
  }

  #open(path: string, flags: number): Opened {
    if (this.root === '') return openedByNode(path, flags);
    const root = openSync(this.root, O_PATH);
    try {
      const fd = openAt2(root, Buffer.from(path), flags, RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS);
      return { fd, close: closeDescriptor };
    } catch (error) {
      // Before Linux 5.6 an absolute link leads through our own root.
      if (error instanceof UnsupportedError) return openedByNode(`${this.root}${path}`, flags);
      throw error;
    } finally {
      closeSync(root);
    }
  }
}
