import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { settlingFlags } from '../../../src/live/small-heaps.ts';

describe('settlingFlags', () => {
  test('this V8 knows every one of them', () => {
    const own = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    const known = new Set([...own.matchAll(/^ +--([a-z0-9-]+)/gm)].map(([, name]) => name));
    const unknown = settlingFlags(process.versions.v8, 30).filter(
      (flag) => !known.has(flag.replace(/^--(?:no-)?/, '').replace(/=.*/, '')),
    );
    expect(known).toContain('lazy');
    expect(unknown).toEqual([]);
  });

  test.each([
    ['Node 20', '11.3.244.8-node.33', true],
    ['Node 22', '12.4.254.21-node.33', false],
    ['Node 24', '13.6.233.17-node.28', false],
  ])('%s: what it is to optimize is told in its own words', (_, v8, isByBudget) => {
    const flags = settlingFlags(v8, 0);
    expect(flags.some((flag) => flag.startsWith('--interrupt-budget='))).toBe(isByBudget);
    expect(flags.some((flag) => flag.startsWith('--invocation-count-for-turbofan='))).toBe(!isByBudget);
  });

  test.each([
    ['the first', 0, false],
    ['soon after', 29, false],
    ['half a minute later', 30, true],
    ['from then on', 90, true],
  ])('in round %s: may a heap be marked a little at a time', (_, round, may) => {
    const told = settlingFlags('11.3.244.8-node.33', round).filter((flag) =>
      /incremental-marking$/.test(flag),
    );
    // Of two the last one counts.
    expect(told.at(-1)).toBe(may ? '--incremental-marking' : '--no-incremental-marking');
  });
});
