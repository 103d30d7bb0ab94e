/** What V8 is told by who runs on and on: how much garbage its heaps may hold, and how seldom it is to optimize. */
import { setFlagsFromString } from 'node:v8';
import { seldomOptimized } from '../sys/seldom-optimized.ts';

/** From which round on a heap may be gone through a little at a time. */
const MARKING_FROM = 30;

/**
 * Screens and samples are made of what is thrown away with the next ones. V8 would let such garbage pile up: 32 MB of it
 * young (106 MB from Node 24 on) and half as much again as all that lives, for each thread. And most of what runs here runs
 * once a second: V8 would spend more on optimizing it than that ever gives back (a third of the processor time of a
 * dashboard's first minute, measured). What loops for long is still optimized. A megabyte of young objects, most of them
 * dead, is gone through sooner than other threads are woken to help.
 *
 * While heaps are being filled they are gone through at once, not a little at a time: nobody waits for the few milliseconds, and
 * what runs meanwhile would tell V8 of every reference it writes, and keep what it makes. Later they may be: otherwise V8 thinks
 * of it only when something old is made, and what has become old in the young generation is not. Where containers come and go a
 * heap would be four times as large as what lives in it before it is gone through.
 *
 * Without --optimize-for-size old garbage would pile up by 8 to 14 MB in the first minute, for nothing saved. With it V8 would
 * go through a heap that is only being filled three times in the first sample: that comes once there was one.
 *
 * To be said when all threads have started, because V8 takes what was compiled ahead (Node's own modules, src/sys/compiled.ts)
 * only while its flags are the usual ones: without, a thread costs twice as much to start. And to be said again and again,
 * because V8 forgets the first whenever a thread is started.
 * @param round samples since the first
 */
export function settleDown(round: number): void {
  // In one piece: V8 goes through all its flags each time.
  setFlagsFromString(settlingFlags(process.versions.v8, round).join(' '));
}

/** For who is about to take a first sample. */
export function almostSettleDown(): void {
  setFlagsFromString(flagsFromStart(process.versions.v8).join(' '));
}

/** @param v8 as `process.versions.v8` has it: another one would complain across the screen of what it does not know */
export function settlingFlags(v8: string, round: number): readonly string[] {
  const marks = round >= MARKING_FROM ? ['--incremental-marking'] : [];
  return [...flagsFromStart(v8), '--optimize-for-size', ...marks];
}

function flagsFromStart(v8: string): string[] {
  return [
    '--semi-space-growth-factor=1',
    '--no-parallel-scavenge',
    '--no-incremental-marking',
    ...seldomOptimized(v8),
  ];
}
