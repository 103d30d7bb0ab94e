/**
 * Directories of a cgroup file system and the files in them, by path as bytes: names of cgroups are whatever a container
 * chose and need not be UTF-8, so paths here are latin1 text, a character for a byte (`asText` makes them readable).
 * Cgroup files are made in one piece: one read that leaves room is all of it.
 */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { asText } from '../kernel/text.ts';
import { failedReading } from './failure.ts';

export interface Directory {
  readonly inode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Listing {
  readonly files: ReadonlySet<string>;
  readonly directories: readonly string[];
}

const FIRST_BUFFER_BYTES = 64 * 1024;
const NOT_ASCII = /[^\0-\x7f]/;

function toOpen(path: string): string | Buffer {
  return NOT_ASCII.test(path) ? Buffer.from(path, 'latin1') : path;
}

export class CgroupDirectories {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);

  /** Absent when there is none, or when it is something else. */
  directory(path: string): Reading<Directory> {
    try {
      const { ino, uid, gid, isDirectory } = readStat(path);
      if (!isDirectory) return { ok: false, why: 'absent', path: asText(path), errno: 'ENOTDIR' };
      return { ok: true, value: { inode: ino, uid, gid } };
    } catch (error) {
      return failedReading(error, asText(path));
    }
  }

  list(path: string): Reading<Listing> {
    try {
      const files = new Set<string>();
      const directories: string[] = [];
      for (const entry of readdirSync(toOpen(path), { encoding: 'latin1', withFileTypes: true })) {
        if (entry.isDirectory()) directories.push(entry.name);
        else files.add(entry.name);
      }
      return { ok: true, value: { files, directories } };
    } catch (error) {
      return failedReading(error, asText(path));
    }
  }

  text(path: string): Reading<string> {
    try {
      const fd = openSync(toOpen(path), 'r');
      try {
        return { ok: true, value: this.#whole(fd) };
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return failedReading(error, asText(path));
    }
  }

  /** With symbolic links followed: distributions link `cpu` to `cpu,cpuacct`. */
  resolved(path: string): Reading<string> {
    try {
      return { ok: true, value: realpathSync(toOpen(path), 'latin1') };
    } catch (error) {
      return failedReading(error, asText(path));
    }
  }

  #whole(fd: number): string {
    let length = 0;
    for (;;) {
      const room = this.#buffer.length - length;
      const got = readSync(fd, this.#buffer, length, room, null);
      length += got;
      if (got < room) return this.#buffer.toString('latin1', 0, length);
      const larger = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
      this.#buffer.copy(larger);
      this.#buffer = larger;
    }
  }
}

function readStat(path: string) {
  const { ino, uid, gid, mode } = statSync(toOpen(path));
  return { ino, uid, gid, isDirectory: (mode & S_IFMT) === S_IFDIR };
}

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
