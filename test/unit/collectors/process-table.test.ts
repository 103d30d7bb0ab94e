/** Rounds over a host that changes: what is looked at again, and what is told of it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProcessTable, type Round } from '../../../collectors/process-table.ts';
import { known } from '../../../src/kernel/reading.ts';
import { NAMESPACE_TYPES } from '../../../src/kernel/tables/namespaces.ts';
import { INITIAL } from '../model/facts.ts';
import { FakeHost } from './fake-host.ts';

const NOTHING: Round = {
  fresh: [],
  changed: [],
  isWhole: false,
  isQuiet: false,
  isTold: false,
  nowTicks: 1_000_000,
};
const LATER_MS = 10_000;

// Hosts of some hundred processes are thousands of files to be made.
vi.setConfig({ testTimeout: 30_000 });

afterEach(() => {
  vi.restoreAllMocks();
});

function tableOf(fake: FakeHost): ProcessTable {
  const input = { types: NAMESPACE_TYPES, ownPidNamespace: INITIAL.pid, wantsArgv: () => false };
  const table = new ProcessTable(fake.files, input);
  table.round({ ...NOTHING, isWhole: true });
  return table;
}

/** Nobody is young any more, and the slow lane takes one step a round. */
function grownUp(): void {
  hurry(LATER_MS);
}

/** Each look at the clock finds it 4 ms later, more than the slow lane may take. */
function hurry(fromMs: number): void {
  let now = performance.now() + fromMs;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 4;
    return now;
  });
}

function manyProcesses(fake: FakeHost, count: number): void {
  for (let pid = 2000; pid < 2000 + count; pid += 1) fake.process(pid, { comm: 'idle' });
}

const end = (fake: FakeHost, pid: number) => rmSync(join(fake.directory, `proc/${pid}`), { recursive: true });

describe('who comes and goes', () => {
  it('is found by difference', () => {
    const fake = new FakeHost();
    fake.process(100, { comm: 'first' });
    const table = tableOf(fake);
    fake.process(101, { comm: 'second', cgroup: '0::/new\n' });
    end(fake, 100);
    const { processes, moved } = table.round(NOTHING);
    expect(processes.has(100)).toBe(false);
    expect(known(processes.get(101)?.cgroup)?.lines[0]?.path).toBe('/new');
    expect(moved).toEqual(new Set([100, 101]));
    table.close();
  });

  it('is not looked for where the kernel counted no fork and no exit', () => {
    const fake = new FakeHost();
    const table = tableOf(fake);
    const list = vi.spyOn(fake.files, 'list');
    fake.process(101, { comm: 'unseen' });
    expect(table.round({ ...NOTHING, isQuiet: true }).processes.has(101)).toBe(false);
    expect(list).not.toHaveBeenCalled();
    expect(table.round(NOTHING).processes.has(101)).toBe(true);
    table.close();
  });

  it('another process under the same pid is taken for another one when its end is known', () => {
    const fake = new FakeHost();
    fake.process(100, { comm: 'old', starttimeTicks: 5, cgroup: '0::/a\n' });
    manyProcesses(fake, 60);
    const table = tableOf(fake);
    grownUp();
    fake.process(100, { comm: 'new', starttimeTicks: 6, cgroup: '0::/b\n' });
    const { processes, moved } = table.round({ ...NOTHING, changed: [100] });
    expect(processes.get(100)).toMatchObject({ comm: 'new', starttimeTicks: 6 });
    expect(moved).toEqual(new Set([100]));
    table.close();
  });
});

describe('who stays', () => {
  it('is the very same facts, and nothing is rearranged', () => {
    const fake = new FakeHost();
    fake.process(100, { comm: 'still' });
    const table = tableOf(fake);
    const first = table.round(NOTHING);
    const second = table.round(NOTHING);
    expect(second.moved).toEqual(new Set());
    expect(second.processes.get(100)?.cgroup).toBe(first.processes.get(100)?.cgroup);
    expect(second.processes.get(100)).toEqual(first.processes.get(100));
    table.close();
  });

  it('all of them: the very same map, also after the slow lane has looked', () => {
    const fake = new FakeHost();
    manyProcesses(fake, 50);
    const table = tableOf(fake);
    grownUp();
    const first = table.round(NOTHING).processes;
    fake.process(2049, { comm: 'idle', utimeTicks: 7 });
    expect(table.round(NOTHING).processes).toBe(first);
    const read = table.round({ ...NOTHING, fresh: [2049] }).processes;
    expect(read).not.toBe(first);
    expect(read.get(2049)?.utimeTicks).toBe(7);
    fake.process(2050, { comm: 'idle' });
    expect(table.round(NOTHING).processes).not.toBe(read);
    table.close();
  });

  it('usage is read where it is wanted, and does not rearrange', () => {
    const fake = new FakeHost();
    manyProcesses(fake, 60);
    const table = tableOf(fake);
    grownUp();
    for (const pid of [2000, 2001]) fake.process(pid, { comm: 'idle', utimeTicks: 7, rssPages: 9 });
    const { processes, moved } = table.round({ ...NOTHING, fresh: [2000] });
    expect(processes.get(2000)).toMatchObject({ utimeTicks: 7, rssPages: 9 });
    expect(processes.get(2001)).toMatchObject({ utimeTicks: 0, rssPages: 0 });
    expect(moved).toEqual(new Set());
    expect(table.round({ ...NOTHING, fresh: 'all' }).processes.get(2001)?.utimeTicks).toBe(7);
    table.close();
  });

  it('a sample that was given out does not change any more', () => {
    const fake = new FakeHost();
    fake.process(100, { comm: 'busy' });
    const table = tableOf(fake);
    const first = table.round(NOTHING).processes;
    fake.process(100, { comm: 'busy', utimeTicks: 50 });
    table.round({ ...NOTHING, fresh: 'all' });
    expect(first.get(100)?.utimeTicks).toBe(0);
    table.close();
  });

  it('who is on its way out stays where it was, whatever the kernel still shows', () => {
    const fake = new FakeHost();
    const ns = { ...INITIAL, mnt: 9000, net: 9001 };
    fake.process(3000, { comm: 'web', cgroup: '1:cpu:/docker/a\n', ns, root: '/jail' });
    const table = tableOf(fake);
    fake.process(3000, { comm: 'web', cgroup: '1:cpu:/\n', ns, isExiting: true });
    const { processes, moved } = table.round({ ...NOTHING, changed: [3000] });
    expect(processes.get(3000)).toMatchObject({
      isExiting: true,
      cgroup: { text: '1:cpu:/docker/a\n' },
      namespaces: ns,
      root: '/jail',
    });
    expect(moved).toEqual(new Set());
    fake.process(3000, { comm: 'web', cgroup: '1:cpu:/\n', isExiting: true, starttimeTicks: 7777 });
    expect(table.round({ ...NOTHING, changed: [3000] }).processes.get(3000)).toMatchObject({
      cgroup: { text: '1:cpu:/\n' },
    });
    table.close();
  });

  const moves: [string, Parameters<FakeHost['process']>[1]][] = [
    ['into another cgroup', { comm: 'idle', cgroup: '0::/elsewhere\n' }],
    ['into other namespaces', { comm: 'idle', ns: { ...INITIAL, net: 99 } }],
    ['under another root', { comm: 'idle', root: '/jail' }],
    ['under another name', { comm: 'other' }],
    ['into the state of a zombie', { comm: 'idle', state: 'Z' }],
  ];

  it.each(moves)('moved %s: seen at once while it is young', (_, about) => {
    const fake = new FakeHost();
    manyProcesses(fake, 60);
    const table = tableOf(fake);
    // Arrivals of the first round are not known to be young; of this one they are. Its slow lane takes one step.
    hurry(0);
    fake.process(3000, { comm: 'idle' });
    table.round(NOTHING);
    fake.process(3000, about);
    const before = table.round(NOTHING);
    expect(before.moved).toEqual(new Set([3000]));
    expect(before.processes.get(3000)).not.toMatchObject({
      comm: 'idle',
      state: 'S',
      root: '/',
      cgroup: { text: '0::/\n' },
      namespaces: INITIAL,
    });
    table.close();
  });

  it.each(moves)('moved %s: seen at once when it is known to have changed, else in turn', (_, about) => {
    const fake = new FakeHost();
    manyProcesses(fake, 100);
    const table = tableOf(fake);
    grownUp();
    fake.process(2000, about);
    fake.process(2001, about);
    const first = table.round({ ...NOTHING, changed: [2000] });
    expect(first.moved).toContain(2000);
    let rounds = 1;
    let seen = first.processes.get(2001);
    while (
      JSON.stringify(seen) ===
      JSON.stringify({ ...first.processes.get(2002), pid: 2001, starttimeTicks: 2001 })
    ) {
      rounds += 1;
      expect(rounds).toBeLessThan(20);
      seen = table.round(NOTHING).processes.get(2001);
    }
    table.close();
  });
});

it.each([
  [true, 60],
  [false, 20],
])('told of arrivals and ends: %s, every old process is looked at within %i rounds', (isTold, rounds) => {
  const fake = new FakeHost();
  manyProcesses(fake, 60);
  const table = tableOf(fake);
  grownUp();
  for (let pid = 2000; pid < 2060; pid += 1) fake.process(pid, { comm: 'other' });
  const unseen = () =>
    [...table.round({ ...NOTHING, isTold }).processes.values()].filter(({ comm }) => comm === 'idle').length;
  for (let round = 1; round < rounds / 2; round += 1) expect(unseen()).toBeGreaterThan(0);
  for (let round = rounds / 2; round < rounds; round += 1) unseen();
  expect(unseen()).toBe(0);
  table.close();
});

it('whoever is not said to have moved is where they were', () => {
  const places = [
    {},
    { cgroup: '0::/elsewhere\n' },
    { ns: { ...INITIAL, net: 99 } },
    { root: '/jail' },
    { ppid: 2001 },
    { comm: 'other' },
    { state: 'Z' },
  ];
  const event = fc.record({
    kind: fc.constantFrom('end', 'be', 'be', 'told', 'freshen'),
    pid: fc.integer({ min: 2000, max: 2011 }),
    where: fc.constantFrom(...places),
  });
  const rounds = fc.array(fc.array(event, { maxLength: 4 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rounds, (all) => {
      const fake = new FakeHost();
      manyProcesses(fake, 10);
      const table = tableOf(fake);
      let before = table.round(NOTHING).processes;
      for (const events of all) {
        const changed: number[] = [];
        for (const { kind, pid, where } of events) {
          if (kind === 'end') rmSync(join(fake.directory, `proc/${pid}`), { recursive: true, force: true });
          else if (kind === 'freshen') table.freshen([pid]);
          else fake.process(pid, { comm: 'idle', ...where });
          if (kind === 'told') changed.push(pid);
        }
        const { processes, moved } = table.round({ ...NOTHING, changed });
        const asBefore = [...before].filter(([pid]) => moved?.has(pid) !== true);
        expect([...processes].filter(([pid]) => moved?.has(pid) !== true)).toEqual(asBefore);
        before = processes;
      }
      table.close();
    }),
    { numRuns: 40 },
  );
});

describe('a look at everything', () => {
  it('finds what happened to the old ones as well', () => {
    const fake = new FakeHost();
    manyProcesses(fake, 400);
    const table = tableOf(fake);
    grownUp();
    for (let pid = 2000; pid < 2400; pid += 1) fake.process(pid, { comm: 'moved' });
    const { processes, moved } = table.round({ ...NOTHING, isWhole: true });
    expect([...processes.values()].filter(({ comm }) => comm === 'moved')).toHaveLength(400);
    // Anybody may have.
    expect(moved).toBeUndefined();
    table.close();
  });
});

describe('between two rounds', () => {
  it('some are read anew, without those that ended, and the next round says what that moved', () => {
    const fake = new FakeHost();
    fake.process(100, { comm: 'busy', utimeTicks: 1 });
    fake.process(101, { comm: 'ends' });
    const table = tableOf(fake);
    grownUp();
    expect(table.round(NOTHING).moved).toEqual(new Set());
    fake.process(100, { comm: 'busy', utimeTicks: 5 });
    expect(table.freshen([100])).toMatchObject([{ pid: 100, utimeTicks: 5 }]);
    expect(table.round(NOTHING).moved).toEqual(new Set());
    end(fake, 101);
    expect(table.freshen([100, 101, 4711])).toMatchObject([{ pid: 100 }]);
    expect(table.round({ ...NOTHING, isQuiet: true }).moved).toEqual(new Set([101]));
    expect(table.round({ ...NOTHING, isQuiet: true }).moved).toEqual(new Set());
    table.close();
  });
});
