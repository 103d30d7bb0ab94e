/** Hierarchies of a host made of files, and what the collector of cgroups reads in them. */
import { cgroups } from '../../../collectors/cgroups.ts';
import type { Hierarchy } from '../../../src/kernel/cgroup/hierarchy.ts';
import type { CgroupCounters } from '../../../src/model/sample.ts';
import type { FakeHost } from './fake-host.ts';

/** Where v2 is mounted, and above the mounts of v1. */
export const V2 = '/sys/fs/cgroup';

interface Place {
  readonly hierarchy: Hierarchy;
  readonly path: string;
  readonly own: boolean;
}
export const v2 = (fake: FakeHost, root = '/'): Hierarchy => ({
  version: 2,
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'],
  mountPoint: fake.files.sys(V2),
  root,
});
export const v1 = (fake: FakeHost, ...controllers: string[]): Hierarchy => ({
  version: 1,
  controllers,
  mountPoint: fake.files.sys(`${V2}/${controllers.join(',')}`),
  root: '/',
});

export function read(fake: FakeHost, ...places: Place[]): CgroupCounters {
  const found = cgroups.collect(fake.files, new Map([['x', { places }]])).get('x');
  if (found === undefined) throw new Error('no counters');
  return found;
}
