/** `porthole freeze`, `thaw` and `kill` on a kernel with cgroup v2 alone (v2-freeze.sh), whatever machine it runs in. */
import { describe, expect, it } from 'vitest';
import { schemaErrors } from '../schema.ts';
import type { Results } from './results.ts';
import { describeScript } from './script-run.ts';
import type { V2Machine } from './v2-kernel.ts';

/** From the killing of Porthole to the thaw: a second, and what a machine without a processor of its own takes to look. */
const SECONDS_TO_THAW = 2;

export function describeFreeze({ name, missing, run }: Omit<V2Machine, 'isFull'>): void {
  const title = `freeze, thaw and kill in ${name}`;
  const more = { diskBytes: 2 ** 22 };
  describeScript({ title, missing, run, script: 'v2-freeze.sh', deadlineMs: 280_000, more }, (results) => {
    describe('freeze', () => freezeTests(results));
    describe('kill', () => killTests(results));
  });
}

function document(results: Results, command: string, name: string): Record<string, unknown> {
  const parsed: Record<string, unknown> = JSON.parse(results.output(name));
  expect(schemaErrors(command, parsed)).toEqual([]);
  return parsed;
}

function freezeTests(of: () => Results): void {
  const frozen = (name: string) => of().file(`freeze/${name}.events`);

  it('cgroup.events says what was done', () => {
    const freeze = document(of(), 'freeze', 'freeze/plain');
    expect(freeze).toMatchObject({
      state: 'frozen',
      cgroup: { hierarchy: 'v2', path: '/lab/plain' },
      processes: 2,
    });
    expect(freeze['changes']).toEqual([
      { file: '/sys/fs/cgroup/lab/plain/cgroup.freeze', from: '0', to: '1', readBack: '1' },
    ]);
    expect(frozen('plain')).toContain('frozen 1');
    expect(of().output('freeze/again')).toContain('was frozen already');
    expect(document(of(), 'thaw', 'freeze/thawed')).toMatchObject({ state: 'thawed' });
    expect(frozen('thawed')).toContain('frozen 0');
  });

  it.each([1, 2, 3])('a container that forks all the time, round %i', (round) => {
    expect(of().output(`freeze/storm-${round}`)).toContain('is frozen');
    expect(frozen(`storm-${round}`)).toContain('frozen 1');
    expect(of().output(`freeze/storm-thawed-${round}`)).toContain('is thawed');
  });

  it('Porthole killed during --for: it thaws in its time', () => {
    const [before = 0, after = 0] = of().file('freeze/for.times').split(' ').map(Number);
    expect(after - before).toBeGreaterThan(6);
    // Porthole's own start is in it: before is when it was called.
    expect(after - before).toBeLessThan(6 + 25);
    expect(of().file('freeze/for.err')).toBe('');
  });

  it('frozen while a command runs, and thawed when it has ended, or Porthole is killed', () => {
    expect(of().output('freeze/command')).toContain('frozen 1');
    expect(frozen('after-command')).toContain('frozen 0');
    expect(frozen('in-command')).toContain('frozen 1');
    const [killed = 0, thawed = 0] = of().file('freeze/killed.times').split(' ').map(Number);
    expect(thawed - killed).toBeLessThan(SECONDS_TO_THAW);
    expect(of().file('freeze/killed.command')).toBe('told\n');
  });

  it('freezing by a cgroup above is named, and a thaw below it changes nothing', () => {
    expect(of().file('freeze/below.status')).toBe('4\n');
    expect(of().file('freeze/below.err')).toContain('/lab/outer, a cgroup above it, is frozen (v2)');
    expect(of().file('freeze/below.err')).toContain(
      'write 0 to cgroup.freeze of /sys/fs/cgroup/lab/outer; nothing was changed',
    );
    expect(of().output('freeze/both')).toContain('/lab/outer above it is frozen, too');
    expect(frozen('both')).toContain('frozen 1');
    expect(of().output('freeze/free')).toContain('is thawed');
    expect(frozen('free')).toContain('frozen 0');
  });

  it.each([
    ['ours', '4\n', 'has no cgroup of its own'],
    ['nobody', '5\n', 'EACCES: needs write access to the cgroup'],
    ['ro', '5\n', 'EROFS: needs a cgroup file system that is mounted read-write'],
    ['shared', '4\n', 'sleep ('],
  ])('refused: %s', (name, status, message) => {
    expect([of().file(`freeze/${name}.status`), of().file(`freeze/${name}.err`)]).toEqual([
      status,
      expect.stringContaining(message),
    ]);
  });

  it('--move makes a cgroup for it, and freezes nobody else', () => {
    const moved = document(of(), 'freeze', 'freeze/moved');
    expect(moved).toMatchObject({ state: 'frozen', moved: 1, processes: 1 });
    const text = of().file('freeze/moved.cgroup');
    expect(text).toMatch(/^0::\/lab\/shared\/porthole-\d+\n/);
    expect(text).toContain('frozen 0');
  });

  it('no watchdog is left', () => {
    expect(of().file('watchdogs')).toBe('');
  });
}

function killTests(of: () => Results): void {
  const emptied = (name: string) => of().file(`kill/${name}.events`);

  it('a frozen container is ended by cgroup.kill as a whole', () => {
    const killed = document(of(), 'kill', 'kill/doomed');
    expect(killed).toMatchObject({ ended: true, sent: [{ signal: 'SIGKILL', method: 'cgroup.kill' }] });
    expect(emptied('doomed')).toContain('populated 0');
  });

  it('SIGKILL to the init of a frozen one ends it', () => {
    expect(of().output('kill/single')).toContain('SIGKILL sent to init of');
    expect([...of().machine.files.keys()]).not.toContain('kill/single.alive');
  });

  it('SIGTERM is waited for', () => {
    expect(of().output('kill/polite')).toMatch(/^SIGTERM .*\n.* has ended after .*\n$/);
  });

  it('a storm of forks without a pid namespace does not escape', () => {
    expect(document(of(), 'kill', 'kill/flood')).toMatchObject({ ended: true });
    expect(emptied('flood')).toContain('populated 0');
  });
}
