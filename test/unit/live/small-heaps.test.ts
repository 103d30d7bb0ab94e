import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { settlingFlags } from '../../../src/live/small-heaps.ts';

describe('settlingFlags', () => {
  test('this V8 knows every one of them', () => {
    const own = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    const known = new Set([...own.matchAll(/^ +--([a-z0-9-]+)/gm)].map(([, name]) => name));
    const unknown = settlingFlags(process.versions.v8).filter(
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
    const flags = settlingFlags(v8);
    expect(flags.some((flag) => flag.startsWith('--interrupt-budget='))).toBe(isByBudget);
    expect(flags.some((flag) => flag.startsWith('--invocation-count-for-turbofan='))).toBe(!isByBudget);
  });
});
