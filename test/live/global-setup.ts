// Before and after all live tests: can they run here, and did they leave anything behind?
import { leftovers, snapshot, sweepStale, waitFor } from '../lab/index.ts';
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
  const before = snapshot();
  return async () => {
    let left: string[] = [];
    const isClean = () => {
      left = leftovers(before);
      return left.length === 0;
    };
    const complaint = () => `live tests left things behind on this host:\n  ${left.join('\n  ')}`;
    try {
      // What ends may need a moment to be gone: pid 1 reaps when it likes.
      await waitFor(isClean, complaint, 5000);
    } finally {
      sweepStale();
    }
  };
}
