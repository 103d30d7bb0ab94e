/**
 * inotify(7) on directories of cgroup file systems: whose files were written to, of which of them the kernel tells by itself
 * (cgroup.events, memory.events), and which directories in them were removed. Asked without waiting.
 */
import { readFileSync, statfsSync } from 'node:fs';
import { decodeInotify, IN, type InotifyEvent } from '../kernel/inotify.ts';
import type { Reading } from '../kernel/reading.ts';
import { failedReading, readingOfErrno } from './failure.ts';
import { closeDescriptor, lastErrno, libcFunction } from './koffi.ts';

/** IN_CLOEXEC and IN_NONBLOCK. */
const FLAGS = 0o2000000 | 0o4000;
const MASK = IN.modify | IN.delete | IN.onlyDirectory;
const BUFFER_BYTES = 64 * 1024;
/** Only these tell of every change: in others (FUSE, a network) what others do goes unnoticed. */
const CGROUP_SUPER_MAGICS: ReadonlySet<number> = new Set([0x27e0eb, 0x63677270]);
const MOST_WATCHES = '/proc/sys/fs/inotify/max_user_watches';
/** All processes of a user have so many together. */
const SHARE_OF_WATCHES = 0.25;

export interface News {
  /** In the directory of this watch, this file. */
  readonly written: readonly Named[];
  /** In the directory of this watch, this directory. */
  readonly removed: readonly Named[];
  /** Watches that the kernel has ended. */
  readonly ended: readonly number[];
  /** There was more than it kept: anything may have changed. */
  readonly overflowed: boolean;
}

export interface Named {
  readonly watch: number;
  readonly name: string;
}

export class DirectoryNews {
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  readonly #read = libcFunction('long read(int fd, void *into, ulong length)');
  readonly #add = libcFunction('int inotify_add_watch(int fd, const void *path, uint32 mask)');
  readonly #remove = libcFunction('int inotify_rm_watch(int fd, int watch)');

  constructor(
    readonly fd: number,
    /** How many directories it may watch. */
    readonly most: number,
  ) {}

  /** The same number for the same directory by another path. */
  watch(directory: string): Reading<number> {
    const watch = Number(this.#add(this.fd, Buffer.from(`${directory}\0`), MASK));
    return watch < 0 ? readingOfErrno(lastErrno(), directory) : { ok: true, value: watch };
  }

  unwatch(watch: number): void {
    this.#remove(this.fd, watch);
  }

  /** All there is by now; undefined when nothing has happened. */
  drain(): News | undefined {
    let events: InotifyEvent[] | undefined;
    for (;;) {
      const length = Number(this.#read(this.fd, this.#buffer, this.#buffer.length));
      if (length > 0) events = [...(events ?? []), ...decodeInotify(this.#buffer.subarray(0, length))];
      else if (length === 0 || lastErrno() !== 'EINTR') return events && newsIn(events);
    }
  }

  close(): void {
    closeDescriptor(this.fd);
  }
}

/** Undefined where it cannot be had: whoever wants to know must look. */
export function openDirectoryNews(): DirectoryNews | undefined {
  const most = mostWatches();
  if (most === 0) return undefined;
  const fd = Number(libcFunction('int inotify_init1(int flags)')(FLAGS));
  if (fd >= 0) return new DirectoryNews(fd, most);
  const errno = lastErrno();
  // How many instances a user may have is no more our own limit than how many watches.
  if (errno !== 'EMFILE') readingOfErrno(errno, 'inotify');
  return undefined;
}

function mostWatches(): number {
  try {
    return Math.floor(Number(readFileSync(MOST_WATCHES, 'latin1')) * SHARE_OF_WATCHES);
  } catch (error) {
    failedReading(error, MOST_WATCHES);
    return 0;
  }
}

export function isInCgroupFileSystem(directory: string): boolean {
  try {
    return CGROUP_SUPER_MAGICS.has(statfsSync(directory).type);
  } catch (error) {
    // Then it is not there any more, or not for us.
    failedReading(error, directory);
    return false;
  }
}

function newsIn(events: readonly InotifyEvent[]): News {
  const of = (bit: number) => events.filter(({ mask }) => (mask & bit) !== 0);
  return {
    written: of(IN.modify),
    removed: of(IN.delete),
    ended: of(IN.ignored).map(({ watch }) => watch),
    overflowed: of(IN.overflow).length > 0,
  };
}
