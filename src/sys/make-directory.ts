import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * With those above, for their owner alone. Node's own way never ends where the kernel answers ENOENT to making one in a directory
 * that is there, as /proc does.
 * @throws Node's error
 */
export function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else made it at the same moment.
    if (statSync(path, { throwIfNoEntry: false }) === undefined) throw error;
  }
}
