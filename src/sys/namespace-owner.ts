/**
 * Which user namespace owns a namespace, and who owns a user namespace: ioctls on the file behind a /proc/PID/ns link.
 * @see ioctl_ns(2); EPERM: the answer lies outside the caller's own user namespace, or there is none above the initial one
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { failedReading, readingOfErrno } from './failure.ts';
import { closeDescriptor, lastErrno, libcFunction } from './koffi.ts';

const NS_GET_USERNS = 0xb701;
const NS_GET_PARENT = 0xb702;
const NS_GET_OWNER_UID = 0xb704;

/** Inode of the user namespace that owns the namespace behind the link. */
export function owningUserNamespace(link: string): Reading<number> {
  return relative(link, NS_GET_USERNS);
}

/** Inode of the user namespace above this one. */
export function parentUserNamespace(link: string): Reading<number> {
  return relative(link, NS_GET_PARENT);
}

/** Uid of its creator, as the caller's user namespace counts it. */
export function ownerUid(link: string): Reading<number> {
  const uid = new Uint32Array(1);
  const result = onNamespace(link, (fd) => ioctl(fd, NS_GET_OWNER_UID, uid));
  return result.ok ? { ok: true, value: uid[0] ?? 0 } : result;
}

function relative(link: string, request: number): Reading<number> {
  const found = onNamespace(link, (fd) => ioctl(fd, request, new Uint32Array(1)));
  if (!found.ok) return found;
  try {
    return { ok: true, value: fstatSync(found.value).ino };
  } finally {
    closeDescriptor(found.value);
  }
}

function ioctl(fd: number, request: number, argument: Uint32Array): number {
  return libcFunction('int ioctl(int fd, ulong request, void *argument)')(fd, request, argument);
}

/** What the call gave; -1 becomes a failed reading. */
function onNamespace(link: string, call: (fd: number) => number): Reading<number> {
  try {
    const fd = openSync(link, 'r');
    try {
      const result = call(fd);
      return result >= 0 ? { ok: true, value: result } : readingOfErrno(lastErrno(), link);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return failedReading(error, link);
  }
}
