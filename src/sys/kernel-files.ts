/**
 * Reads /proc and /sys/fs/cgroup: synchronously, into one reused buffer, because that is several times cheaper than
 * fs.promises there. Both roots can be another mount of them (`--proc`, `--sys`), or a directory of fixtures in tests.
 * No stat before reading: st_size is 0 in these file systems.
 */
import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { latin1In, utf8In } from '../kernel/text.ts';
import { failedReading } from './failure.ts';
import { readTogether } from './file-batch.ts';
import type { GuardedRequest } from './guarded-lane.ts';
import { GuardedReader } from './guarded-read.ts';

const FIRST_BUFFER_BYTES = 256 * 1024;
/** performance.now() counts from the start of the thread, on the same clock. */
let clockOffsetUsec: number | undefined;
/** mountinfo of a busy host passes 1 MiB; nothing we read comes near this. */
const LARGEST_FILE_BYTES = 64 * 1024 * 1024;

/** CLOCK_MONOTONIC in microseconds. */
export function clockUsec(): number {
  clockOffsetUsec ??= Number(process.hrtime.bigint()) / 1000 - performance.now() * 1000;
  return performance.now() * 1000 + clockOffsetUsec;
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Effective user of a process, by the owner of its directory; the superuser where it may not be looked into. */
export function userOf(directory: string): Reading<number> {
  try {
    return { ok: true, value: statSync(directory).uid };
  } catch (error) {
    return failedReading(error, directory);
  }
}

/** When a sampler need not read a file again; see `RepeatedFiles`. Whoever reads once reads what is asked for. */
export interface Changes {
  /** It is read once in each span of so many milliseconds; without it each time. */
  readonly goodForMs?: number;
  /** And as soon as one of these says something new, which were asked for before it. */
  readonly leaders?: readonly string[];
  /** Where more is counted than here, and all that is counted here. */
  readonly above?: CountsAbove;
  /**
   * Directories of a cgroup file system: it changes when a file of its name is written to in one of these, or when the kernel
   * tells of it as it does of cgroup.events. Its own comes first.
   */
  readonly told?: readonly string[];
}

/** As long as one of these stands still, so does the file. */
export interface CountsAbove {
  /** Of cgroups around its own, the nearest first. */
  readonly paths: readonly string[];
  /** How long that is relied on, in milliseconds; without it for ever. */
  readonly goodForMs?: number;
  /** These are of pressure, of which only the sums of stalls count, and averages follow so many milliseconds later. */
  readonly lagMs?: number;
}

/** Files that are asked about together. */
export interface FileWatch {
  /** Does each of them say what it said in the round before? False where nobody keeps count. */
  isSame(): boolean;
  stop(): void;
}

const NOT_WATCHED: FileWatch = { isSame: () => false, stop: () => undefined };

/** What was read at once; see `KernelFiles.together`. */
export interface FilesTogether {
  text(path: string): Reading<string>;
  link(path: string): Reading<string>;
}

const MOST_READ_ALONE = 3;

export type TextEncoding = 'latin1' | 'utf8';
const TEXT_IN = { latin1: latin1In, utf8: utf8In } as const;

export class KernelFiles {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  #guarded: GuardedReader | undefined;

  constructor(
    readonly procRoot = '/proc',
    readonly sysRoot = '/sys',
  ) {}

  /** True when /proc is the one mounted for this very process, so that `self` means us. */
  get ownProc(): boolean {
    return this.procRoot === '/proc' && this.sysRoot === '/sys';
  }

  /** Path below the proc root: `proc('41/stat')`. */
  proc(path: string): string {
    return `${this.procRoot}/${path}`;
  }

  /** Path of a file that the host knows as `/sys/…`: `sys('/sys/fs/cgroup/x')` lies below the sys root. */
  sys(path: string): string {
    return this.sysRoot !== '/sys' && path.startsWith('/sys/') ? `${this.sysRoot}${path.slice(4)}` : path;
  }

  /**
   * Whole file as text. `latin1` keeps every byte (names are not always UTF-8); utf8 where the kernel escapes.
   * Reads to the end: in multi-record files a short read is not the end.
   */
  text(path: string, encoding: TextEncoding = 'latin1'): Reading<string> {
    return this.#read(path, encoding, LARGEST_FILE_BYTES, false);
  }

  /**
   * A file the kernel makes in one piece (stat, status, cgroup, cgroupfs values): one read that leaves room is all of it.
   * @param _changes for a sampler that has not asked for it before
   */
  small(path: string, _changes?: () => Changes): Reading<string> {
    return this.#read(path, 'latin1', LARGEST_FILE_BYTES, true);
  }

  /** A file of a process that a sampler asks for in every round. @param _changes as for `small` */
  again(path: string, _changes?: () => Changes): Reading<string> {
    return this.#read(path, 'latin1', LARGEST_FILE_BYTES, false);
  }

  /** Instead of what was said of it before, from the next round on. @param _manner another word when it is something else */
  mayAge(_path: string, _manner: string, _changes: () => Changes): void {
    // Everything is read whenever it is asked for.
  }

  /** When `path` was read last before this round; undefined where nobody keeps count. */
  readBeforeUsec(_path: string): number | undefined {
    return undefined;
  }

  /** When `path` was read last, in microseconds of CLOCK_MONOTONIC: ask right after reading it. */
  readAtUsec(_path: string): number {
    return clockUsec();
  }

  /** Collects the paths that are asked for until the function it returns is called; those of `RepeatedFiles` only. */
  recordAsked(): () => string[] {
    return () => [];
  }

  /** What was asked for earlier in this round is needed here as well. */
  noteAsked(_path: string): void {
    // Nobody keeps count here.
  }

  /** Does any file of any watch say something else than in the round before? True where nobody keeps count. */
  hasNews(): boolean {
    return true;
  }

  /** Stands for asking for each of these in every round from the next one on, until it is stopped. */
  watch(_paths: readonly string[]): FileWatch {
    return NOT_WATCHED;
  }

  /** The first `capBytes` bytes, copied out: for argv and environ, which can be megabytes. */
  bytes(path: string, capBytes: number): Reading<Uint8Array> {
    try {
      const fd = openSync(path, 'r');
      try {
        const length = this.#fill(fd, capBytes, false);
        return { ok: true, value: Uint8Array.prototype.slice.call(this.#buffer, 0, length) };
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return failedReading(error, path);
    }
  }

  /** `bytes` of many files that lie in their process's own memory: one that hangs is given up, the others are read. */
  manyGuarded(requests: readonly GuardedRequest[]): Reading<Uint8Array>[] {
    if (requests.length === 0) return [];
    this.#guarded ??= new GuardedReader();
    return this.#guarded.many(requests);
  }

  /** One of them, read while the caller goes on. What is returned gives it, must be called, and may be again. */
  beginGuarded(request: GuardedRequest): () => Reading<Uint8Array> {
    this.#guarded ??= new GuardedReader();
    return this.#guarded.begin(request);
  }

  /**
   * For a handful of files and links that are wanted at once: read in one call where that can be had, else when they are asked
   * for. Links are told a character for a byte.
   */
  together(paths: readonly string[], links: readonly string[] = []): FilesTogether {
    // To find the function takes as long as to read three files.
    const isFew = paths.length + links.length <= MOST_READ_ALONE;
    const read = isFew ? undefined : readTogether(paths, links, this.#buffer);
    return {
      text: (path) => read?.texts.get(path) ?? this.text(path),
      link: (path) => read?.targets.get(path) ?? this.link(path, 'latin1'),
    };
  }

  link(path: string, encoding: TextEncoding = 'utf8'): Reading<string> {
    try {
      return { ok: true, value: readlinkSync(path, encoding) };
    } catch (error) {
      return failedReading(error, path);
    }
  }

  list(path: string): Reading<string[]> {
    try {
      return { ok: true, value: readdirSync(path) };
    } catch (error) {
      return failedReading(error, path);
    }
  }

  /** Names of the directories in a directory: the children of a cgroup. */
  directories(path: string): Reading<string[]> {
    try {
      const entries = readdirSync(path, { withFileTypes: true });
      return { ok: true, value: entries.filter((each) => each.isDirectory()).map((each) => each.name) };
    } catch (error) {
      return failedReading(error, path);
    }
  }

  /** Inode number of a directory or file, not following a last symlink's content: cgroup directories only. */
  inode(path: string): Reading<number> {
    try {
      return { ok: true, value: statSync(path).ino };
    } catch (error) {
      return failedReading(error, path);
    }
  }

  #read(path: string, encoding: TextEncoding, capBytes: number, onePiece: boolean): Reading<string> {
    try {
      const fd = openSync(path, 'r');
      try {
        const length = this.#fill(fd, capBytes, onePiece);
        return { ok: true, value: TEXT_IN[encoding](this.#buffer, 0, length) };
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return failedReading(error, path);
    }
  }

  /** Fills the buffer from the start, growing it as needed; returns the number of bytes, at most `capBytes`. */
  #fill(fd: number, capBytes: number, onePiece: boolean): number {
    let length = 0;
    for (;;) {
      const room = Math.min(this.#buffer.length, capBytes) - length;
      const got = readSync(fd, this.#buffer, length, room, null);
      length += got;
      if (got === 0 || length >= capBytes || (onePiece && got < room)) return length;
      if (length === this.#buffer.length) {
        const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
        this.#buffer.copy(larger);
        this.#buffer = larger;
      }
    }
  }
}
