/**
 * Putting one thing where it belongs, whole or not at all: it is made without a name, or where the file system cannot do that
 * under a name of ours, and takes its place when it is finished. What is there already is replaced, never opened: nothing is
 * written through a link, a device or a kernel file that a container put in the way.
 */
import { randomBytes } from 'node:crypto';
import { constants, fchmodSync, fstatSync } from 'node:fs';
import {
  asFileOwner,
  changeOwner,
  createFile,
  type FileTimes,
  makeDirectory,
  makeLink,
  nameFile,
  openUnnamed,
  remove,
  renameIn,
  setTimes,
  setTimesOf,
} from '../../sys/directory-calls.ts';
import { O_PATH, openAt2, RESOLVE } from '../../sys/openat2.ts';
import { attempt, FileError, unless } from './failure.ts';
import type { Ids } from './job.ts';
import { checkedName, close, mountId, openDirectory, type Place } from './sides.ts';

export interface Looks extends FileTimes {
  /** Permission bits, with set-user-id and the like where they may stay. */
  readonly mode: number;
  /** Undefined: whoever makes it. */
  readonly owner: Ids | undefined;
}

export interface Surroundings {
  /** As whom files are made where a file system takes none from us. */
  readonly creator: Ids;
  /** A file that has a name and is not whole, and that it is no longer there or is whole. */
  readonly onTemporary: (parentFd: number, name: Buffer) => void;
  readonly onPlaced: () => void;
  /** The owner could not be set. */
  readonly onOwnerRefused: (path: string, owner: Ids, errno: string) => void;
}

type Target = Omit<Place, 'existing'> & Partial<Pick<Place, 'existing'>>;

/** @throws {FileError} when what is there must not be replaced by something that is no directory */
export function checkReplaceable({ existing, parentFd, path }: Target): void {
  if (existing === undefined) return;
  if (existing.kind === 'directory')
    throw new FileError('replace', path, 'EISDIR', 'a directory is there, and not replaced by a file');
  if (mountId(existing.fd) !== mountId(parentFd))
    throw new FileError('replace', path, 'EBUSY', 'something is mounted there; replacing it would undo that');
}

/** A new file with what `write` writes. */
export async function placeFile(
  target: Target,
  looks: Looks,
  around: Surroundings,
  write: (fd: number) => Promise<number>,
): Promise<number> {
  checkReplaceable(target);
  const { parentFd, path } = target;
  const unnamed = unless(['EOPNOTSUPP', 'EISDIR', 'EINVAL', 'ENOENT'], () =>
    attempt('create', path, () =>
      creating(around.creator, () => openUnnamed(parentFd, constants.O_DIRECTORY)),
    ),
  );
  const name = temporaryName();
  const fd = unnamed ?? createNamed(target, name, around);
  let isNamed = unnamed === undefined;
  try {
    const bytes = await write(fd);
    dress(fd, path, looks, around);
    if (unnamed !== undefined) isNamed = give(fd, target, name, around);
    if (isNamed) attempt('rename', path, () => renameIn(parentFd, name, target.name));
    isNamed = false;
    around.onPlaced();
    return bytes;
  } finally {
    close(fd);
    if (isNamed) discard(parentFd, name, around);
  }
}

function createNamed({ parentFd, path }: Target, name: Buffer, around: Surroundings): number {
  around.onTemporary(parentFd, name);
  return attempt('create', path, () => creating(around.creator, () => createFile(parentFd, name)));
}

/** Names an unnamed file: as it should be called, or where that name is taken (true) as something that is renamed then. */
function give(fd: number, target: Target, name: Buffer, around: Surroundings): boolean {
  const { parentFd, path } = target;
  if (target.existing === undefined) {
    const isNamed = unless('EEXIST', () =>
      attempt('create', path, () => {
        nameFile(fd, parentFd, target.name);
        return true;
      }),
    );
    if (isNamed === true) {
      around.onPlaced();
      return false;
    }
  }
  around.onTemporary(parentFd, name);
  attempt('create', path, () => nameFile(fd, parentFd, name));
  return true;
}

/** A symbolic link that says the same. */
export function placeLink(target: Target, says: Buffer, looks: Looks, around: Surroundings): void {
  checkReplaceable(target);
  const { parentFd, path } = target;
  const name = temporaryName();
  around.onTemporary(parentFd, name);
  attempt('symlink', path, () => creating(around.creator, () => makeLink(parentFd, name, says)));
  try {
    const resolve = RESOLVE.BENEATH | RESOLVE.NO_MAGICLINKS;
    const fd = attempt('open', path, () => openAt2(parentFd, name, O_PATH | constants.O_NOFOLLOW, resolve));
    try {
      if (looks.owner !== undefined) own(fd, path, looks.owner, around);
    } finally {
      close(fd);
    }
    attempt('utimes', path, () => setTimesOf(parentFd, name, looks));
    attempt('rename', path, () => renameIn(parentFd, name, target.name));
  } catch (error) {
    discard(parentFd, name, around);
    throw error;
  }
  around.onPlaced();
}

/** A new directory, for us alone until it is `dress`ed; opened. */
export function placeDirectory({ parentFd, name, path }: Target, around: Surroundings): number {
  attempt('mkdir', path, () =>
    creating(around.creator, () => makeDirectory(parentFd, checkedName(name), 0o700)),
  );
  return openDirectory(parentFd, name, path);
}

/** Owner first: that takes set-user-id away. */
export function dress(fd: number, path: string, looks: Looks, around: Surroundings): void {
  const isOurs = looks.owner === undefined || own(fd, path, looks.owner, around);
  const mode = isOurs ? looks.mode : looks.mode & 0o1777;
  attempt('chmod', path, () => fchmodSync(fd, mode));
  attempt('utimes', path, () => setTimes(fd, looks));
}

function own(fd: number, path: string, owner: Ids, around: Surroundings): boolean {
  const { uid, gid } = fstatSync(fd);
  if (uid === owner.uid && gid === owner.gid) return true;
  const refused = (error: unknown) => error instanceof FileError && ['EPERM', 'EINVAL'].includes(error.errno);
  try {
    attempt('chown', path, () => changeOwner(fd, owner.uid, owner.gid));
    return true;
  } catch (error) {
    if (!refused(error) || !(error instanceof FileError)) throw error;
    around.onOwnerRefused(path, owner, error.errno);
    return false;
  }
}

/** A file system that was mounted in a user namespace takes files only from those whom the namespace knows. */
function creating<T>(creator: Ids, create: () => T): T {
  const made = unless('EOVERFLOW', () => ({ value: create() }));
  return made === undefined ? asFileOwner(creator.uid, creator.gid, create) : made.value;
}

function discard(parentFd: number, name: Buffer, around: Surroundings): void {
  unless('ENOENT', () => attempt('remove', name.toString(), () => remove(parentFd, name, 'file')));
  around.onPlaced();
}

/** Nobody could have made one of this name before. */
function temporaryName(): Buffer {
  return Buffer.from(`.porthole-${randomBytes(9).toString('base64url')}`);
}
