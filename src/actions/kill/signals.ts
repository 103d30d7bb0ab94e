/** Signals to processes that are held by pidfd, and what the kernel will make of them. */
import { AccessDeniedError } from '../../kernel/errors.ts';
import { SIGNALS } from '../../kernel/tables/signals.ts';
import { errnoOf } from '../../sys/failure.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { closeDescriptor, pidfdOpen, pidfdSendSignal } from '../../sys/koffi.ts';
import type { Prey } from './prey.ts';

export const SIGKILL = SIGNALS.get('SIGKILL') ?? 9;
export const SIGSTOP = SIGNALS.get('SIGSTOP') ?? 19;
export const SIGTERM = SIGNALS.get('SIGTERM') ?? 15;

/** False when it has ended, or is none of them any more. @throws {AccessDeniedError} */
export function sendTo(prey: Prey, pid: number, signal: number): boolean {
  try {
    const fd = pidfdOpen(pid);
    try {
      if (!prey.has(pid)) return false;
      pidfdSendSignal(fd, signal);
      return true;
    } finally {
      closeDescriptor(fd);
    }
  } catch (error) {
    const errno = errnoOf(error);
    // EINVAL: it is a thread by now, of a pid that was used again.
    if (errno === 'ESRCH' || errno === 'EINVAL') return false;
    if (errno === 'EPERM') throw new AccessDeniedError(`process ${pid}`, 'CAP_KILL', errno, { cause: error });
    throw error;
  }
}

/**
 * The kernel drops a signal for the first process of a pid namespace that has no handler for it, from outside as well; SIGKILL
 * and SIGSTOP from outside it does not. @see pid_namespaces(7)
 */
export function isDropped(files: KernelFiles, initPid: number, signal: number): boolean {
  if (signal === SIGKILL || signal === SIGSTOP) return false;
  const status = files.small(files.proc(`${initPid}/status`));
  if (!status.ok) return false;
  const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status.value)?.[1] ?? '0'}`);
  return ((caught >> BigInt(signal - 1)) & 1n) === 0n;
}
