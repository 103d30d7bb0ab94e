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
  EINVAL: 'unsupported',
  ENOSYS: 'unsupported',
  ENOTTY: 'unsupported',
};

/** Ours, not the file's: they must not look like an empty host. */
const EXHAUSTED: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** By the kernel's name, which native calls give as well: libuv calls EOPNOTSUPP by its other one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return error.code === 'ENOTSUP' ? 'EOPNOTSUPP' : error.code;
}

/**
 * Any other errno costs that field and no more: whose file it is may choose it (a socket in its place gives ENXIO, a lease
 * EAGAIN, a dead FUSE mount ENOTCONN).
 * @throws the error itself when descriptors or memory ran out, or when it is no errno
 */
export function failedReading(error: unknown, path: string): FailedReading {
  const errno = errnoOf(error);
  if (errno === undefined || !/^E[A-Z0-9]+$/.test(errno) || EXHAUSTED.has(errno)) throw error;
  return { ok: false, why: MEANING[errno] ?? 'unsupported', path, errno };
}

/** The same for calls that give an errno instead of throwing. @throws when descriptors or memory ran out */
export function readingOfErrno(errno: string, path: string): FailedReading {
  if (EXHAUSTED.has(errno)) throw Object.assign(new Error(`${path}: ${errno}`), { code: errno });
  return { ok: false, why: MEANING[errno] ?? 'unsupported', path, errno };
}
