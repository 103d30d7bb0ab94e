/**
 * A directory with files that tell us later what to do: nobody else may be able to write there. It is held by its descriptor, so
 * that what was looked at is what is used, and no link that lies in it is followed.
 */
import { closeSync, constants, openSync, renameSync } from 'node:fs';
import { type DescriptorStat, statOfDescriptor } from './descriptor-stat.ts';
import { lockFile } from './directory-calls.ts';
import { errnoOf, failedReading } from './failure.ts';
import { makeDirectory } from './make-directory.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, S_IFMT, S_IFREG } = constants;
const OTHERS_WRITE = 0o022;

/** Somebody else can put there what he likes. */
export class NotPrivateError extends Error {
  readonly code = 'NOT_PRIVATE';
  constructor(
    readonly path: string,
    readonly why: string,
  ) {
    super(`${path} ${why}`);
    this.name = 'NotPrivateError';
  }
}

export interface OpenFile {
  readonly fd: number;
  /** When it was opened. */
  readonly size: number;
}

export class PrivateDirectory {
  private constructor(
    readonly path: string,
    private readonly fd: number,
  ) {}

  /** @param make when it is not there @throws {NotPrivateError} @throws Node's error */
  static open(path: string, { make = false } = {}): PrivateDirectory {
    const fd = openOrMake(path, make);
    try {
      requirePrivate(path, statOfDescriptor(fd));
      return new PrivateDirectory(path, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Until it is closed; waits for whoever has it. False where the file system, or this platform, knows no such lock. */
  lock(): boolean {
    try {
      lockFile(this.fd);
      return true;
    } catch (error) {
      failedReading(error, this.path);
      return false;
    }
  }

  /** The caller closes it. A new one is for its owner alone. @throws {NotPrivateError} @throws Node's error */
  openFile(name: string, flags: number): OpenFile {
    const path = `${this.path}/${name}`;
    const fd = this.#open(name, flags);
    try {
      const stats = statOfDescriptor(fd);
      if ((stats.mode & S_IFMT) !== S_IFREG) throw new NotPrivateError(path, 'is not a file');
      requirePrivate(path, stats);
      return { fd, size: stats.size };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** @throws Node's error */
  rename(from: string, to: string): void {
    renameSync(this.#at(from), this.#at(to));
  }

  close(): void {
    closeSync(this.fd);
  }

  /** A pipe or a device that somebody left there does not hold us. */
  #open(name: string, flags: number): number {
    try {
      return openSync(this.#at(name), flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
    } catch (error) {
      if (errnoOf(error) === 'ELOOP') throw new NotPrivateError(`${this.path}/${name}`, 'is a symbolic link');
      throw error;
    }
  }

  #at(name: string): string {
    return `/proc/self/fd/${this.fd}/${name}`;
  }
}

function openOrMake(path: string, make: boolean): number {
  const open = () => openSync(path, O_RDONLY | O_DIRECTORY);
  try {
    return open();
  } catch (error) {
    if (!make || errnoOf(error) !== 'ENOENT') throw error;
    makeDirectory(path);
    return open();
  }
}

/** Root may do what it likes anyway. */
function requirePrivate(path: string, { uid, mode }: DescriptorStat): void {
  if (uid !== 0 && uid !== process.geteuid?.()) throw new NotPrivateError(path, `belongs to uid ${uid}`);
  if ((mode & OTHERS_WRITE) !== 0)
    throw new NotPrivateError(path, `can be written by others (mode ${(mode & 0o7777).toString(8)})`);
}
