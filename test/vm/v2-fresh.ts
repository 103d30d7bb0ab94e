/** `porthole ps --watch` on a kernel with cgroup v2 alone (v2-fresh.sh), whatever machine it runs in. */
import { expect, it } from 'vitest';
import { describeScript } from './script-run.ts';
import type { V2Machine } from './v2-kernel.ts';

const COUNT = 9;

export function describeFresh({ name, missing, run }: Omit<V2Machine, 'isFull'>): void {
  const title = `what is concluded instead of read in ${name}`;
  const more = { diskBytes: 2 ** 22 };
  describeScript({ title, missing, run, script: 'v2-fresh.sh', deadlineMs: 200_000, more }, (results) => {
    const lab = (document: string) =>
      results()
        .containers(`fresh/${document}`)
        .filter((each) => each.cgroup.paths['']?.startsWith('/lab/'));

    it.each(['frozen', 'thawed', 'above', 'below', 'limits', 'usage', 'again'])(
      'soon says: %s',
      (document) => {
        expect(lab(document).length).toBeGreaterThanOrEqual(COUNT - 1);
      },
    );

    it('who is frozen, and nobody else', () => {
      const frozen = (document: string) => lab(document).filter(({ state }) => state === 'frozen');
      expect(frozen('frozen').map(({ cgroup }) => cgroup.paths[''])).toEqual(['/lab/3']);
      expect(frozen('above')).toHaveLength(COUNT);
      expect(new Set(frozen('above').map(({ frozenBy }) => frozenBy))).toEqual(new Set(['/lab']));
      expect(frozen('below')).toEqual([]);
    });

    it('processor time as the kernel has it, of all that stand still', () => {
      const used = new Map(
        results()
          .file('fresh/all.used')
          .trim()
          .split('\n')
          .map((line) => line.split(' '))
          .map(([at, usec]) => [`/lab/${at}`, Number(usec)]),
      );
      const told = lab('all').map(({ cgroup, cpu }) => [cgroup.paths[''], cpu['usageUsec']]);
      expect(Object.fromEntries(told)).toEqual(Object.fromEntries(used));
    });

    it('without a word of complaint', () => {
      expect(results().file('fresh/watch.err')).toBe('');
    });
  });
}
