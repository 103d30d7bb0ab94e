/**
 * Holding on to one process: a pidfd opened and then checked against pid + starttime, so that a reused pid is never
 * taken for the process that was chosen. The descriptor is the identity from then on.
 */
import { AccessDeniedError, ProcessGoneError, UnsupportedError } from '../kernel/errors.ts';
import { parsePidStat } from '../kernel/proc/stat.ts';
import type { FailedReading } from '../kernel/reading.ts';
import { errnoOf } from './failure.ts';
import type { KernelFiles } from './kernel-files.ts';
import { closeDescriptor, pidfdOpen, pidfdSendSignal } from './koffi.ts';

export class HeldProcess {
  #fd: number | undefined;

  private constructor(
    readonly pid: number,
    readonly starttimeTicks: number,
    fd: number,
  ) {
    this.#fd = fd;
  }

  /**
   * @throws {ProcessGoneError} it has ended, or its pid belongs to another process by now
   * @throws {AccessDeniedError} it may not be looked at
   * @throws {UnsupportedError} the kernel has no pidfd (before 5.3), or /proc is not ours
   */
  static open(files: KernelFiles, pid: number, starttimeTicks: number): HeldProcess {
    if (!files.ownProc) {
      throw new UnsupportedError('holding a process', `this host's own /proc, not ${files.procRoot}`);
    }
    const fd = openOrExplain(pid);
    try {
      const stat = files.small(files.proc(`${pid}/stat`));
      if (!stat.ok) throw notLookedAt(pid, stat);
      if (parsePidStat(stat.value).starttimeTicks === starttimeTicks)
        return new HeldProcess(pid, starttimeTicks, fd);
      throw new ProcessGoneError(pid, 'is another process now');
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
  }

  get fd(): number {
    if (this.#fd === undefined) throw new ProcessGoneError(this.pid, 'is no longer held');
    return this.#fd;
  }

  /** @throws {ProcessGoneError} @throws {AccessDeniedError} */
  signal(signal: number): void {
    try {
      pidfdSendSignal(this.fd, signal);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === 'ESRCH') throw new ProcessGoneError(this.pid, 'has ended', { cause: error });
      if (errno === 'EPERM') {
        throw new AccessDeniedError(`process ${this.pid}`, 'CAP_KILL', errno, { cause: error });
      }
      throw error;
    }
  }

  isAlive(): boolean {
    try {
      this.signal(0);
      return true;
    } catch (error) {
      if (error instanceof ProcessGoneError) return false;
      if (error instanceof AccessDeniedError) return true;
      throw error;
    }
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeDescriptor(this.#fd);
    this.#fd = undefined;
  }
}

/** That a process has ended is said only when the kernel says so. */
function notLookedAt(pid: number, { why, path, errno }: FailedReading): Error {
  if (why === 'denied') return new AccessDeniedError(path, 'CAP_SYS_PTRACE', errno);
  if (why === 'unsupported') return new UnsupportedError(path, `a kernel that answers it (${errno})`);
  return new ProcessGoneError(pid);
}

function openOrExplain(pid: number): number {
  try {
    return pidfdOpen(pid);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ESRCH' || errno === 'EINVAL') {
      throw new ProcessGoneError(pid, 'has ended', { cause: error });
    }
    if (errno === 'ENOSYS') throw new UnsupportedError('pidfd_open', 'Linux 5.3', { cause: error });
    throw error;
  }
}
