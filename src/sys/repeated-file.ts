/** One file that a sampler reads again and again. */
import type { Reading } from '../kernel/reading.ts';
import type { Changes } from './kernel-files.ts';
import type { Said } from './repeat-table.ts';

export interface RepeatedFile {
  readonly path: string;
  /** Kept open between rounds, if there is a descriptor to spare. */
  readonly isKept: boolean;
  changes: Changes;
  /** By which word that was said, when it was said anew. */
  manner: string | undefined;
  /** Whoever writes to it, and the kernel, are heard of. */
  isTold: boolean;
  /** Where the same is counted together with more, the nearest first, and which of them is read. */
  above: readonly string[] | undefined;
  total: RepeatedFile | undefined;
  /** Of pressure: only its sums count. */
  isStalls: boolean;
  fd: number;
  /** The round in which it was asked for last, and how many watches stand for that in all of them. */
  asked: number;
  watches: number;
  set: number;
  /** Its place in what was read ahead in this round; -1 when it was not. */
  row: number;
  /** What it said in round `round`. */
  reading: Reading<string> | undefined;
  round: number;
  readAtUsec: number;
  said: Said | undefined;
}

export function repeatedFile(path: string, isKept: boolean, changes: Changes): RepeatedFile {
  return {
    path,
    isKept,
    changes,
    manner: undefined,
    isTold: false,
    above: changes.above?.paths,
    total: undefined,
    isStalls: false,
    fd: -1,
    asked: 0,
    watches: 0,
    set: 0,
    row: -1,
    round: 0,
    reading: undefined,
    readAtUsec: 0,
    said: undefined,
  };
}

export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
