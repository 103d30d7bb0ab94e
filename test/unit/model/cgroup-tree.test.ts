/** What the cgroups above hand down, rates, and what columns need, without a kernel. */
import { describe, expect, it } from 'vitest';
import type { Hierarchy } from '../../../src/kernel/cgroup/hierarchy.ts';
import type { Limit } from '../../../src/kernel/count.ts';
import type { Fact } from '../../../src/kernel/reading.ts';
import { CGROUP_COLUMNS, partsOf } from '../../../src/model/cgroup-columns.ts';
import type { CgroupFacts, CgroupSample, HierarchyFacts } from '../../../src/model/cgroup-facts.ts';
import { inherited, setBy } from '../../../src/model/cgroup-limits.ts';
import { nameOfCgroup, unitOf } from '../../../src/model/cgroup-name.ts';
import { buildCgroups } from '../../../src/model/cgroup-tree.ts';

const DENIED = { unknown: 'denied', path: '/sys/fs/cgroup/a/pids.max', errno: 'EACCES' } as const;
const mount: Hierarchy = { version: 2, controllers: ['cpu'], mountPoint: '/sys/fs/cgroup', root: '/' };
const v2 = (changes: Partial<HierarchyFacts> = {}): HierarchyFacts => ({
  id: 'v2',
  hierarchy: mount,
  self: undefined,
  hasHiddenTop: false,
  count: undefined,
  ...changes,
});

/** A chain of cgroups, outermost first; gives the innermost. */
function chain(list: readonly Partial<CgroupFacts>[], hierarchy = v2()): CgroupFacts {
  let parent: CgroupFacts | undefined;
  for (const [depth, changes] of list.entries()) {
    const path = depth === 0 ? '/' : `${parent?.path === '/' ? '' : parent?.path}/${'abc'[depth - 1]}`;
    parent = {
      hierarchy,
      path,
      parent,
      listed: true,
      inode: depth + 1,
      ownerUid: 0,
      ownerGid: 0,
      children: 0,
      ...changes,
    };
  }
  if (parent === undefined) throw new Error('no cgroup');
  return parent;
}

describe('a limit', () => {
  const of = (...limits: Fact<Limit>[]) =>
    inherited(chain(limits.map((pidsMax) => ({ pidsMax }))), (c) => c.pidsMax);
  it.each<[string, Fact<Limit>[], unknown]>([
    ['of its own', [undefined, 'max', 5], { own: 5, effective: 5, limitedBy: '/a/b' }],
    ['of a cgroup above', [undefined, 3, 5], { own: 5, effective: 3, limitedBy: '/a' }],
    ['of equal ones the innermost', [undefined, 5, 5], { own: 5, effective: 5, limitedBy: '/a/b' }],
    ['that nobody set', [undefined, 'max', 'max'], { own: 'max', effective: 'max' }],
    [
      'above a cgroup without the controller',
      [undefined, 3, undefined],
      { own: undefined, effective: 3, limitedBy: '/a' },
    ],
    ['of 0', [undefined, 0, 7], { own: 7, effective: 0, limitedBy: '/a' }],
    ['beyond 2^53', [undefined, 2n ** 60n, 'max'], { own: 'max', effective: 2n ** 60n, limitedBy: '/a' }],
    ['that could not be read above', [undefined, DENIED, 5], { own: 5, effective: DENIED }],
    ['of nobody at all', [undefined, undefined], undefined],
  ])('%s', (_name, limits, expected) => {
    expect(of(...limits)).toEqual(expected);
  });

  it('is not "none" where cgroups above are hidden', () => {
    const inside = v2({ hasHiddenTop: true });
    const limit = (pidsMax: Limit) => inherited(chain([{ pidsMax }], inside), (c) => c.pidsMax);
    expect(limit('max')?.effective).toMatchObject({ unknown: 'denied', path: '/sys/fs/cgroup/..' });
    expect(limit(9)).toEqual({ own: 9, effective: 9, limitedBy: '/' });
  });
});

it.each<[string, string[], string | undefined]>([
  ['nobody took any away', ['0-3', '0-3', '0-3'], undefined],
  ['itself', ['0-3', '0-3', '0'], '/a/b'],
  ['one above', ['0-3', '0-1', '0-1'], '/a'],
])('processors are limited by: %s', (_name, sets, expected) => {
  const cpuset = (effectiveCpus: string) => ({
    ...{
      cpus: '',
      mems: '',
      effectiveMems: '0',
      exclusiveCpus: undefined,
      effectiveExclusiveCpus: undefined,
    },
    partition: undefined,
    effectiveCpus,
  });
  const innermost = chain(sets.map((set) => ({ cpuset: cpuset(set) })));
  expect(setBy(innermost, (each) => each.cpuset?.effectiveCpus)).toBe(expected);
});

describe('rates', () => {
  const cpu = (usageUsec: number, readAtUsec: number) => ({
    ...{ usageUsec, readAtUsec, userUsec: undefined, systemUsec: undefined, nrPeriods: undefined },
    ...{ nrThrottled: undefined, throttledUsec: undefined, nrBursts: undefined, burstUsec: undefined },
  });
  const sample = (changes: Partial<CgroupFacts>): CgroupSample => ({
    takenAtMs: 0,
    hierarchies: [],
    vanished: 0,
    cgroups: [chain([changes])],
  });
  it.each<[string, Partial<CgroupFacts>, Partial<CgroupFacts>, number | undefined]>([
    ['half a core', { cpu: cpu(0, 0) }, { cpu: cpu(500_000, 1_000_000) }, 0.5],
    [
      'another directory by the same name',
      { inode: 7, cpu: cpu(0, 0) },
      { inode: 8, cpu: cpu(9e9, 1_000_000) },
      undefined,
    ],
    ['a counter that stepped back', { cpu: cpu(9, 0) }, { cpu: cpu(8, 1_000_000) }, undefined],
    ['two reads at one moment', { cpu: cpu(0, 5) }, { cpu: cpu(9, 5) }, undefined],
    ['not read before', {}, { cpu: cpu(9, 5) }, undefined],
  ])('%s', (_name, before, now, expected) => {
    const [row] = buildCgroups(sample(now), {
      previous: sample(before),
      owners: [],
      hostMemoryBytes: undefined,
    });
    expect(row?.cpu?.ratio).toBe(expected);
  });
});

it.each([
  ['/', '/', undefined],
  ['/system.slice/dev-disk\\x2dby.mount', 'dev-disk-by.mount', 'dev-disk\\x2dby.mount'],
  ['/user.slice/user@1000.service/app.slice', 'app.slice', 'app.slice'],
  ['/system.slice/docker.service/init', 'init', 'docker.service'],
  ['/system.slice/_cgroup.service', 'cgroup.service', 'cgroup.service'],
  ['/docker/519616', '519616', undefined],
  ['/a:b/c d', 'c d', undefined],
])('%s is called %s, of unit %s', (path, name, unit) => {
  expect([nameOfCgroup(path), unitOf(path)]).toEqual([name, unit]);
});

describe('what must be read', () => {
  const columns = (ids: string) => ids.split(',').flatMap((id) => CGROUP_COLUMNS.find(id) ?? []);
  it.each<[string, Parameters<typeof partsOf>, string[]]>([
    ['nothing for names', [columns('path,inode')], []],
    ['a column', [columns('path,limit')], ['memory-limits']],
    ['an order', [columns('path'), '-cpu'], ['cpu', 'containers']],
    [
      'a filter, and where a word alone is looked for',
      [columns('path'), undefined, 'oom>0'],
      ['memory-events', 'containers'],
    ],
    [
      'not a column whose name is part of another',
      [columns('path'), undefined, 'cpu-time>1'],
      ['cpu', 'containers'],
    ],
  ])('%s', (_name, words, expected) => {
    expect([...partsOf(...words)].sort()).toEqual([...expected].sort());
  });
});
