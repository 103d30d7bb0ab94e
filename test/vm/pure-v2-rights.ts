/** Containers without an engine on a machine with cgroup v2 alone, and what is seen with fewer rights or without cgroups. */
import { describe, expect, it } from 'vitest';
import { MIB, type PsDocument, type Reader } from './pure-v2-reader.ts';

export function rightsTests(reader: Reader): void {
  const { file, output, ps, doctor, processes, at, expectBetween } = reader;

  describe('runtimes without an engine', () => {
    it.each(['runc', 'crun'])('%s', (runtime) => {
      expect(file(`engines/${runtime}.status`), file(`engines/${runtime}.err`)).toBe('0\n');
      const state = JSON.parse(output(`engines/${runtime}-state`));
      const found = at(ps('still'), `/by-${runtime}`);
      expect(found).toMatchObject({
        runtime,
        id: state.id,
        name: state.id,
        initPid: state.pid,
        state: state.status,
        kind: 'container',
      });
    });
    it('bubblewrap', () => {
      expect(at(ps('still'), '/lab/bubble')).toMatchObject({ runtime: 'bubblewrap', kind: 'container' });
    });
    it('chroot is a jail', () => {
      const jail = at(ps('still'), '/lab/jail');
      expect(jail).toMatchObject({ runtime: 'chroot', kind: 'jail', privateNamespaces: [] });
      expect(processes().find(({ pid }) => pid === jail.initPid)?.root).toBe('/tmp/rootfs');
    });
    it('unshare in unshare is a chain', () => {
      const both = ps('still').containers.filter((each) => each.cgroup.paths[''] === '/lab/nested');
      const [outer, inner] = both;
      expect(both).toHaveLength(2);
      expect(outer).toMatchObject({ runtime: 'unshare', depth: 0 });
      expect(inner).toMatchObject({ runtime: 'unshare', depth: 1, parent: outer?.key });
      const nsPid = /^NSpid:\t(.*)$/m.exec(
        processes().find(({ pid }) => pid === inner?.initPid)?.status ?? '',
      )?.[1];
      expect(nsPid).toMatch(/^\d+\t\d+\t1$/);
      expect(output('tree')).toMatch(new RegExp(`^.. ${inner?.name}`, 'm'));
    });
  });

  describe('processes and namespaces', () => {
    it('every namespace inode is the one of /proc/PID/ns', () => {
      const all = new Map(processes().map(({ pid, namespaces }) => [pid, namespaces]));
      for (const { initPid, namespaces, name } of ps('still').containers)
        expect(namespaces, name).toMatchObject(all.get(initPid) ?? { missing: initPid });
    });
    it('what is private is what differs from the namespaces of pid 1', () => {
      const all = new Map(processes().map(({ pid, namespaces }) => [pid, namespaces]));
      for (const { initPid, privateNamespaces, name } of ps('still').containers) {
        const own = Object.entries(all.get(initPid) ?? {}).filter(
          ([type, inode]) => inode !== all.get(1)?.[type],
        );
        expect([...privateNamespaces].sort(), name).toEqual(own.map(([type]) => type).sort());
      }
    });
    it('every process of an own pid namespace is in one container, and no other is twice', () => {
      const owners = ps('still').containers.flatMap((each) => each.pids);
      const first = processes().find(({ pid }) => pid === 1);
      const inside = processes().filter(({ namespaces }) => namespaces['pid'] !== first?.namespaces['pid']);
      expect(inside.length).toBeGreaterThan(10);
      expect(new Set(owners).size).toBe(owners.length);
      expect(inside.map(({ pid }) => pid).filter((pid) => !owners.includes(pid))).toEqual([]);
    });
  });

  describe('an ordinary user', () => {
    it('gets the same containers by pid namespace and cgroup', () => {
      const rootSees = ps('still').containers.filter(
        (each) => each.kind === 'container' && each.runtime !== 'docker',
      );
      const theirs = ps('nobody/ps').containers.map((each) => each.initPid);
      expect(theirs).toEqual(expect.arrayContaining(rootSees.map((each) => each.initPid)));
    });
    it('gets an unknown mark with path and errno for what is refused', () => {
      const used = at(ps('nobody/ps'), '/lab/used');
      const refused = {
        unknown: 'denied',
        path: expect.stringContaining(`/proc/${used.initPid}/ns/`),
        errno: 'EACCES',
      };
      expect(used.namespaces).toEqual(refused);
      expect(used.privateNamespaces).toEqual(refused);
    });
    it('still gets the numbers of cgroups, which everybody may read', () => {
      const used = at(ps('nobody/ps'), '/lab/used');
      expectBetween(used.memory['currentBytes'], 26 * MIB, 96 * MIB);
      expect(used).toMatchObject({ pidsLimit: 20, state: 'running' });
    });
    it('sees a question mark in the table for what is refused, and numbers for the rest', () => {
      const { initPid, pidsCount } = at(ps('nobody/ps'), '/lab/used');
      expect(output('nobody/text', /^porthole: namespaces of .* doctor .*\n$/)).toMatch(
        new RegExp(`^ *${initPid} +\\? +[\\d.]+M +${pidsCount} *$`, 'm'),
      );
    });
    it('is told by doctor what is missing', () => {
      const status = new Map(doctor('nobody/doctor').checks.map((check) => [check.id, check.status]));
      expect(status.get('ptrace')).toMatch(/limited|missing/);
      expect(status.get('hostnames')).toBe('missing');
      expect(status.get('cgroups')).toBe('ok');
    });
  });

  describe('hidepid=2', () => {
    it('is noted once for whom it hides something, with how much', () => {
      const notes = ps('hidepid/nobody').notes.filter(({ about }) => about === 'hidepid');
      expect(notes).toHaveLength(1);
      expect(notes[0]?.text).toMatch(/hidepid=(2|invisible), which hides \d+ of \d+ tasks/);
    });
    it('takes nothing from root, and says nothing', () => {
      expect(ps('hidepid/root').notes).toEqual([]);
      const pids = (document: PsDocument) => document.containers.map((each) => each.initPid);
      const before = ps('disk').containers.filter((each) => each.cgroup.paths[''] !== '/lab/busy');
      expect(pids(ps('hidepid/root'))).toEqual(before.map((each) => each.initPid));
    });
    it('takes every container from an ordinary user, and doctor says so', () => {
      expect(ps('hidepid/nobody').containers).toEqual([]);
      expect(doctor('hidepid/doctor').checks.find(({ id }) => id === 'proc')?.status).toBe('limited');
    });
    it('is said once on stderr: an empty table must not look like an empty host', () => {
      expect(output('hidepid/text', /^porthole: .*hidepid=.*\n$/)).toMatch(/^NAME .*\n$/);
    });
    it("does not make doctor doubt that this is the host's pid namespace", () => {
      expect(doctor('hidepid/doctor').checks.find(({ id }) => id === 'pid-namespace')?.status).toBe('ok');
    });
  });

  describe('no cgroup file system', () => {
    it.each(['no-cgroup/ps', 'no-cgroup/nobody'] as const)('is noted once: %s', (name) => {
      expect(ps(name).host.cgroupMode).toBe('none');
      expect(ps(name).notes.filter(({ about }) => about === 'cgroup')).toHaveLength(1);
    });
    it('leaves containers with what processes tell', () => {
      const [only, ...more] = ps('no-cgroup/ps').containers;
      expect(more).toEqual([]);
      expect(only).toMatchObject({
        runtime: 'unshare',
        cgroup: { mode: 'none', paths: {} },
        memory: { accounting: 'processes', limitBytes: 'max' },
        pidsCount: 1,
        state: 'running',
      });
    });
    it('shows in the table as in any other place, and is said once on stderr', () => {
      expect(output('no-cgroup/text', /^porthole: no cgroup file system .*\n$/)).toMatch(
        /^unshare:\d+ +unshare /m,
      );
    });
    it('is missing to doctor', () => {
      const status = new Map(doctor('no-cgroup/doctor').checks.map((check) => [check.id, check.status]));
      expect(status.get('cgroups')).toBe('missing');
      expect(status.get('controller-memory')).toBe('missing');
    });
  });
}
