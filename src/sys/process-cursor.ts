/**
 * One /proc/PID held open while it is read: lookups relative to it cost the kernel less than whole paths, and all of them
 * are answered by the same process even when its pid is reused meanwhile. Through libc where koffi can be loaded (a
 * scan makes 17 calls per process, and Node's own take three times as long), else through Node's.
 */

import type { FailedReading, Reading } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';
import { readingOfErrno } from './failure.ts';
import type { KernelFiles } from './kernel-files.ts';
import { fileCalls } from './koffi.ts';

/** A file of /proc/PID/ns. */
export type NamespaceLink = NamespaceType | 'pid_for_children' | 'time_for_children';

/**
 * Goes from one process directory to the next: `enter`, ask, `leave`. One object and one buffer for all of them, because
 * there are as many as the host has processes. Answers that are numbers or bytes are given as such, not as Readings.
 */
export class ProcessCursor {
  /** What `read` found, up to the length it gave; the next `read` overwrites it. */
  readonly content = Buffer.allocUnsafeSlow(CONTENT_BYTES);
  /** The same bytes four at a time, for comparing; see `padLastWord`. */
  readonly words = new Int32Array(this.content.buffer);
  readonly #calls = fileCalls();
  /** The proc root, opened O_PATH; -1 where koffi cannot be had. */
  readonly procFd: number;
  readonly #pidName = Buffer.alloc(MAX_PID_DIGITS + 1);
  readonly #target = Buffer.allocUnsafeSlow(4096);
  #fd = -1;
  #pid = '';

  constructor(readonly files: KernelFiles) {
    this.procFd =
      this.#calls === undefined ? -1 : this.#calls.openAt(AT_FDCWD, zeroEnded(files.procRoot), DIRECTORY);
  }

  /** Undefined when it is there; every `enter` wants its `leave`. */
  enter(pid: string): FailedReading | undefined {
    this.#pid = pid;
    if (this.#calls === undefined || this.procFd < 0) return undefined;
    this.#pidName[this.#pidName.write(pid, 0, MAX_PID_DIGITS, 'latin1')] = 0;
    this.#fd = this.#calls.openAt(this.procFd, this.#pidName, DIRECTORY);
    return this.#fd < 0 ? readingOfErrno(this.#calls.errno(), this.path()) : undefined;
  }

  leave(): void {
    if (this.#fd >= 0) this.#calls?.close(this.#fd);
    this.#fd = -1;
  }

  close(): void {
    this.leave();
    if (this.procFd >= 0) this.#calls?.close(this.procFd);
  }

  path(name?: string): string {
    return this.files.proc(name === undefined ? this.#pid : `${this.#pid}/${name}`);
  }

  /** A file the kernel makes in one piece: its length, with the bytes in `content`. */
  read(name: 'stat' | 'cgroup' | 'status'): number | FailedReading {
    const calls = this.#calls;
    if (calls === undefined || this.#fd < 0) return this.#readPlain(name);
    const fd = calls.openAt(this.#fd, FILES[name], O_CLOEXEC);
    if (fd < 0) return readingOfErrno(calls.errno(), this.path(name));
    const length = calls.read(fd, this.content, CONTENT_BYTES);
    const failed = length < 0 ? readingOfErrno(calls.errno(), this.path(name)) : undefined;
    calls.close(fd);
    return failed ?? length;
  }

  /** Clears what an earlier file left in the last word of this one. */
  padLastWord(length: number): void {
    for (let at = length; (at & 3) !== 0; at++) this.content[at] = 0;
  }

  root(): Reading<string> {
    const calls = this.#calls;
    if (calls === undefined || this.#fd < 0) return this.files.link(this.path('root'));
    const length = calls.readLinkAt(this.#fd, ROOT, this.#target, this.#target.length);
    if (length < 0) return readingOfErrno(calls.errno(), this.path('root'));
    return length === 1 ? HOST_ROOT : { ok: true, value: this.#target.toString('utf8', 0, length) };
  }

  /** Inode number. */
  namespace(name: NamespaceLink): number | FailedReading {
    const calls = this.#calls;
    if (calls === undefined || this.#fd < 0) return this.#namespacePlain(name);
    const length = calls.readLinkAt(this.#fd, NAMESPACES[name], this.#target, this.#target.length);
    if (length < 0) return readingOfErrno(calls.errno(), this.path(`ns/${name}`));
    return inodeIn(this.#target, length) ?? notANamespace(this.path(`ns/${name}`));
  }

  #readPlain(name: string): number | FailedReading {
    const bytes = this.files.bytes(this.path(name), CONTENT_BYTES);
    if (!bytes.ok) return bytes;
    this.content.set(bytes.value);
    return bytes.value.length;
  }

  #namespacePlain(name: NamespaceLink): number | FailedReading {
    const link = this.files.link(this.path(`ns/${name}`));
    if (!link.ok) return link;
    const bytes = Buffer.from(link.value);
    return inodeIn(bytes, bytes.length) ?? notANamespace(this.path(`ns/${name}`));
  }
}

/** stat and status are a page at most; cgroup is one line per hierarchy, of at most a path each. */
const CONTENT_BYTES = 64 * 1024;
const HOST_ROOT: Reading<string> = { ok: true, value: '/' };
const notANamespace = (path: string): FailedReading => ({
  ok: false,
  why: 'unsupported',
  path,
  errno: 'EPARSE',
});

const AT_FDCWD = -100;
/** asm-generic values, the same on x86_64 and aarch64 but for O_DIRECTORY, which O_PATH with a trailing name makes moot. */
const O_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000;
const DIRECTORY = O_PATH | O_CLOEXEC;
const MAX_PID_DIGITS = 10;

const zeroEnded = (name: string) => Buffer.from(`${name}\0`);
const FILES = { stat: zeroEnded('stat'), cgroup: zeroEnded('cgroup'), status: zeroEnded('status') };
const ROOT = zeroEnded('root');
const NAMESPACES: Readonly<Record<NamespaceLink, Buffer>> = {
  mnt: zeroEnded('ns/mnt'),
  pid: zeroEnded('ns/pid'),
  net: zeroEnded('ns/net'),
  user: zeroEnded('ns/user'),
  uts: zeroEnded('ns/uts'),
  ipc: zeroEnded('ns/ipc'),
  cgroup: zeroEnded('ns/cgroup'),
  time: zeroEnded('ns/time'),
  pid_for_children: zeroEnded('ns/pid_for_children'),
  time_for_children: zeroEnded('ns/time_for_children'),
};

const BRACKET = 0x5b;
const ZERO = 0x30;

/** The digits of `mnt:[4026531832]`, without making a string; undefined when they are none. */
function inodeIn(bytes: Uint8Array, length: number): number | undefined {
  const from = bytes.indexOf(BRACKET) + 1;
  if (from < 2 || from > length) return undefined;
  let value = 0;
  for (let at = from; at < length - 1; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value > 0 ? value : undefined;
}
