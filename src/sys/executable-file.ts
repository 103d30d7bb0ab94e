/** What lies behind /proc/PID/exe: owner and mode of the file, and which mount it is on. Nothing is opened for reading. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Reading } from '../kernel/reading.ts';
import { failedReading } from './failure.ts';

export interface ExecutableFile {
  /** In the reader's user namespace. */
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** As in the first field of mountinfo. */
  readonly mountId: number;
}

/** Asm-generic value, the same on x86_64 and aarch64: a descriptor that only names the file. */
const O_PATH = 0o10000000;

export function executableFile(path: string): Reading<ExecutableFile> {
  try {
    const fd = openSync(path, O_PATH);
    try {
      const { uid, gid, mode } = fstatSync(fd);
      const mountId = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
      if (mountId === undefined) return { ok: false, why: 'unsupported', path, errno: 'EPARSE' };
      return { ok: true, value: { uid, gid, mode, mountId: Number(mountId) } };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return failedReading(error, path);
  }
}
