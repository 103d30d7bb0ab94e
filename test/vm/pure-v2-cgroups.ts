/** Every cgroup of a machine with cgroup v2 alone, field by field, and seen from inside a cgroup namespace. */
import { describe, expect, it } from 'vitest';
import type { CgroupView } from '../../src/model/cgroup-view.ts';
import { type CgroupsDocument, compareCgroups, type Entry } from '../cgroups/compare.ts';
import { schemaErrors } from '../schema.ts';
import { id, MIB, type Reader } from './pure-v2-reader.ts';

export function cgroupTests(reader: Reader): void {
  const { file, output, ps, at, number, expectBetween } = reader;

  describe('every cgroup', () => {
    interface Cgroups {
      readonly hierarchies: CgroupsDocument['hierarchies'];
      readonly cgroups: readonly (CgroupView & Entry)[];
      readonly notes: readonly { readonly about: string; readonly text: string }[];
    }
    const cgroups = (name: string): Cgroups => JSON.parse(output(`cgroups/${name}`));
    const one = (document: Cgroups, path: string): CgroupView => {
      const found = document.cgroups.find((each) => each.path === path);
      if (found === undefined) throw new Error(`no ${path} in the document`);
      return found;
    };

    it.each(['all', 'inside', 'own-mount', 'stray'])(
      'is as its own files say, field by field: %s',
      (name) => {
        const document = cgroups(name);
        expect(schemaErrors('cgroups', document)).toEqual([]);
        const [before, after] = ['before', 'after'].map((when) =>
          JSON.parse(file(`cgroups/${name}.${when}`)),
        );
        expect(compareCgroups({ document, before, after })).toEqual([]);
      },
    );
    it('has the limits of those above', () => {
      const { memory, cpu, pids } = one(cgroups('all'), '/lab/limited');
      expect(memory).toMatchObject({
        maxBytes: { own: 48 * MIB, effective: 48 * MIB, limitedBy: '/lab/limited' },
        highBytes: { own: 40 * MIB, effective: 40 * MIB, limitedBy: '/lab/limited' },
        lowBytes: { own: 8 * MIB, effective: 4 * MIB, limitedBy: '/lab' },
        minBytes: { own: 0, effective: 0 },
      });
      expect(cpu).toMatchObject({ weight: 50, maxCores: { own: 'max', effective: 1.5, limitedBy: '/lab' } });
      expect(pids?.max).toEqual({ own: 'max', effective: 200, limitedBy: '/lab' });
    });
    it('has them where the controller is not handed down', () => {
      const { memory, controllers } = one(cgroups('all'), '/lab/outer/frozen');
      expect(controllers).toEqual([]);
      expect(memory).toEqual({
        maxBytes: { effective: 96 * MIB, limitedBy: '/lab' },
        highBytes: { effective: 'max' },
        // Of /lab's 4M nothing is left: what is in between claims none.
        lowBytes: { effective: 0, limitedBy: '/lab/outer' },
        minBytes: { effective: 0, limitedBy: '/lab/outer' },
      });
    });
    it('lacks at the root what the root lacks', () => {
      const root = one(cgroups('all'), '/');
      expect(root).not.toHaveProperty('pids');
      expect(root).not.toHaveProperty('type');
      expect(root.memory).not.toHaveProperty('currentBytes');
      expect(root.cpu).toMatchObject({ usageUsec: expect.any(Number) });
      expect(root.cpu).not.toHaveProperty('maxCores');
    });
    it('is of a type, and threads are what is in a threaded one', () => {
      const document = cgroups('all');
      expect(one(document, '/lab/threads')).toMatchObject({ type: 'domain threaded', procs: 1 });
      expect(one(document, '/lab/threads/invalid')).toMatchObject({ type: 'domain invalid' });
      expect(one(document, '/lab/threads/part')).toMatchObject({
        type: 'threaded',
        threads: expect.any(Number),
        procs: {
          unknown: 'unsupported',
          errno: 'EOPNOTSUPP',
          path: '/sys/fs/cgroup/lab/threads/part/cgroup.procs',
        },
      });
      expect(output('cgroups/text')).toMatch(/^ *\? +[1-9] +– +96\.0M↑\n$/);
    });
    it('tells who froze it, who owns it, whose it is', () => {
      const document = cgroups('all');
      expect(one(document, '/lab/outer/frozen').freezer).toMatchObject({
        state: 'frozen',
        wish: false,
        wishedBy: '/lab/outer',
      });
      expect(one(document, '/lab/given')).toMatchObject({ ownerUid: 1000, ownerGid: 1000, delegated: true });
      const used = at(ps('still'), '/lab/used');
      expect(one(document, '/lab/used')).toMatchObject({ container: used.key, containerName: used.name });
      expect(one(document, '/lab')).not.toHaveProperty('container');
    });
    it('denies what it denies, and only that', () => {
      const { memory, pids } = one(cgroups('nobody'), '/lab/used');
      const denied = (name: string) => ({
        unknown: 'denied',
        errno: 'EACCES',
        path: `/sys/fs/cgroup/lab/used/${name}`,
      });
      expect(memory).toMatchObject({
        currentBytes: denied('memory.current'),
        anonBytes: denied('memory.stat'),
        maxBytes: { own: 'max', effective: 96 * MIB },
      });
      expect(pids?.current).toBe(number('before/used', 'pids.current'));
      expect(output('cgroups/nobody-text')).toMatch(/^ *\? +\? +\? +\d+\n$/);
    });
    it('that is not there ends with 3', () => {
      expect(file('cgroups/nowhere.status')).toBe('3\n');
      expect(file('cgroups/nowhere.err')).toMatch(
        /^porthole: no cgroup .*: the nearest above it is v2:\/lab; .*\n$/,
      );
    });
    it('has no negative and no wild rate when it is made again', () => {
      const documents: Cgroups[] = file('cgroups/again.out')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const scope = `/system.slice/docker-${id('c')}.scope`;
      const seen = documents.flatMap((each) => each.cgroups.filter(({ path }) => path === scope));
      expect(new Set(seen.map(({ inode }) => inode)).size).toBe(2);
      const rates = seen.flatMap(({ cpu }) => cpu?.ratio ?? []);
      expect(rates.length).toBeGreaterThan(2);
      for (const rate of rates) expectBetween(rate, 0, 1.1);
      const first = seen.findIndex((each, index) => index > 0 && each.inode !== seen[index - 1]?.inode);
      expect(seen[first]?.cpu).not.toHaveProperty('ratio');
    });
    it('from inside a cgroup namespace is in its place, and with a mount of its own below what is hidden', () => {
      expect(cgroups('inside').hierarchies[0]?.self).toBe('/lab/viewer');
      expect(one(cgroups('inside'), '/lab/viewer').self).toBe(true);
      const own = cgroups('own-mount');
      expect(own.cgroups.map(({ path }) => path)).toEqual(['/', '/child']);
      expect(own.notes.map(({ about }) => about)).toEqual(['namespace']);
      expect(one(own, '/').pids?.max?.effective).toMatchObject({ unknown: 'denied' });
    });
    it('of a stray v1 hierarchy stands beside', () => {
      const document = cgroups('stray');
      expect(document.hierarchies.map(({ hierarchy }) => hierarchy).sort()).toEqual(['net_cls', 'v2']);
      expect(document.cgroups.filter(({ hierarchy }) => hierarchy === 'net_cls')).toMatchObject([
        { path: '/', version: 1, controllers: ['net_cls'] },
      ]);
    });
  });

  describe('from inside a cgroup namespace', () => {
    it('sees the same containers, their paths relative to its own', () => {
      const { containers } = ps('inside/ps');
      expect(containers.map((each) => each.initPid)).toEqual(
        ps('hidepid/root').containers.map((each) => each.initPid),
      );
      expect(at(ps('inside/ps'), '/../used').memory).toMatchObject({ accounting: 'processes' });
      expect(at(ps('inside/ps'), '/../../by-runc').runtime).toBe('runc');
    });
    it("with the host's mount sees them as the host does", () => {
      const outside = ps('hidepid/root').containers;
      const inside = ps('inside/host-mount').containers;
      expect(inside.map((each) => each.cgroup)).toEqual(outside.map((each) => each.cgroup));
      for (const [index, { name, memory, pidsLimit, effectivePidsLimit, state }] of inside.entries()) {
        const { limitBytes, effectiveLimitBytes, limitedBy, accounting } = memory;
        expect(outside[index], name).toMatchObject({
          memory: { limitBytes, effectiveLimitBytes, limitedBy, accounting },
          pidsLimit,
          effectivePidsLimit,
          state,
        });
      }
      expect(at(ps('inside/host-mount'), '/lab/limited').memory).toMatchObject({ limitBytes: 48 * MIB });
      expect(at(ps('inside/host-mount'), '/lab/outer/frozen').state).toBe('frozen');
    });
  });
}
