/** `porthole attach` on a kernel with cgroup v2 alone: commands are born in the target's cgroup, wherever that is. */
import { expect, it } from 'vitest';
import { describeScript } from './script-run.ts';
import { runInUml, umlMissing } from './uml.ts';

describeScript(
  {
    title: 'attach in user-mode Linux',
    missing: umlMissing(),
    run: runInUml,
    script: 'attach.sh',
    deadlineMs: 200_000,
    more: {},
  },
  (results) => {
    it.each([
      ['in a cgroup of its own', 'plain', '0::/lab/plain'],
      ['with a cgroup namespace, delegated: seen as the top from inside', 'own', '0::/'],
      ['in a leaf below a cgroup that may hold no process', 'leaf', '0::/lab/split/leaf'],
      ['in a threaded cgroup', 'threads', '0::/lab/threads/inner'],
    ])('%s', (_, name, line) => {
      expect(results().output(`attach/${name}`).split('\n')[0]).toBe(line);
    });

    it('a limit of processes that leaves room for one is enough: nobody but the command is counted', () => {
      // The shell is one; what it starts is one too many.
      expect(results().file('attach/full.err')).toMatch(/fork/);
      expect(results().file('attach/full.err')).not.toMatch(/clone3/);
    });

    it('a frozen container is refused', () => {
      expect(results().file('attach/frozen.status')).toBe('125\n');
      expect(results().file('attach/frozen.err')).toContain('is frozen');
    });
  },
);
