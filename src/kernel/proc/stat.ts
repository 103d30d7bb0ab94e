/**
 * `/proc/PID/stat`: one record on usually one line, "pid (comm) state ppid pgrp …", fields between single blanks.
 * Times in clock ticks since boot, vsize and rsslim in bytes, rss in pages. Text is latin1: one char per byte.
 * Hot path: every process, every look at the process list.
 * @see proc_pid_stat(5)
 */
import { type Count, parseCount, parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';

export interface PidStat {
  pid: number;
  /** Up to 15 bytes (longer for kernel workers), one char per byte; can be empty and hold anything, newlines too. */
  comm: string;
  /** One letter: R S D Z T t X I, and P K W x on old kernels. */
  state: string;
  ppid: number;
  pgrp: number;
  session: number;
  ttyNr: number;
  flags: number;
  utimeTicks: number;
  stimeTicks: number;
  priority: number;
  nice: number;
  threads: number;
  starttimeTicks: number;
  vsizeBytes: Count;
  rssPages: number;
  /** RLIM_INFINITY is shown as 2^64-1, so mostly a bigint. */
  rsslimBytes: Count;
  isKernelThread: boolean;
  /** On its way out, or a zombie: cgroup v1 shows it at the root, and its namespaces go before its pid does. */
  isExiting: boolean;
}

/** include/linux/sched.h: "I am a kernel thread". Bit 21 of `flags`. */
export const PF_KTHREAD = 0x0020_0000;
/** "Getting shut down". Bit 2 of `flags`; proc_cgroup_show() asks for it. */
export const PF_EXITING = 0x0000_0004;

const FILE = '/proc/PID/stat';
/** Fields 3 (state) to 25 (rsslim); what follows is of no use here or hidden without ptrace access. */
const FIELDS_READ = 23;
/** A letter. */
function isState(text: string): boolean {
  const letter = text.charCodeAt(0) | 0x20;
  return text.length === 1 && letter >= 0x61 && letter <= 0x7a;
}

/** @throws {KernelParseError} when there is no "(comm)", or fields 3 to 25 are not a letter and 22 integers */
export function parsePidStat(text: string): PidStat {
  const open = text.indexOf('(');
  // The name can hold ")" and every field after it cannot: only the last one ends it.
  const close = text.lastIndexOf(')');
  if (open < 2 || close < open) throw new KernelParseError(FILE, 'no "(comm)"', text);
  const fields = text.slice(close + 2).split(' ', FIELDS_READ);
  const [state, ppid, pgrp, session, ttyNr, , flags, , , , , utime, stime, , , priority, nice, threads, ,] =
    fields;
  const [starttime, vsize, rss, rsslim] = fields.slice(19);
  if (rsslim === undefined || state === undefined || !isState(state)) {
    throw new KernelParseError(FILE, 'expected a state letter and 22 integers after "(comm)"', text);
  }
  const flagBits = integer(flags);
  return {
    pid: integer(text.slice(0, open - 1)),
    comm: text.slice(open + 1, close),
    state,
    ppid: integer(ppid),
    pgrp: integer(pgrp),
    session: integer(session),
    ttyNr: integer(ttyNr),
    flags: flagBits,
    utimeTicks: integer(utime),
    stimeTicks: integer(stime),
    priority: integer(priority),
    nice: integer(nice),
    threads: integer(threads),
    starttimeTicks: integer(starttime),
    vsizeBytes: parseCount(vsize ?? '', FILE),
    rssPages: integer(rss),
    rsslimBytes: parseCount(rsslim, FILE),
    isKernelThread: (flagBits & PF_KTHREAD) !== 0,
    isExiting: (flagBits & PF_EXITING) !== 0,
  };
}

function integer(text: string | undefined): number {
  return parseInteger(text ?? '', FILE);
}
