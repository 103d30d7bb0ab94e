/**
 * `/proc/PID/stat` again, from bytes and only the fields that a scan of the whole host needs: no string is made but the
 * name. Gives what `parsePidStat` gives, at a quarter of its time; tests hold the two against each other.
 * @see proc_pid_stat(5)
 */
import { KernelParseError } from '../errors.ts';
import { PF_EXITING, PF_KTHREAD, type PidStat } from './stat.ts';

export type ScannedStat = Pick<
  PidStat,
  | 'pid'
  | 'comm'
  | 'state'
  | 'ppid'
  | 'utimeTicks'
  | 'stimeTicks'
  | 'threads'
  | 'starttimeTicks'
  | 'rssPages'
  | 'isKernelThread'
  | 'isExiting'
>;

const OPEN = 0x28;
const CLOSE = 0x29;
const BLANK = 0x20;
const NEWLINE = 0x0a;
const MINUS = 0x2d;
const ZERO = 0x30;
/** Fields 4 (ppid) to 24 (rss), by their number in the manual page. */
const FIRST = 4;
const LAST = 24;
const fields = new Float64Array(LAST + 1);

/** @throws {KernelParseError} when there is no "(comm)", no state letter, or fewer fields than a scan needs */
export function parseStatBytes(bytes: Uint8Array, length: number): ScannedStat {
  const open = bytes.indexOf(OPEN);
  let close = length - 1;
  while (close > open && bytes[close] !== CLOSE) close -= 1;
  if (open < 2 || close <= open || close + 3 >= length) throw malformed(bytes, length);
  const state = bytes[close + 2] ?? 0;
  const letter = state | BLANK;
  if (letter < 0x61 || letter > 0x7a || !readFields(bytes, close + 4, length)) throw malformed(bytes, length);
  return {
    pid: numberBefore(bytes, open - 1),
    comm: latin1(bytes, open + 1, close),
    state: String.fromCharCode(state),
    ppid: fields[4] ?? 0,
    utimeTicks: fields[14] ?? 0,
    stimeTicks: fields[15] ?? 0,
    threads: fields[20] ?? 0,
    starttimeTicks: fields[22] ?? 0,
    rssPages: fields[24] ?? 0,
    isKernelThread: ((fields[9] ?? 0) & PF_KTHREAD) !== 0,
    isExiting: ((fields[9] ?? 0) & PF_EXITING) !== 0,
  };
}

/** Fills `fields`; false when one is no integer or the text ends too early. */
function readFields(bytes: Uint8Array, from: number, length: number): boolean {
  let field = FIRST;
  let value = 0;
  let digits = 0;
  let sign = 1;
  for (let at = from; at <= length; at++) {
    const byte = at < length ? (bytes[at] ?? 0) : NEWLINE;
    if (byte === BLANK || byte === NEWLINE) {
      if (digits === 0) return false;
      fields[field] = sign * value;
      if (field === LAST) return true;
      field += 1;
      value = 0;
      digits = 0;
      sign = 1;
    } else if (byte === MINUS && digits === 0) sign = -1;
    else {
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
      digits += 1;
    }
  }
  return false;
}

function numberBefore(bytes: Uint8Array, end: number): number {
  let value = 0;
  for (let at = 0; at < end; at++) value = value * 10 + (bytes[at] ?? 0) - ZERO;
  return value;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

function malformed(bytes: Uint8Array, length: number): KernelParseError {
  return new KernelParseError(
    '/proc/PID/stat',
    'expected "pid (comm) state" and 21 integers',
    latin1(bytes, 0, length),
  );
}
