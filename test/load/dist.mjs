// A copy of the built program for a long run, so that somebody who builds meanwhile does not pull it from under the run.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from '../../src/build/bundle.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const TRIES = 3;

/** Builds when something changed; returns the path of the copied start file. The copy goes when this process ends. */
export async function copyOfDist() {
  // Below the repository, where the program finds its packages.
  const copy = join(root, '.cache', `dist-${process.pid}`);
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
  for (let tried = 1; ; tried += 1) {
    const built = await buildOnce();
    try {
      rmSync(copy, { recursive: true, force: true });
      mkdirSync(dirname(copy), { recursive: true });
      cpSync(dirname(built), copy, { recursive: true });
      return join(copy, basename(built));
    } catch (error) {
      // A file that vanished while it was copied: somebody else builds at this moment.
      if (error.code !== 'ENOENT' || tried === TRIES) throw error;
    }
  }
}
