/**
 * Porthole on a kernel with cgroup v2 alone: one boot of user-mode Linux, in which pure-v2.sh makes containers of every kind
 * and looks at them. What porthole said is compared with what the kernel's own files said in the same run.
 *
 * That kernel has one CPU, no PSI, no cpuset and no time namespaces, and accounts CPU time in ticks of 10 ms; bandwidth
 * control and its counters are exact to a tick all the same.
 */
import { describe, expect, it } from 'vitest';
import { schemaErrors } from '../schema.ts';
import { cgroupTests } from './pure-v2-cgroups.ts';
import { id, MIB, PS_DOCUMENTS, readerOf, type Seen } from './pure-v2-reader.ts';
import { rightsTests } from './pure-v2-rights.ts';
import { describeScript } from './script-run.ts';
import { runInUml, umlMissing } from './uml.ts';

/** The kernel sums some counters per CPU and in batches: two reads may differ by this without any change. */
const BATCH = MIB / 4;

const POD = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
const podSlice = `kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice`;

/** Cgroups as systemd and the engines name them; each holds one plain process. */
const PATTERNS: readonly { cgroup: string; runtime: string | undefined; id?: string; pod?: string }[] = [
  { cgroup: `system.slice/docker-${id('a')}.scope`, runtime: 'docker', id: id('a') },
  { cgroup: `docker/${id('b')}`, runtime: 'docker', id: id('b') },
  {
    cgroup: `kubepods.slice/kubepods-burstable.slice/${podSlice}/cri-containerd-${id('d')}.scope`,
    runtime: 'containerd',
    id: id('d'),
    pod: POD,
  },
  {
    cgroup: `kubepods.slice/kubepods-burstable.slice/${podSlice}/crio-${id('e')}.scope`,
    runtime: 'cri-o',
    id: id('e'),
    pod: POD,
  },
  {
    cgroup: `user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id('f')}.scope/container`,
    runtime: 'podman',
    id: id('f'),
  },
  { cgroup: `machine.slice/libpod-conmon-${id('1')}.scope`, runtime: undefined },
  { cgroup: `system.slice/crio-conmon-${id('2')}.scope`, runtime: undefined },
  { cgroup: 'system.slice/docker.service', runtime: undefined },
  { cgroup: `system.slice/var-lib-docker-${id('3')}.mount`, runtime: undefined },
  { cgroup: 'lxc.payload.web', runtime: 'lxc', id: 'web' },
  { cgroup: 'lxc.monitor.web', runtime: undefined },
  { cgroup: 'machine.slice/machine-old\\x2dstable.scope/payload', runtime: 'nspawn', id: 'old-stable' },
  { cgroup: 'machine.slice/machine-qemu\\x2d1\\x2dguest.scope', runtime: undefined },
];

const RUN = {
  title: 'pure cgroup v2',
  missing: umlMissing(),
  run: runInUml,
  script: 'pure-v2.sh',
  deadlineMs: 240_000,
  more: {
    env: { PATTERN_CGROUPS: PATTERNS.map(({ cgroup }) => cgroup).join('\n') },
    diskBytes: 16 * MIB,
  },
};

describeScript(RUN, (results) => {
  const reader = readerOf(results);
  const { file, output, ps, doctor, again, processes, at, kernel, number, expectBetween } = reader;

  describe('documents', () => {
    it.each(PS_DOCUMENTS)('%s is what the schema of ps says', (name) => {
      expect(schemaErrors('ps', ps(name))).toEqual([]);
    });
    it('each line of ps -w is', () => {
      expect(again().flatMap((document) => schemaErrors('ps', document))).toEqual([]);
    });
    it.each(['doctor', 'no-cgroup/doctor', 'nobody/doctor', 'hidepid/doctor', 'stray/doctor'])(
      '%s',
      (name) => {
        expect(schemaErrors('doctor', doctor(name))).toEqual([]);
      },
    );
    it.each(['inspect', 'inspect-frozen', 'nobody/inspect'])('%s', (name) => {
      expect(schemaErrors('inspect', JSON.parse(output(name)))).toEqual([]);
    });
    it('procs', () => {
      expect(schemaErrors('procs', JSON.parse(output('procs')))).toEqual([]);
    });
  });

  describe('hierarchies', () => {
    it('are v2 alone, with the controllers of the root', () => {
      const { host } = doctor('doctor');
      expect(host.cgroupMode).toBe('v2');
      expect(host.hierarchies).toEqual([
        {
          version: 2,
          controllers: kernel('root', 'cgroup.controllers').split(' '),
          mountPoint: '/sys/fs/cgroup',
          root: '/',
        },
      ]);
    });
    it('leave the root without counters and limits of its own, though it has the controllers', () => {
      const files = new Set(file('kernel/root').match(/^[a-z.]+(?=:)/gm));
      expect(kernel('root', 'cgroup.controllers')).toMatch(/\bmemory\b.*\bpids\b/);
      expect([...files]).toEqual(expect.arrayContaining(['cgroup.procs', 'cpu.stat']));
      const own = [
        'memory.current',
        'memory.max',
        'pids.current',
        'pids.max',
        'cpu.max',
        'io.max',
        'cgroup.events',
        'cgroup.type',
      ];
      expect(own.filter((name) => files.has(name))).toEqual([]);
    });

    it('give every container mode v2 and the path /proc/PID/cgroup has', () => {
      const cgroups = new Map(processes().map(({ pid, cgroup }) => [pid, cgroup]));
      for (const { initPid, cgroup } of ps('still').containers) {
        expect(cgroup.mode).toBe('v2');
        expect(`0::${cgroup.paths['']}`).toBe(
          cgroups.get(initPid)?.replace(/(machine-\S+\.scope)\/payload$/, '$1'),
        );
      }
    });
    it('are examined by doctor: four controllers are there, PSI is not', () => {
      const status = new Map(doctor('doctor').checks.map((check) => [check.id, check.status]));
      for (const name of ['cpu', 'memory', 'pids', 'io'])
        expect(status.get(`controller-${name}`), name).toBe('ok');
      expect(status.get('pressure')).toBe('missing');
    });
    it('with a stray v1 net_cls beside them stay v2', () => {
      expect(file('stray/mount.status')).toBe('0\n');
      expect(file('stray/cgroup')).toMatch(/^\d+:net_cls:\/\n0::\/\n$/);
      expect(doctor('stray/doctor').host.cgroupMode).toBe('v2');
      const used = at(ps('stray/ps'), '/lab/used');
      expect(used.cgroup).toMatchObject({ mode: 'v2', paths: { '': '/lab/used', net_cls: '/' } });
      expect(used.pidsLimit).toBe(20);
    });
  });

  it('finds no container before there is one', () => {
    expect(ps('empty').containers).toEqual([]);
  });

  describe('memory', () => {
    it('current is memory.current', () => {
      const readings = [number('before/used', 'memory.current'), number('after/used', 'memory.current')];
      const { currentBytes } = at(ps('still'), '/lab/used').memory;
      expectBetween(currentBytes, Math.min(...readings) - BATCH, Math.max(...readings) + BATCH);
      expectBetween(currentBytes, 26 * MIB, 96 * MIB);
    });
    it('working set leaves out inactive_file, of which there is plenty', () => {
      const { workingSetBytes } = at(ps('still'), '/lab/used').memory;
      const inactive = number('after/used', 'memory.stat', 'inactive_file');
      expect(inactive).toBeGreaterThan(8 * MIB);
      const expected = number('after/used', 'memory.current') - inactive;
      expectBetween(workingSetBytes, expected - BATCH, expected + BATCH);
    });
    it.each([
      ['anonBytes', 'anon', 20 * MIB],
      ['fileBytes', 'file', 14 * MIB],
      ['shmemBytes', 'shmem', 6 * MIB],
    ])('%s is the %s of memory.stat', (field, key, least) => {
      const expected = number('after/used', 'memory.stat', key);
      expect(expected).toBeGreaterThanOrEqual(least);
      expectBetween(at(ps('still'), '/lab/used').memory[field], expected - BATCH, expected + BATCH);
    });
    it('swap is known to be none', () => {
      expect(kernel('after/used', 'memory.swap.current')).toBe('0');
      expect(at(ps('still'), '/lab/used').memory['swapBytes']).toBe(0);
    });
    it.each([
      ['no limit of its own, one on the parent', '/lab/used', 'max', 96 * MIB, '/lab'],
      ["a limit of its own below the parent's", '/lab/limited', 48 * MIB, 48 * MIB, '/lab/limited'],
      ['a limit from runc', '/by-runc', 32 * MIB, 32 * MIB, '/by-runc'],
    ])('%s', (_what, path, limitBytes, effectiveLimitBytes, limitedBy) => {
      expect(at(ps('still'), path).memory).toMatchObject({ limitBytes, effectiveLimitBytes, limitedBy });
    });
    it('without any limit is bounded by what the machine has', () => {
      const kib = /^MemTotal: +(\d+) kB$/m.exec(file('meminfo'))?.[1];
      expect(at(ps('still'), `/system.slice/docker-${id('a')}.scope`).memory).toMatchObject({
        limitBytes: 'max',
        effectiveLimitBytes: Number(kib) * 1024,
        limitedBy: 'host',
      });
    });
    it('counts what the OOM killer took', () => {
      expect(number('before/killed', 'memory.events', 'oom_kill')).toBeGreaterThan(0);
      const killed = at(ps('still'), '/lab/killed').memory['oomKills'];
      expect(killed).toBe(number('before/killed', 'memory.events', 'oom_kill'));
      expect(at(ps('still'), '/lab/used').memory['oomKills']).toBe(0);
    });
    it('that hits its limit is told by inotify on memory.events', () => {
      expect(file('memory-events')).toBe('told');
    });

    it("of a cgroup shared with a stranger is not the container's", () => {
      const { memory, pidsCount } = at(ps('still'), '/lab/shared');
      expect(number('before/shared', 'pids.current')).toBe(3);
      expect(pidsCount).toBe(1);
      expect(memory).toMatchObject({
        accounting: 'processes',
        limitBytes: 'max',
        effectiveLimitBytes: 96 * MIB,
      });
    });
    it('of a cgroup whose parent does not hand the controller down comes from processes', () => {
      expect(kernel('before/outer-frozen', 'memory.current')).toBe('');
      expect(at(ps('still'), '/lab/outer/frozen').memory).toMatchObject({ accounting: 'processes' });
    });
  });

  describe('pids', () => {
    it('are pids.current, threads included, and pids.max', () => {
      const { pidsCount, pidsLimit, pids } = at(ps('still'), '/lab/used');
      expect(pidsCount).toBe(number('before/used', 'pids.current'));
      expect(pidsCount).toBeGreaterThan(pids.length);
      expect(pidsLimit).toBe(20);
    });
    it("without a limit of its own have the parent's", () => {
      expect(kernel('before/limited', 'pids.max')).toBe('max');
      expect(at(ps('still'), '/lab/limited')).toMatchObject({ pidsLimit: 'max', effectivePidsLimit: 200 });
    });
  });

  describe('cpu over five seconds', () => {
    it('of a busy loop held to half a core is half a core', () => {
      const { ratio, limitCores } = at(ps('rates'), '/lab/busy').cpu;
      expect(limitCores).toBe(0.5);
      expectBetween(ratio, 0.4, 0.6);
    });
    it('is what cpu.stat says over the same time', () => {
      const usec =
        number('after/busy', 'cpu.stat', 'usage_usec') - number('before/busy', 'cpu.stat', 'usage_usec');
      const seconds = number('after/busy', 'uptime') - number('before/busy', 'uptime');
      const { ratio } = at(ps('rates'), '/lab/busy').cpu;
      expectBetween(ratio, usec / 1e6 / seconds - 0.1, usec / 1e6 / seconds + 0.1);
    });
    it('counts throttling', () => {
      const { throttledRatio, throttledUsec, usageUsec } = at(ps('rates'), '/lab/busy').cpu;
      expectBetween(throttledRatio, 0.5, 1);
      const spent = (key: string) =>
        [number('before/busy', 'cpu.stat', key), number('after/busy', 'cpu.stat', key)] as const;
      expectBetween(throttledUsec, ...spent('throttled_usec'));
      expectBetween(usageUsec, ...spent('usage_usec'));
    });
    it('of a sleeping container is next to nothing', () => {
      const { ratio, throttledRatio, limitCores } = at(ps('rates'), '/lab/limited').cpu;
      expectBetween(ratio, 0, 0.02);
      expect({ throttledRatio, limitCores }).toEqual({ throttledRatio: 0, limitCores: 'max' });
    });
    it('has no rate in a single sample', () => {
      for (const { cpu, io } of ps('still').containers) {
        expect(cpu).not.toHaveProperty('ratio');
        expect(io).not.toHaveProperty('readBytesPerSec');
      }
    });
  });

  describe('io', () => {
    it('is io.stat', () => {
      expect(kernel('disk', 'io.stat')).toMatch(/^\d+:\d+ rbytes=4194304 wbytes=8388608 /);
      expect(at(ps('disk'), '/lab/disk').io).toEqual({ readBytes: 4 * MIB, writeBytes: 8 * MIB });
    });
    it('has a rate over the time between the samples', () => {
      const { io } = at(ps('rates'), '/lab/disk');
      const most = number('after/busy', 'uptime') - number('before/busy', 'uptime');
      expectBetween(io['readBytesPerSec'], (4 * MIB) / most, (4 * MIB) / 4.9);
      expectBetween(io['writeBytesPerSec'], (8 * MIB) / most, (8 * MIB) / 4.9);
    });
    it('of a container that used no disk is zero', () => {
      expect(kernel('before/limited', 'io.stat')).toBe('');
      expect(at(ps('still'), '/lab/limited').io).toEqual({ readBytes: 0, writeBytes: 0 });
    });
    it('is absent where the cgroup has no io controller', () => {
      expect(at(ps('still'), `/system.slice/docker-${id('a')}.scope`).io).not.toHaveProperty('readBytes');
    });
  });

  describe('freezer', () => {
    it('frozen by its own wish', () => {
      expect(kernel('before/frozen', 'cgroup.events')).toContain('frozen 1');
      const frozen = at(ps('still'), '/lab/frozen');
      expect(frozen.state).toBe('frozen');
      expect(frozen).not.toHaveProperty('frozenBy');
    });
    it('frozen by the wish of its parent, which is named', () => {
      expect(kernel('before/outer-frozen', 'cgroup.freeze')).toBe('0');
      expect(kernel('before/outer-frozen', 'cgroup.events')).toContain('frozen 1');
      expect(at(ps('still'), '/lab/outer/frozen')).toMatchObject({ state: 'frozen', frozenBy: '/lab/outer' });
    });
    it('thawed again is running', () => {
      expect(kernel('before/thawed', 'cgroup.events')).toContain('frozen 0');
      expect(at(ps('still'), '/lab/thawed').state).toBe('running');
    });
    it('does not keep inspect from looking inside', () => {
      const { container } = JSON.parse(output('inspect-frozen'));
      expect(container).toMatchObject({ state: 'frozen', argv: ['sleep', '1000'] });
    });
    it('stops nothing else', () => {
      const frozen = ps('still').containers.filter((each) => each.state !== 'running');
      expect(frozen.map((each) => each.cgroup.paths['']).sort()).toEqual([
        '/lab/frozen',
        '/lab/outer/frozen',
      ]);
    });
  });

  describe('the same path made again', () => {
    const KEY = `docker:${id('c')}`;
    const seen = () => again().flatMap((document) => document.containers.filter((each) => each.key === KEY));

    it('is another cgroup, with the same key', () => {
      expect(kernel('before/again', 'inode')).not.toBe(kernel('after/again', 'inode'));
      expect(new Set(seen().map((each) => each.initPid)).size).toBe(2);
    });
    it('has no rate against its predecessor', () => {
      const first = seen().findIndex(
        (each, index, all) => index > 0 && each.initPid !== all[index - 1]?.initPid,
      );
      const { cpu, io } = seen()[first] as Seen;
      expect(cpu).not.toHaveProperty('ratio');
      expect(cpu).not.toHaveProperty('throttledRatio');
      expect(io).not.toHaveProperty('readBytesPerSec');
    });
    it('has a sane rate before and after', () => {
      const [, sleeping] = seen();
      const last = seen().at(-1);
      expectBetween(sleeping?.cpu.ratio, 0, 0.1);
      expectBetween(last?.cpu.ratio, 0.2, 1.1);
    });
    it('never gives a negative rate or more than the one CPU', () => {
      const rates = again().flatMap(({ containers }) => containers.flatMap(({ cpu }) => cpu.ratio ?? []));
      expect(rates.length).toBeGreaterThan(0);
      for (const rate of rates) expectBetween(rate, 0, 1.1);
    });
  });

  describe('names in cgroup paths', () => {
    it.each(PATTERNS.filter(({ runtime }) => runtime !== undefined))('$runtime: $cgroup', (expected) => {
      const pid = processes().find(({ cgroup }) => cgroup === `0::/${expected.cgroup}`)?.pid;
      const found = ps('still').containers.filter((each) => each.initPid === pid);
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ runtime: expected.runtime, id: expected.id, kind: 'container' });
      expect(found[0]?.pod?.id).toBe(expected.pod);
    });
    it.each(PATTERNS.filter(({ runtime }) => runtime === undefined))(
      'no container: $cgroup',
      ({ cgroup }) => {
        const inside = processes().filter((each) => each.cgroup === `0::/${cgroup}`);
        expect(inside).toHaveLength(1);
        expect(ps('still').containers.filter((each) => each.pids.includes(inside[0]?.pid ?? 0))).toEqual([]);
      },
    );
  });

  rightsTests(reader);
  cgroupTests(reader);
});
