/** How much garbage the heaps of this process may hold, for who runs on and on. */
import { setFlagsFromString } from 'node:v8';

/**
 * Screens and samples are made of what is thrown away with the next ones. V8 would let such garbage pile up: 32 MB of it
 * young (106 MB from Node 24 on) and half as much again as all that lives, for each thread. To be said again
 * and again, because V8 forgets the first of the two whenever a thread is started.
 */
export function keepHeapsSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--optimize-for-size');
}
