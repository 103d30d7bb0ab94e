/**
 * Files that engines keep on the host's disk. Their directories may belong to somebody else than root, so a file is
 * opened without following a last symlink, without blocking (a FIFO must not hang a scan), without touching atime where
 * the kernel lets us, and only when it is a regular file of sensible size.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { errnoOf, failedReading } from './failure.ts';
import type { KernelFiles } from './kernel-files.ts';

const LARGEST_BYTES = 16 * 1024 * 1024;
/** Not in Node's constants on every platform: asm-generic value, the same on x86_64 and aarch64. */
const O_NOATIME = 0o1000000;
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = constants;
const FLAGS = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY;

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
      const fd = openQuietly(where);
      try {
        const stat = fstatSync(fd);
        if (!stat.isFile() || stat.size > LARGEST_BYTES) {
          return { ok: false, why: 'unsupported', path: where, errno: stat.isFile() ? 'EFBIG' : 'EINVAL' };
        }
        return { ok: true, value: readFileSync(fd, 'utf8') };
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return failedReading(error, where);
    }
  }

  exists(path: string): boolean {
    return existsSync(`${this.root}${path}`);
  }
}

/** O_NOATIME is for owners and CAP_FOWNER: without the right to it, read all the same. */
function openQuietly(path: string): number {
  try {
    return openSync(path, FLAGS | O_NOATIME);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
    return openSync(path, FLAGS);
  }
}
