/**
 * `/proc/PID/status`: "Key:\tvalue" lines, memory in kB, masks in hexadecimal. A zombie still answers it, a frozen process
 * still says S, and `State` of the leader is not that of its threads.
 * @see proc_pid_status(5)
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from './lines.ts';

export interface Ids {
  real: number;
  effective: number;
  saved: number;
  /** The file system id, which follows `effective` unless setfsuid(2) was used. */
  fs: number;
}

/** Bit n is capability n; kernels newer than our table set bits we have no name for. */
export interface CapabilityMasks {
  inheritable: bigint;
  permitted: bigint;
  effective: bigint;
  bounding: bigint;
  /** 0 before Linux 4.3, which had no ambient set. */
  ambient: bigint;
}

export interface PidStatus {
  name: string;
  /** Octal text; since Linux 4.7, and not for zombies. */
  umask?: string;
  /** One letter, as in stat. */
  state: string;
  tgid: number;
  pid: number;
  ppid: number;
  tracerPid: number;
  uid: Ids;
  gid: Ids;
  groups: number[];
  /** Outermost namespace this /proc can see first, the process's own last. */
  nsTgid: number[];
  nsPid: number[];
  threads: number;
  capabilities: CapabilityMasks;
  /** Since Linux 4.10. */
  noNewPrivs?: boolean;
  seccomp?: 'disabled' | 'strict' | 'filter';
  /** Since Linux 5.9. */
  seccompFilters?: number;
  /** Kernel threads and zombies have no memory lines. */
  vmRssBytes?: number;
  rssAnonBytes?: number;
  rssFileBytes?: number;
  rssShmemBytes?: number;
  vmSwapBytes?: number;
  cpusAllowedList?: string;
  memsAllowedList?: string;
}

const FILE = '/proc/PID/status';

const MEMORY = [
  ['vmRssBytes', 'VmRSS'],
  ['rssAnonBytes', 'RssAnon'],
  ['rssFileBytes', 'RssFile'],
  ['rssShmemBytes', 'RssShmem'],
  ['vmSwapBytes', 'VmSwap'],
] as const;

const TEXTS = [
  ['umask', 'Umask'],
  ['cpusAllowedList', 'Cpus_allowed_list'],
  ['memsAllowedList', 'Mems_allowed_list'],
] as const;

/** @throws {KernelParseError} when a line every kernel since 3.10 writes is missing, or a known line is malformed */
export function parsePidStatus(text: string): PidStatus {
  const lines = keyedLines(text);
  const pid = integer(lines, 'Pid');
  const tgid = integer(lines, 'Tgid');
  const status: PidStatus = {
    name: unescapeName(required(lines, 'Name')),
    state: required(lines, 'State').slice(0, 1),
    tgid,
    pid,
    ppid: integer(lines, 'PPid'),
    tracerPid: integer(lines, 'TracerPid'),
    uid: ids(lines, 'Uid'),
    gid: ids(lines, 'Gid'),
    groups: integers(lines.get('Groups') ?? ''),
    nsTgid: lines.has('NStgid') ? integers(required(lines, 'NStgid')) : [tgid],
    nsPid: lines.has('NSpid') ? integers(required(lines, 'NSpid')) : [pid],
    threads: integer(lines, 'Threads'),
    capabilities: {
      inheritable: mask(lines, 'CapInh'),
      permitted: mask(lines, 'CapPrm'),
      effective: mask(lines, 'CapEff'),
      bounding: mask(lines, 'CapBnd'),
      ambient: lines.has('CapAmb') ? mask(lines, 'CapAmb') : 0n,
    },
  };
  for (const [field, key] of MEMORY) if (lines.has(key)) status[field] = kibibytes(lines, key);
  for (const [field, key] of TEXTS) if (lines.has(key)) status[field] = required(lines, key);
  if (lines.has('NoNewPrivs')) status.noNewPrivs = integer(lines, 'NoNewPrivs') !== 0;
  if (lines.has('Seccomp_filters')) status.seccompFilters = integer(lines, 'Seccomp_filters');
  const seccomp = lines.has('Seccomp') ? seccompMode(integer(lines, 'Seccomp')) : undefined;
  if (seccomp !== undefined) status.seccomp = seccomp;
  return status;
}

/**
 * Only the NSpid line of `/proc/PID/status`: the pid in each namespace, innermost last. [pid] before Linux 4.1.
 * Hot path. A name cannot fake the line: the kernel escapes newlines in it.
 * @throws {KernelParseError} when there is neither an NSpid nor a Pid line of numbers
 */
export function parseNsPid(text: string): number[] {
  let start = text.indexOf('\nNSpid:\t');
  let keyLength = 8;
  if (start < 0) {
    start = text.indexOf('\nPid:\t');
    keyLength = 6;
  }
  if (start < 0) throw new KernelParseError(FILE, 'no NSpid and no Pid line');
  const end = text.indexOf('\n', start + keyLength);
  const pids = text
    .slice(start + keyLength, end < 0 ? undefined : end)
    .split('\t')
    .map((pid) => parseInteger(pid, FILE));
  return pids;
}

/** Lines without a colon are none of ours; everything a newer kernel adds stays unused in the map. */
function keyedLines(text: string): Map<string, string> {
  const lines = new Map<string, string>();
  for (const line of splitLines(text)) {
    const colon = line.indexOf(':');
    // Exactly one tab follows the colon; further blanks can belong to the name.
    if (colon > 0) lines.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return lines;
}

function required(lines: Map<string, string>, key: string): string {
  const value = lines.get(key);
  if (value === undefined) throw new KernelParseError(FILE, `no ${key} line`);
  return value;
}

function integer(lines: Map<string, string>, key: string): number {
  return parseInteger(required(lines, key), FILE);
}

function integers(text: string): number[] {
  return splitBlanks(text).map((number) => parseInteger(number, FILE));
}

function ids(lines: Map<string, string>, key: string): Ids {
  const [real, effective, saved, fs, ...more] = integers(required(lines, key));
  if (
    real === undefined ||
    effective === undefined ||
    saved === undefined ||
    fs === undefined ||
    more.length > 0
  ) {
    throw new KernelParseError(FILE, `expected four ids in ${key}`, lines.get(key));
  }
  return { real, effective, saved, fs };
}

const HEXADECIMAL = /^[0-9a-f]{1,16}$/;

function mask(lines: Map<string, string>, key: string): bigint {
  const digits = required(lines, key);
  if (!HEXADECIMAL.test(digits)) throw new KernelParseError(FILE, `expected hex digits in ${key}`, digits);
  return BigInt(`0x${digits}`);
}

const KIBIBYTES = /^ *(\d+) kB$/;

function kibibytes(lines: Map<string, string>, key: string): number {
  const digits = KIBIBYTES.exec(required(lines, key))?.[1];
  if (digits === undefined) throw new KernelParseError(FILE, `expected "N kB" in ${key}`, lines.get(key));
  return parseInteger(digits, FILE) * 1024;
}

function seccompMode(mode: number): PidStatus['seccomp'] {
  if (mode === 0) return 'disabled';
  if (mode === 1) return 'strict';
  if (mode === 2) return 'filter';
  // SECCOMP_MODE_DEAD: a thread that seccomp has just killed, whose former mode the kernel has overwritten.
  if (mode === 3) return undefined;
  throw new KernelParseError(FILE, 'unknown Seccomp mode', String(mode));
}

/** The kernel writes a newline as `\n` and a backslash as `\\` in Name, and nothing else (seq_escape_str in array.c). */
function unescapeName(name: string): string {
  return name.replace(/\\([n\\])/g, (_, escaped) => (escaped === 'n' ? '\n' : '\\'));
}
