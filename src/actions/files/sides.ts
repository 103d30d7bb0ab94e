/**
 * The two sides of a copy: below a container's root, and the host. Everything is found by descriptors that only name a file
 * (O_PATH), so it is known what something is before it is opened, and it stays that very file.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { linkTarget } from '../../sys/directory-calls.ts';
import { O_CLOEXEC, O_NOATIME, O_PATH, openAt2, RESOLVE } from '../../sys/openat2.ts';
import { attempt, FileError, unless } from './failure.ts';
import { pathEnd } from './words.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_RDONLY } = constants;

export interface Side {
  readonly where: 'container' | 'host';
  /** Of a container. */
  readonly rootFd?: number;
  /** Put before paths in messages: `web:`. */
  readonly label: string;
}

export type Kind = 'file' | 'directory' | 'link' | 'other';

/** Something that is held by a descriptor. */
export interface Held {
  readonly fd: number;
  readonly kind: Kind;
  readonly stat: BigIntStats;
  /** For messages. */
  readonly path: string;
}

/** An entry of a directory, which need not be there yet. Whoever has it closes it. */
export interface Place {
  readonly parentFd: number;
  readonly name: Buffer;
  readonly path: string;
  readonly existing: Held | undefined;
}

const IN_CONTAINER = RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS;
const ONE_NAME = RESOLVE.BENEATH | RESOLVE.NO_MAGICLINKS;
const MOST_LINKS = 40;

export function close(held: { readonly fd: number } | number | undefined): void {
  if (held !== undefined) closeSync(typeof held === 'number' ? held : held.fd);
}

/** Text of a path for messages; `print` makes it harmless. */
export function shown(side: Side, path: Buffer): string {
  return `${side.label}${path.toString('utf8')}`;
}

/** By its path. @throws {FileError} */
export function find(side: Side, path: Buffer, { follow }: { readonly follow: boolean }): Held {
  const flags = O_PATH | (follow ? 0 : O_NOFOLLOW);
  const where = shown(side, path);
  return heldOf(
    attempt('open', where, () => openPath(side, path, flags)),
    where,
  );
}

function openPath(side: Side, path: Buffer, flags: number): number {
  if (path.includes(0) || path.length === 0)
    throw new FileError('open', shown(side, path), path.length === 0 ? 'ENOENT' : 'EINVAL');
  return side.rootFd === undefined
    ? openSync(path, flags | O_CLOEXEC)
    : openAt2(side.rootFd, path, flags, IN_CONTAINER);
}

/** By its name in a directory; a link is the link itself. Undefined when there is nothing. @throws {FileError} */
export function entry(directoryFd: number, name: Buffer, path: string): Held | undefined {
  const flags = O_PATH | O_NOFOLLOW;
  const fd = unless('ENOENT', () =>
    attempt('open', path, () => openAt2(directoryFd, checkedName(name), flags, ONE_NAME)),
  );
  return fd === undefined ? undefined : heldOf(fd, path);
}

/** A directory that is there, opened for reading; a link to one is refused. */
export function openDirectory(directoryFd: number, name: Buffer, path: string): number {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
  const resolve = ONE_NAME | RESOLVE.NO_SYMLINKS;
  return attempt('open', path, () => openAt2(directoryFd, checkedName(name), flags, resolve));
}

/** A file system can be a program of the container's: its names are looked at before they are used. */
export function checkedName(name: Buffer): Buffer {
  if (name.length === 0 || name.includes(0x2f) || ['.', '..'].includes(name.toString('latin1')))
    throw new FileError('open', name.toString('utf8'), 'EINVAL', 'not a name that a file can have');
  return name;
}

function heldOf(fd: number, path: string): Held {
  try {
    const stat = attempt('stat', path, () => fstatSync(fd, { bigint: true }));
    return { fd, stat, path, kind: kindOf(stat) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function kindOf(stat: BigIntStats): Kind {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'link' : 'other';
}

/** What it is, in a word. */
export function kindName({ stat }: Held): string {
  if (stat.isFile()) return 'a file';
  if (stat.isDirectory()) return 'a directory';
  if (stat.isSymbolicLink()) return 'a symbolic link';
  if (stat.isFIFO()) return 'a fifo';
  if (stat.isSocket()) return 'a socket';
  return stat.isBlockDevice() ? 'a block device' : 'a character device';
}

/**
 * Opens what is held, and is a file, for reading: that very file, whatever its name leads to by now. Does not wait for leases
 * or for what only looks like a file; leaves no access time where it may.
 */
export function openToRead({ fd, path }: Held): number {
  const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  const link = `/proc/self/fd/${fd}`;
  return attempt(
    'open',
    path,
    () => unless('EPERM', () => openSync(link, flags | O_NOATIME)) ?? openSync(link, flags),
  );
}

/** Where a path leads when its last name is followed through links, whether something is there or not. @throws {FileError} */
export function place(side: Side, path: Buffer): Place {
  let at = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const { directory, name } = pathEnd(at);
    const where = shown(side, at);
    if (name.length === 0) throw new FileError('open', where, 'EISDIR', 'a directory');
    const parentFd = attempt('open', shown(side, directory), () =>
      openPath(side, directory, O_PATH | O_DIRECTORY),
    );
    try {
      const existing = entry(parentFd, name, where);
      if (existing?.kind !== 'link') return { parentFd, name, path: where, existing };
      at = behindLink(side, at, directory, existing);
    } catch (error) {
      closeSync(parentFd);
      throw error;
    }
    closeSync(parentFd);
  }
  throw new FileError('open', shown(side, path), 'ELOOP', 'too many symbolic links');
}

function behindLink(side: Side, path: Buffer, directory: Buffer, link: Held): Buffer {
  try {
    // The kernel may forbid to follow it: another user's link in a directory that all may write to.
    if (side.where === 'host')
      close(
        unless('ENOENT', () => attempt('open', link.path, () => openPath(side, path, O_PATH | O_CLOEXEC))),
      );
    const target = attempt('readlink', link.path, () => linkTarget(link.fd));
    return target[0] === 0x2f ? target : Buffer.concat([directory, Buffer.from('/'), target]);
  } finally {
    close(link);
  }
}

/** Of the file that a descriptor is for. */
export function mountId(fd: number): string {
  const text = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
  return /^mnt_id:\s*(\d+)$/m.exec(text)?.[1] ?? '';
}
