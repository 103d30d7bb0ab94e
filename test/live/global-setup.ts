// Before and after all live tests: can they run here, and did they leave anything behind?
import { leftovers, runVariable, snapshot, sweepRun, sweepStale, waitFor } from '../lab/index.ts';
import { missingPackages } from '../lab/packages.mjs';

export default function setup(): () => Promise<void> {
  if (process.geteuid?.() !== 0) {
    throw new Error(
      'live tests need root: they start real containers (npm test -- --no-lab leaves them out)',
    );
  }
  const missing = missingPackages();
  if (missing.length > 0) {
    throw new Error(
      `live tests need ${missing.join(' ')}: run node test/lab/packages.mjs, or npm test -- --no-lab`,
    );
  }
  sweepStale();
  process.env[runVariable] = `${process.pid}-${Date.now()}`;
  const before = snapshot();
  return async () => {
    let left: string[] = [];
    const isClean = () => {
      left = leftovers(before);
      return left.length === 0;
    };
    // What ends may need a moment to be gone: pid 1 reaps when it likes.
    await waitFor(isClean, 'a clean host', 5000).catch(() => {
      // Vitest prints what a teardown throws, and then exits with 0 all the same.
      process.exitCode = 1;
      sweepRun();
      throw new Error(`live tests left things behind on this host:\n  ${left.join('\n  ')}`);
    });
  };
}
