/**
 * One /proc/PID held open while it is read: lookups relative to it cost the kernel less than whole paths, and all of them
 * are answered by the same process even when its pid is reused meanwhile. Through libc where koffi can be loaded (a
 * scan makes 17 calls per process, and Node's own take three times as long), else through Node's.
 */

import { parseNsInode } from '../kernel/proc/ns-link.ts';
import type { FailedReading, Reading } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';
import { readingOfErrno } from './failure.ts';
import type { KernelFiles } from './kernel-files.ts';
import { type FileCalls, fileCalls } from './koffi.ts';

export interface ProcessDirectory {
  /** A file the kernel makes in one piece, as latin1. */
  small(name: 'stat' | 'cgroup' | 'status'): Reading<string>;
  root(): Reading<string>;
  /** A number rather than a Reading: eight of them for each process of the host. */
  namespace(type: NamespaceType): number | FailedReading;
  close(): void;
}

/** Opens process directories below one proc root. */
export class ProcessDirectories {
  readonly #calls = fileCalls();
  readonly #procFd: number;
  readonly #pidName = Buffer.alloc(MAX_PID_DIGITS + 1);

  constructor(readonly files: KernelFiles) {
    this.#procFd =
      this.#calls === undefined ? -1 : this.#calls.openAt(AT_FDCWD, zeroEnded(files.procRoot), DIRECTORY);
  }

  open(pid: string): Reading<ProcessDirectory> {
    const path = this.files.proc(pid);
    if (this.#calls === undefined || this.#procFd < 0)
      return { ok: true, value: new PlainDirectory(this.files, path) };
    this.#pidName[this.#pidName.write(pid, 0, MAX_PID_DIGITS, 'latin1')] = 0;
    const fd = this.#calls.openAt(this.#procFd, this.#pidName, DIRECTORY);
    if (fd < 0) return readingOfErrno(this.#calls.errno(), path);
    return { ok: true, value: new OpenDirectory(this.#calls, this.files, fd, path) };
  }

  close(): void {
    if (this.#procFd >= 0) this.#calls?.close(this.#procFd);
  }
}

const AT_FDCWD = -100;
/** asm-generic values, the same on x86_64 and aarch64 but for O_DIRECTORY, which O_PATH with a trailing name makes moot. */
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const DIRECTORY = O_PATH | O_CLOEXEC;
const MAX_PID_DIGITS = 10;

const zeroEnded = (name: string) => Buffer.from(`${name}\0`);
const FILES = { stat: zeroEnded('stat'), cgroup: zeroEnded('cgroup'), status: zeroEnded('status') };
const ROOT = zeroEnded('root');
const NAMESPACES: Readonly<Record<NamespaceType, Buffer>> = {
  mnt: zeroEnded('ns/mnt'),
  pid: zeroEnded('ns/pid'),
  net: zeroEnded('ns/net'),
  user: zeroEnded('ns/user'),
  uts: zeroEnded('ns/uts'),
  ipc: zeroEnded('ns/ipc'),
  cgroup: zeroEnded('ns/cgroup'),
  time: zeroEnded('ns/time'),
};

/** stat and status are a page at most, cgroup a few; what fills this is read again the slow way. */
const content = Buffer.allocUnsafeSlow(64 * 1024);
const target = Buffer.allocUnsafeSlow(4096);

class OpenDirectory implements ProcessDirectory {
  constructor(
    readonly calls: FileCalls,
    readonly files: KernelFiles,
    readonly fd: number,
    readonly path: string,
  ) {}

  small(name: 'stat' | 'cgroup' | 'status'): Reading<string> {
    const { calls } = this;
    const fd = calls.openAt(this.fd, FILES[name], O_CLOEXEC);
    if (fd < 0) return readingOfErrno(calls.errno(), `${this.path}/${name}`);
    const length = calls.read(fd, content, content.length);
    const failed = length < 0 ? readingOfErrno(calls.errno(), `${this.path}/${name}`) : undefined;
    calls.close(fd);
    if (failed !== undefined) return failed;
    if (length === content.length) return this.files.small(`${this.path}/${name}`);
    return { ok: true, value: content.toString('latin1', 0, length) };
  }

  root(): Reading<string> {
    const length = this.calls.readLinkAt(this.fd, ROOT, target, target.length);
    if (length < 0) return readingOfErrno(this.calls.errno(), `${this.path}/root`);
    return { ok: true, value: length === 1 ? '/' : target.toString('utf8', 0, length) };
  }

  namespace(type: NamespaceType): number | FailedReading {
    const length = this.calls.readLinkAt(this.fd, NAMESPACES[type], target, target.length);
    if (length < 0) return readingOfErrno(this.calls.errno(), `${this.path}/ns/${type}`);
    return inodeIn(target, length) ?? parseNsInode(target.toString('latin1', 0, length));
  }

  close(): void {
    this.calls.close(this.fd);
  }
}

const BRACKET = 0x5b;
const ZERO = 0x30;

/** The digits of `mnt:[4026531832]` without making a string; undefined when it does not look like that. */
function inodeIn(bytes: Uint8Array, length: number): number | undefined {
  let value = 0;
  for (let at = bytes.indexOf(BRACKET) + 1; at < length - 1; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value > 0 ? value : undefined;
}

class PlainDirectory implements ProcessDirectory {
  constructor(
    readonly files: KernelFiles,
    readonly path: string,
  ) {}

  small(name: 'stat' | 'cgroup' | 'status'): Reading<string> {
    return this.files.small(`${this.path}/${name}`);
  }

  root(): Reading<string> {
    return this.files.link(`${this.path}/root`);
  }

  namespace(type: NamespaceType): number | FailedReading {
    const link = this.files.link(`${this.path}/ns/${type}`);
    return link.ok ? parseNsInode(link.value) : link;
  }

  close(): void {
    // Nothing is held open: each call names the whole path.
  }
}
