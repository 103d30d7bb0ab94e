/**
 * What lies behind /proc/PID/exe: owner and mode of the file, which mount it is on, and an extended attribute. Whether its file
 * system answers that is up to whoever serves it, so both are guarded. Nothing is opened for reading, and nothing changes.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { failedReading } from './failure.ts';
import { type FileStatus, parseStatus, STATX_BYTES } from './file-questions.ts';
import type { KernelFiles } from './kernel-files.ts';

export interface ExecutableFile extends FileStatus {
  readonly mountId: number;
}

export interface ExecutableAnswers {
  readonly file: Reading<ExecutableFile>;
  /** Absent when it has none of that name. */
  readonly attribute: Reading<Uint8Array>;
}

/** The kernel's own limit (XATTR_SIZE_MAX) is larger; the attributes read here are a few bytes. */
const MOST_BYTES = 4096;
/** Asm-generic value, the same on x86_64 and aarch64: a descriptor that only names the file. */
const O_PATH = 0o10000000;

/** @param path of the link, which leads to the file itself */
export function executableFile(files: KernelFiles, path: string, attribute: string): ExecutableAnswers {
  const gone: Reading<never> = { ok: false, why: 'gone', path, errno: 'ESRCH' };
  const [status = gone, value = gone] = files.manyGuarded([
    { path, wanted: 'status', capBytes: STATX_BYTES, starttimeTicks: 0 },
    { path, wanted: { attribute }, capBytes: MOST_BYTES, starttimeTicks: 0 },
  ]);
  const hasNone = !value.ok && value.errno === 'ENODATA';
  return {
    file: status.ok ? withMount(parseStatus(status.value), path) : status,
    attribute: hasNone ? { ...value, why: 'absent' } : value,
  };
}

/** Before Linux 5.8 the mount is in no status; a file system that has just given one lets itself be named. */
function withMount(status: FileStatus, path: string): Reading<ExecutableFile> {
  try {
    return { ok: true, value: { ...status, mountId: status.mountId ?? mountIdOf(path) } };
  } catch (error) {
    return failedReading(error, path);
  }
}

function mountIdOf(path: string): number {
  const fd = openSync(path, O_PATH);
  try {
    return Number(/^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]);
  } finally {
    closeSync(fd);
  }
}
