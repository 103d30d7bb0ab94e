/** What the records of the native scan say of a process, and facts made of it. Where the hot path of a scan makes things. */
import { KernelParseError } from '../src/kernel/errors.ts';
import { parseStatBytes, type ScannedStat } from '../src/kernel/proc/stat-bytes.ts';
import type { FailedReading } from '../src/kernel/reading.ts';
import { errnoName } from '../src/kernel/tables/errno.ts';
import { NAMESPACE_TYPES } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import { readingOfErrno } from '../src/sys/failure.ts';
import { UNPARSED } from './parsed.ts';

/** As `parsed`, but without a path and a function made for every process. */
export function statIn(bytes: Uint8Array, length: number, path: () => string): ScannedStat | FailedReading {
  try {
    return parseStatBytes(bytes, length);
  } catch (error) {
    if (error instanceof KernelParseError) return { ...UNPARSED, path: path() };
    throw error;
  }
}

/** All of one shape, made in one go: there are as many as the host has processes. */
export function factsOf(
  stat: ScannedStat,
  cgroup: ProcessFacts['cgroup'],
  namespaces: ProcessFacts['namespaces'],
  root: ProcessFacts['root'],
): ProcessFacts {
  return {
    pid: stat.pid,
    ppid: stat.ppid,
    starttimeTicks: stat.starttimeTicks,
    comm: stat.comm,
    state: stat.state,
    isKernelThread: stat.isKernelThread,
    isExiting: stat.isExiting,
    threads: stat.threads,
    utimeTicks: stat.utimeTicks,
    stimeTicks: stat.stimeTicks,
    rssPages: stat.rssPages,
    cgroup,
    namespaces,
    root,
    nsPid: undefined,
  };
}

/** Results of all eight links, none of them an errno or not asked for. */
export function hasAllNamespaces(words: Int32Array, from: number): boolean {
  for (let index = 0; index < NAMESPACE_TYPES.length; index++) if (words[from + index] !== 0) return false;
  return true;
}

/** In the order of NAMESPACE_TYPES, made in one go: the usual case, and the hottest. */
export function allNamespaces(inodes: Float64Array, from: number): NamespaceInodes {
  return {
    mnt: inodes[from] ?? 0,
    pid: inodes[from + 1] ?? 0,
    net: inodes[from + 2] ?? 0,
    user: inodes[from + 3] ?? 0,
    uts: inodes[from + 4] ?? 0,
    ipc: inodes[from + 5] ?? 0,
    cgroup: inodes[from + 6] ?? 0,
    time: inodes[from + 7] ?? 0,
  };
}

export const refusal = (negative: number, path: string) => readingOfErrno(errnoName(-negative), path);
