/** The root directory of a process, held by a descriptor that only names it: what it is stays, also when the process changes it. */
import { constants, openSync } from 'node:fs';
import { AccessDeniedError, ProcessGoneError } from '../kernel/errors.ts';
import { errnoOf } from './failure.ts';
import { closeDescriptor } from './koffi.ts';
import { O_CLOEXEC, O_PATH } from './openat2.ts';
import type { HeldProcess } from './pidfd.ts';

/**
 * Whoever has it closes it.
 * @throws {ProcessGoneError} it has ended meanwhile: the pid could be another's
 * @throws {AccessDeniedError}
 */
export function openRootOf(held: HeldProcess): number {
  const path = `/proc/${held.pid}/root`;
  const fd = openOrExplain(path, held.pid);
  if (held.isAlive()) return fd;
  closeDescriptor(fd);
  throw new ProcessGoneError(held.pid);
}

function openOrExplain(path: string, pid: number): number {
  try {
    return openSync(path, O_PATH | O_CLOEXEC | constants.O_DIRECTORY);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EACCES' || errno === 'EPERM')
      throw new AccessDeniedError(path, 'CAP_SYS_PTRACE', errno, { cause: error });
    if (errno === 'ENOENT' || errno === 'ESRCH')
      throw new ProcessGoneError(pid, 'has ended', { cause: error });
    throw error;
  }
}
