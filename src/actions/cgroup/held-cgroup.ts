/**
 * A cgroup held by a descriptor of its directory, opened beneath the mount of its hierarchy: no symbolic link and nothing
 * that is renamed or made anew meanwhile leads to another one. Whoever opens it closes it.
 */
import { closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { cgroupDirectory, type Hierarchy, parentPath } from '../../kernel/cgroup/hierarchy.ts';
import { AccessDeniedError, UnsupportedError } from '../../kernel/errors.ts';
import type { Reading } from '../../kernel/reading.ts';
import { statOfDescriptor } from '../../sys/descriptor-stat.ts';
import { makeDirectory } from '../../sys/directory-calls.ts';
import { errnoOf, failedReading } from '../../sys/failure.ts';
import { closeDescriptor, SyscallError } from '../../sys/koffi.ts';
import { O_PATH, openAt2, RESOLVE } from '../../sys/openat2.ts';
import { CgroupGoneError } from './gone.ts';

const BENEATH = RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS | RESOLVE.NO_XDEV;
const { O_DIRECTORY, O_RDONLY, O_WRONLY } = constants;

/** Without the slashes that it begins with. */
function relative(path: string): string {
  let at = 0;
  while (path[at] === '/') at += 1;
  return path.slice(at);
}

export class HeldCgroup {
  private constructor(
    readonly hierarchy: Hierarchy,
    /** As /proc/PID/cgroup has it. */
    readonly path: string,
    /** Where it is mounted here. */
    readonly directory: string,
    readonly fd: number,
    readonly inode: number,
  ) {}

  /** @throws {CgroupGoneError | AccessDeniedError} @throws {UnsupportedError} the mount does not show it */
  static open(hierarchy: Hierarchy, path: string): HeldCgroup {
    const directory = cgroupDirectory(hierarchy, path);
    if (directory === undefined)
      throw new UnsupportedError(`cgroup ${path}`, 'a mount of its hierarchy that shows it');
    const below = relative(directory.slice(hierarchy.mountPoint.length));
    try {
      const mount = openSync(hierarchy.mountPoint, O_PATH | O_DIRECTORY);
      try {
        const fd = openAt2(mount, Buffer.from(below === '' ? '.' : below), O_PATH | O_DIRECTORY, BENEATH);
        return new HeldCgroup(hierarchy, path, directory, fd, statOfDescriptor(fd).inode);
      } finally {
        closeSync(mount);
      }
    } catch (error) {
      throw explained(error, directory, path);
    }
  }

  /** What the file says; absent where the cgroup has no such file, gone when the cgroup is. */
  read(file: string): Reading<string> {
    const path = this.fileName(file);
    try {
      const fd = this.#openAt(file, O_RDONLY);
      try {
        return { ok: true, value: readFileSync(fd, 'utf8') };
      } finally {
        closeDescriptor(fd);
      }
    } catch (error) {
      return failedReading(error, path);
    }
  }

  /** In one piece. @throws {SyscallError} when the kernel takes no such value; else as `openFile` */
  write(file: string, value: string): void {
    const fd = this.openFile(file, O_WRONLY);
    try {
      writeSync(fd, value);
    } catch (error) {
      if (isGone(error)) throw new CgroupGoneError(this.path, { cause: error });
      const errno = errnoOf(error);
      throw errno === undefined ? error : new SyscallError(`write ${this.fileName(file)}`, errno);
    } finally {
      closeDescriptor(fd);
    }
  }

  /** The caller closes it. @throws {CgroupGoneError | AccessDeniedError} @throws {UnsupportedError} there is no such file */
  openFile(file: string, flags: number): number {
    try {
      return this.#openAt(file, flags);
    } catch (error) {
      const { errno } = failedReading(error, this.fileName(file));
      // Of a directory that has been removed, too, ENOENT is said of each file.
      if (errno === 'ENOENT' && this.isThere())
        throw new UnsupportedError(this.fileName(file), 'a kernel or controller that has it', {
          cause: error,
        });
      throw explained(error, this.fileName(file), this.path);
    }
  }

  has(file: string): boolean {
    try {
      closeDescriptor(this.#openAt(file, O_PATH));
      return true;
    } catch (error) {
      failedReading(error, this.fileName(file));
      return false;
    }
  }

  /** False once it has been removed, also when another one has its name by now. */
  isThere(): boolean {
    const procs = this.read('cgroup.procs');
    return procs.ok || procs.errno === 'EOPNOTSUPP';
  }

  /** A cgroup right below it; one that is there already is opened. @throws as `open` */
  makeChild(name: string): HeldCgroup {
    try {
      makeDirectory(this.fd, Buffer.from(name), 0o755);
    } catch (error) {
      const directory = this.fileName(name);
      if (failedReading(error, directory).errno !== 'EEXIST') throw explained(error, directory, this.path);
    }
    return this.openChild(name);
  }

  /** One right below it, whatever has its path meanwhile. @throws as `open` */
  openChild(name: string): HeldCgroup {
    const path = this.path === '/' ? `/${name}` : `${this.path}/${name}`;
    const directory = this.fileName(name);
    try {
      const fd = openAt2(this.fd, Buffer.from(name), O_PATH | O_DIRECTORY, BENEATH);
      return new HeldCgroup(this.hierarchy, path, directory, fd, statOfDescriptor(fd).inode);
    } catch (error) {
      throw explained(error, directory, path);
    }
  }

  /**
   * The one right above it: a cgroup is never moved to another parent.
   * @param inode of that one @throws as `open`
   */
  openParent(inode: number): HeldCgroup {
    const path = parentPath(this.path);
    const directory = dirname(this.directory);
    try {
      const fd = openAt2(
        this.fd,
        Buffer.from('..'),
        O_PATH | O_DIRECTORY,
        RESOLVE.NO_SYMLINKS | RESOLVE.NO_XDEV,
      );
      const held = new HeldCgroup(this.hierarchy, path, directory, fd, statOfDescriptor(fd).inode);
      if (held.inode === inode) return held;
      held.close();
    } catch (error) {
      throw explained(error, directory, path);
    }
    throw new CgroupGoneError(path);
  }

  /** Names of the cgroups right below it. @throws as `open` */
  children(): string[] {
    try {
      const entries = readdirSync(`/proc/self/fd/${this.fd}`, { withFileTypes: true });
      return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
    } catch (error) {
      throw explained(error, this.directory, this.path);
    }
  }

  /** For messages. */
  fileName(file: string): string {
    return `${this.directory}/${file}`;
  }

  close(): void {
    closeDescriptor(this.fd);
  }

  #openAt(file: string, flags: number): number {
    return openAt2(this.fd, Buffer.from(file), flags, BENEATH);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENODEV' || error.code === 'ENOENT');
}

function explained(error: unknown, file: string, path: string): unknown {
  const { errno, why } = failedReading(error, file);
  if (why === 'absent' || why === 'gone') return new CgroupGoneError(path, { cause: error });
  if (why === 'denied')
    return new AccessDeniedError(
      file,
      'write access to the cgroup (root, or a cgroup that is delegated)',
      errno,
      {
        cause: error,
      },
    );
  if (errno === 'EROFS')
    return new AccessDeniedError(file, 'a cgroup file system that is mounted read-write', errno, {
      cause: error,
    });
  return error;
}
