/** What `porthole cgroups` must say of what v2-kernel.sh has made: every field against the kernel's own files, and by hand what those mean. */
import { expect, it } from 'vitest';
import { known } from '../../src/kernel/reading.ts';
import type { CgroupView } from '../../src/model/cgroup-view.ts';
import { type CgroupsDocument, compareCgroups, type Entry, type Snapshot } from '../cgroups/compare.ts';
import { schemaErrors } from '../schema.ts';
import type { Results } from './results.ts';

const MIB = 2 ** 20;

interface Document {
  readonly hierarchies: CgroupsDocument['hierarchies'];
  readonly cgroups: readonly (CgroupView & Entry)[];
  readonly notes: readonly { readonly about: string; readonly text: string }[];
}

export function cgroupTests(results: () => Results, isFull: boolean): void {
  const document = (name: string): Document => JSON.parse(results().output(`cgroups/${name}`));
  const snapshot = (name: string, when: 'before' | 'after'): Snapshot =>
    JSON.parse(results().file(`cgroups/${name}.${when}`));
  const at = (path: string, name = 'all'): CgroupView => {
    const found = document(name).cgroups.filter((each) => each.path === path && each.hierarchy === 'v2');
    expect(found, path).toHaveLength(1);
    return found[0] as CgroupView;
  };
  /** A file in the snapshot after `all`. */
  const kernel = (path: string, file: string) =>
    snapshot('all', 'after').directories[`/sys/fs/cgroup${path}`]?.files[file];

  it.each(['all', 'subtree', 'rates', 'host-mount', 'own-mount', 'nobody', 'stray'])(
    '%s is what the schema says',
    (name) => {
      expect(schemaErrors('cgroups', document(name))).toEqual([]);
    },
  );

  it.each(['all', 'nobody', 'stray'])(
    '%s: file by file what the kernel says, and nothing left out',
    (name) => {
      const [before, after] = [snapshot(name, 'before'), snapshot(name, 'after')];
      expect(Object.keys(after.directories).length).toBeGreaterThanOrEqual(20);
      expect(compareCgroups({ document: document(name), before, after })).toEqual([]);
    },
  );
  it('a subtree alone, with the limits that lie above it', () => {
    const [before, after] = [snapshot('subtree', 'before'), snapshot('subtree', 'after')];
    expect(document('subtree').cgroups.map(({ path }) => path)).toEqual(['/lab/inner', '/lab/inner/leaf']);
    expect(compareCgroups({ document: document('subtree'), before, after, complete: false })).toEqual([]);
  });

  it('limits from above are the effective ones, with whose they are', () => {
    expect(at('/lab/inner/leaf').memory?.maxBytes).toEqual({
      own: 'max',
      effective: 96 * MIB,
      limitedBy: '/lab',
    });
    expect(at('/lab/inner').memory?.maxBytes).toMatchObject({ own: 256 * MIB, effective: 96 * MIB });
    expect(at('/lab/inner/leaf').memory?.highBytes).toMatchObject({
      effective: 32 * MIB,
      limitedBy: '/lab/inner',
    });
    expect(at('/lab/inner/leaf').pids?.max).toEqual({ own: 'max', effective: 200, limitedBy: '/lab' });
  });

  it('events: what the OOM killer took, what was held back, and forks that were refused', () => {
    expect(at('/lab/killed').memory?.events).toMatchObject({ oomKill: 1 });
    expect(known(at('/lab/pressed').memory?.events)?.high).toBeGreaterThan(0);
    expect(at('/lab/crowded').pids?.maxEvents).toBeGreaterThan(0);
    expect(kernel('/lab/killed', 'memory.events')).toContain('\noom_kill 1\n');
  });

  it('io by device, with its limits', () => {
    const { io } = at('/lab/disk');
    expect(io).toMatchObject({ readBytes: 4 * 65_536, writeBytes: 8 * 65_536 });
    expect(io?.max).toMatchObject([
      { readBytesPerSec: MIB, writeBytesPerSec: 'max', readOpsPerSec: 'max', writeOpsPerSec: 300 },
    ]);
  });

  it('frozen by its own wish and by another', () => {
    expect(at('/lab/frozen').freezer).toMatchObject({ state: 'frozen', wish: true });
    expect(at('/lab/above/frozen').freezer).toMatchObject({
      state: 'frozen',
      wish: false,
      wishedBy: '/lab/above',
    });
    expect(at('/lab/busy').freezer).toMatchObject({ state: 'running', wish: false });
  });

  it('threaded cgroups: threads, and processes that the kernel refuses to list there', () => {
    expect(at('/lab/threads').type).toBe('domain threaded');
    expect(at('/lab/threads/one')).toMatchObject({
      type: 'threaded',
      threads: 1,
      procs: { unknown: 'unsupported', path: '/sys/fs/cgroup/lab/threads/one/cgroup.procs' },
    });
    expect(at('/lab/threads/two').type).toBe('domain invalid');
    expect(at('/lab/threads/one').container).toBe(at('/lab/threads').container);
    expect(at('/lab/threads').container).toMatch(/^proc:/);
  });

  it('without controllers: limits of those above, and no counter that is not there', () => {
    const leaf = at('/lab/unmanaged/leaf');
    expect(leaf.controllers).toEqual([]);
    expect(leaf.memory).toMatchObject({ maxBytes: { effective: 96 * MIB, limitedBy: '/lab' } });
    expect(leaf.memory).not.toHaveProperty('currentBytes');
    expect(leaf.pids).not.toHaveProperty('current');
    expect(leaf.cpu?.usageUsec).toBeDefined();
  });

  it('delegated, dying, and named by systemd', () => {
    expect(at('/lab/delegated')).toMatchObject({ delegated: true, ownerUid: 65_534 });
    expect(at('/lab/inner').delegated).toBeUndefined();
    expect(at('/lab').dyingDescendants).toBeGreaterThan(0);
    expect(at('/lab/app-with\\x2ddash@1.service').name).toBe('app-with-dash@1.service');
  });

  it('each container has its cgroups', () => {
    const keys = new Map(
      results()
        .containers('cgroups/ps')
        .map((each) => [each.cgroup.paths[''], each.key]),
    );
    for (const path of ['/lab/frozen', '/lab/inner/leaf', '/lab/pressed', '/lab/threads']) {
      expect(keys.get(path), path).toBeDefined();
      expect(at(path).container, path).toBe(keys.get(path));
    }
    expect(at('/lab/busy').container).toBeUndefined();
  });

  it('rates over three seconds', () => {
    const { cpu } = at('/lab/busy', 'rates');
    expect(cpu?.ratio).toBeGreaterThan(0.1);
    expect(cpu?.ratio).toBeLessThan(0.3);
    expect(cpu?.throttledRatio).toBeGreaterThan(0.5);
    expect(at('/lab/frozen', 'rates').cpu?.ratio).toBe(0);
    expect(at('/lab/busy').cpu).not.toHaveProperty('ratio');
  });

  it('from inside a cgroup namespace, paths are those of its mount', () => {
    const seenOutside = document('all').cgroups.map(({ path }) => path);
    const through = document('host-mount').cgroups.map(({ path }) => path);
    expect(through.filter((path) => path !== '/lab/viewer')).toEqual(seenOutside);
    expect(at('/lab/inner/leaf', 'host-mount').memory?.maxBytes).toMatchObject({ limitedBy: '/lab' });
    const own = document('own-mount');
    expect(own.cgroups.map(({ path }) => path)).toEqual(['/']);
    expect(own.hierarchies).toMatchObject([{ root: '/', hasHiddenTop: true }]);
    expect(own.notes).toHaveLength(1);
  });

  it('a stray v1 hierarchy beside v2 is one more hierarchy, and v2 stays whole', () => {
    const { hierarchies, cgroups } = document('stray');
    expect(hierarchies.map(({ version }) => version).sort()).toEqual([1, 2]);
    const legacy = cgroups.filter(({ version }) => version === 1).map(({ path }) => path);
    expect(legacy).toEqual(['/', '/some']);
    expect(at('/lab/inner', 'stray').memory?.maxBytes).toMatchObject({ own: 256 * MIB });
  });

  const pressure = (path: string, resource: 'cpu' | 'memory', document = 'all') =>
    known(at(path, document).pressure?.[resource]);
  it.runIf(isFull)('pressure: of memory held back, of a throttled CPU, and none where nobody is', () => {
    expect(pressure('/lab/pressed', 'memory')?.fullTotalUsec).toBeGreaterThan(0);
    expect(pressure('/lab/pressed', 'memory', 'rates')?.fullRatio).toBeGreaterThan(0.1);
    expect(pressure('/lab/busy', 'cpu')?.someTotalUsec).toBeGreaterThan(0);
    expect(pressure('/lab/empty', 'memory')?.fullTotalUsec).toBe(0);
  });
  it.runIf(!isFull)('pressure is absent on a kernel without PSI', () => {
    for (const each of document('all').cgroups) expect(each, each.path).not.toHaveProperty('pressure');
  });

  it.runIf(isFull)('cpuset: partitions, valid and not, and what is effective', () => {
    expect(at('/partition').cpuset).toMatchObject({ cpus: '1', effectiveCpus: '1', partition: 'root' });
    expect(at('/lab/pinned').cpuset).toMatchObject({ cpus: '0', mems: '0', effectiveCpus: '0' });
    expect(at('/lab/pinned').cpuset?.partition).toMatch(/^root invalid/);
    // The partition has taken CPU 1 away from everybody else.
    expect(at('/lab').cpuset).toMatchObject({ effectiveCpus: '0' });
    expect(kernel('/lab', 'cpuset.cpus.effective')).toBe('0\n');
  });
  it.runIf(isFull)('huge pages by size, with the limit that was hit', () => {
    expect(at('/lab/huge').hugetlb).toMatchObject({
      '2MB': { currentBytes: 4 * MIB, maxEvents: 1, maxBytes: { own: 4 * MIB, effective: 4 * MIB } },
      '1GB': { currentBytes: 0, maxBytes: { own: 'max', effective: 'max' } },
    });
  });
}
