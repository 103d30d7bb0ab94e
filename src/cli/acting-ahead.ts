/** What a command that acts does before V8 takes in the rest of it (src/build/ahead.mjs): it begins to look for its container. */
import { FINDER_LINKS } from '../live/finder-links.ts';
import { beginScan } from '../sys/scan-ahead.ts';

export function beginLooking(): void {
  try {
    beginScan('/proc', FINDER_LINKS);
  } catch {
    // Whoever looks tries the same again, and says what stands in the way.
  }
}
