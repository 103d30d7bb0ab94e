/**
 * `/proc/PID/io`: "key: N" lines in bytes (and calls, which we leave). rchar and wchar pass through read(2) and write(2);
 * readBytes and writeBytes reach storage. Needs ptrace read access to the target.
 * @see proc_pid_io(5)
 */
import { type Count, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from './lines.ts';

export interface PidIo {
  rchar: Count;
  wchar: Count;
  readBytes: Count;
  writeBytes: Count;
  /** Dirty pages dropped before they were written: subtract from writeBytes. Can be charged to another process. */
  cancelledWriteBytes: Count;
}

const FILE = '/proc/PID/io';

/** Unknown keys are skipped. @throws {KernelParseError} when one of the five is missing or not a number */
export function parsePidIo(text: string): PidIo {
  const values = new Map<string, string>();
  for (const line of splitLines(text)) {
    const colon = line.indexOf(': ');
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 2));
  }
  const count = (key: string): Count => {
    const value = values.get(key);
    if (value === undefined) throw new KernelParseError(FILE, `no ${key} line`);
    return parseCount(value, FILE);
  };
  return {
    rchar: count('rchar'),
    wchar: count('wchar'),
    readBytes: count('read_bytes'),
    writeBytes: count('write_bytes'),
    cancelledWriteBytes: count('cancelled_write_bytes'),
  };
}
