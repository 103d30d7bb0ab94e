/** What V8 is told by who runs on and on: how much garbage its heaps may hold, and how seldom it is to optimize. */
import { setFlagsFromString } from 'node:v8';

/**
 * Screens and samples are made of what is thrown away with the next ones. V8 would let such garbage pile up: 32 MB of it
 * young (106 MB from Node 24 on), for each thread. And most of what runs here runs once a second: V8 would spend more on
 * optimizing it than that ever gives back (a third of the processor time of a dashboard's first minute, measured). What loops
 * for long is still optimized. A megabyte of young objects, most of them dead, is gone through sooner than other threads are
 * woken to help.
 *
 * V8's --optimize-for-size would keep the old garbage smaller as well, by 8 MB of 90, and is left out: it has the whole heap
 * gone through again and again where a thread is at rest most of the time, and forgets compiled functions on the way: another
 * fifth of the processor time of the first minute.
 *
 * To be said when all threads have started, because V8 takes what was compiled ahead (Node's own modules, src/sys/compiled.ts)
 * only while its flags are the usual ones: without, a thread costs twice as much to start. And to be said again and again,
 * because V8 forgets the first whenever a thread is started.
 */
export function settleDown(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString('--interrupt-budget=600000');
}
