/** Turns what Node throws for a failed syscall into a `Reading` that names path and errno. Everything else is rethrown. */
import type { FailedReading, WhyNot } from '../kernel/reading.ts';

/**
 * What each errno means when looking at procfs, cgroupfs or nsfs.
 * ESRCH: the process ended behind an open descriptor. ENODEV: the cgroup was removed behind one. EINVAL: a zombie's
 * mountinfo, or an ioctl that this type lacks. EOPNOTSUPP: threaded cgroup.procs, PSI switched off.
 */
const MEANING: Readonly<Record<string, WhyNot>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  ESRCH: 'gone',
  ENODEV: 'gone',
  EACCES: 'denied',
  EPERM: 'denied',
  EOPNOTSUPP: 'unsupported',
  ENOTSUP: 'unsupported',
  EINVAL: 'unsupported',
  ENOSYS: 'unsupported',
  ENOTTY: 'unsupported',
  EIO: 'unsupported',
  ELOOP: 'unsupported',
  ENAMETOOLONG: 'unsupported',
};

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code;
}

/** @throws the error itself when it is no errno of the table: running out of descriptors must not look like an empty host */
export function failedReading(error: unknown, path: string): FailedReading {
  const errno = errnoOf(error);
  const why = errno === undefined ? undefined : MEANING[errno];
  if (errno === undefined || why === undefined) throw error;
  return { ok: false, why, path, errno };
}
