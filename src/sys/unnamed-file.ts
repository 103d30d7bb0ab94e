/** A file that has no name any more, to be run where nothing is run from memory. Only who has its descriptor finds it. */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast } from './sealed-memfd.ts';

/**
 * Opened for reading, close-on-exec, at least `lowestFd`; the caller closes it. Opened anew through its first descriptor and
 * not by its path: who owns `parent` could have put something else there meanwhile. Nobody has it open for writing when it is
 * returned, or it could not be run.
 * @throws Node's error when `parent` takes no file
 */
export function unnamedFile(parent: string, bytes: Uint8Array, lowestFd = 0): number {
  const directory = mkdtempSync(join(parent, 'porthole-'));
  try {
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const writer = openSync(join(directory, 'launch'), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o500);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(writer, bytes, written);
      return atLeast(lowestFd, openSync(`/proc/self/fd/${writer}`, constants.O_RDONLY));
    } finally {
      closeSync(writer);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
