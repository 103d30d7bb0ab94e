/** Extended attributes of files, which Node has no call for. Reading one changes nothing, not even atime. */
import type { Reading } from '../kernel/reading.ts';
import { readingOfErrno } from './failure.ts';
import { lastErrno, libcFunction } from './koffi.ts';

/** The kernel's own limit (XATTR_SIZE_MAX) is larger; the attributes read here are a few bytes. */
const MOST_BYTES = 4096;

/** Absent when the file has no such attribute. Follows symlinks, so that `/proc/PID/exe` leads to the file itself. */
export function extendedAttribute(path: string, name: string): Reading<Uint8Array> {
  const getxattr = libcFunction('long getxattr(const void *path, const void *name, void *value, ulong size)');
  const value = new Uint8Array(MOST_BYTES);
  const length = Number(getxattr(zeroEnded(path), zeroEnded(name), value, value.length));
  if (length >= 0) return { ok: true, value: value.slice(0, length) };
  const errno = lastErrno();
  if (errno === 'ENODATA') return { ok: false, why: 'absent', path, errno };
  return readingOfErrno(errno, path);
}

function zeroEnded(text: string): Uint8Array {
  return Buffer.from(`${text}\0`);
}
