/** Mount tables that are read again: what is the same stays the same. */
import { expect, it } from 'vitest';
import { mounts } from '../../../collectors/mounts.ts';
import { isSameTable } from '../../../src/model/mount-table.ts';
import type { MountTable } from '../../../src/model/sample.ts';
import { mountTable, proc, processMap } from '../model/facts.ts';
import { FakeHost } from './fake-host.ts';

const BEFORE = '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
const AFTER = `${BEFORE}23 22 0:5 / /proc rw - proc proc rw\n`;
const MNT = 9000;

/** The process is young, so that its table is read each time. */
function tableOf(fake: FakeHost, before?: MountTable): MountTable | undefined {
  const facts = proc(10, 1, 'sh', { namespaces: { mnt: MNT } });
  const found = mounts.collect(fake.files, {
    processes: processMap([facts]),
    nowMs: 1000,
    startedAtMs: () => 1000,
    ...(before !== undefined && { before: new Map([[MNT, before]]) }),
  });
  return found.get(MNT);
}

it.each([false, true])(
  'a table that says what it said is told as the same (its mounts were asked: %s)',
  (isAsked) => {
    const fake = new FakeHost().process(10, { comm: 'sh', mountinfo: BEFORE });
    const first = tableOf(fake);
    if (isAsked) expect(first?.mounts).toHaveLength(1);
    const again = tableOf(fake, first);
    expect(again).not.toBe(first);
    expect(isSameTable(first, again)).toBe(true);
    expect(again?.mounts).toBe(first?.mounts);

    fake.process(10, { comm: 'sh', mountinfo: AFTER });
    const changed = tableOf(fake, again);
    expect(isSameTable(again, changed)).toBe(false);
    expect(changed?.mounts).toHaveLength(2);
  },
);

it('of many young tables some are read again in each round, in turns until all were', () => {
  const fake = new FakeHost();
  const facts = Array.from({ length: 70 }, (_, at) => {
    const pid = 10 + at;
    fake.process(pid, { comm: 'sh', mountinfo: BEFORE });
    return proc(pid, 1, 'sh', { namespaces: { mnt: MNT + pid } });
  });
  const round = (nowMs: number, before?: ReadonlyMap<number, MountTable>) =>
    mounts.collect(fake.files, {
      processes: processMap(facts),
      nowMs,
      startedAtMs: () => 1000,
      ...(before !== undefined && { before }),
    });
  let tables = round(1000);
  for (const { pid } of facts) fake.process(pid, { comm: 'sh', mountinfo: AFTER });
  const changed = () =>
    [...tables.values()].filter(({ mounts: read }) => Array.isArray(read) && read.length === 2);
  const counts = [2000, 3000, 3500].map((nowMs) => {
    tables = round(nowMs, tables);
    return changed().length;
  });
  expect(counts).toEqual([32, 64, 70]);
  expect([...tables.keys()]).toEqual(facts.map(({ pid }) => MNT + pid));
});

it('a table that cannot be read is never the same', () => {
  const fake = new FakeHost().process(10, { comm: 'sh' });
  fake.remove('proc/10/mountinfo');
  const first = tableOf(fake);
  expect(isSameTable(first, tableOf(fake, first))).toBe(false);
});

it('tables of another making are the same by their mounts', () => {
  const one = mountTable(10, BEFORE);
  expect(isSameTable(one, { ...one, readAtMs: 5 })).toBe(true);
  expect(isSameTable(one, mountTable(10, BEFORE))).toBe(false);
  expect(isSameTable(one, undefined)).toBe(false);
  expect(isSameTable(undefined, undefined)).toBe(true);
});
