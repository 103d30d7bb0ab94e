/**
 * Porthole on a kernel with cgroup v2 alone: one boot of user-mode Linux, in which pure-v2.sh makes containers of every kind
 * and looks at them. What porthole said is compared with what the kernel's own files said in the same run.
 *
 * That kernel has one CPU, no PSI, no cpuset and no time namespaces, and accounts CPU time in ticks of 10 ms; bandwidth
 * control and its counters are exact to a tick all the same.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOnce } from '../../src/build/bundle.mjs';
import type { CgroupView } from '../../src/model/cgroup-view.ts';
import { type CgroupsDocument, compareCgroups, type Entry } from '../cgroups/compare.ts';
import { schemaErrors } from '../schema.ts';
import type { MachineResult } from './machine.ts';
import { runInUml, umlMissing } from './uml.ts';

const MIB = 2 ** 20;
/** The kernel sums some counters per CPU and in batches: two reads may differ by this without any change. */
const BATCH = MIB / 4;

const id = (digit: string) => digit.repeat(64);
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

interface Seen {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly kind: string;
  readonly initPid: number;
  readonly pids: readonly number[];
  readonly parent?: string;
  readonly pod?: { readonly id: string };
  readonly state: string;
  readonly frozenBy?: string;
  readonly startedAt: string;
  readonly depth: number;
  readonly namespaces: Record<string, number>;
  readonly privateNamespaces: readonly string[];
  readonly cgroup: { readonly mode: string; readonly paths: Record<string, string> };
  readonly cpu: Record<'usageUsec' | 'ratio' | 'throttledUsec' | 'throttledRatio' | 'limitCores', number>;
  readonly memory: Record<string, unknown>;
  readonly io: Record<string, number>;
  readonly pidsCount: number;
  readonly pidsLimit: number | 'max';
  readonly effectivePidsLimit?: number | 'max';
}

interface PsDocument {
  readonly takenAt: string;
  readonly host: { readonly cgroupMode: string };
  readonly containers: readonly Seen[];
  readonly notes: readonly { readonly about: string; readonly text: string }[];
}

interface DoctorDocument {
  readonly host: { readonly cgroupMode: string; readonly hierarchies: unknown };
  readonly checks: readonly { readonly id: string; readonly status: string }[];
}

interface KernelProcess {
  readonly pid: number;
  readonly comm: string;
  readonly status: string;
  readonly cgroup: string;
  readonly root: string;
  readonly namespaces: Record<string, number>;
}

/** Documents of `ps --json` in $OUT, for checks that hold for all of them. */
const PS_DOCUMENTS = [
  'no-cgroup/ps',
  'no-cgroup/nobody',
  'empty',
  'still',
  'rates',
  'disk',
  'nobody/ps',
  'hidepid/root',
  'hidepid/nobody',
  'inside/ps',
  'inside/host-mount',
  'stray/ps',
] as const;

const missing = umlMissing();
const title = missing === undefined ? 'pure cgroup v2' : `pure cgroup v2: skipped, ${missing}`;

describe.skipIf(missing !== undefined)(title, () => {
  let machine: MachineResult;

  beforeAll(async () => {
    await buildOnce();
    machine = await runInUml({
      script: readFileSync(new URL('pure-v2.sh', import.meta.url), 'utf8'),
      directories: { repository: fileURLToPath(new URL('../..', import.meta.url)) },
      env: { PATTERN_CGROUPS: PATTERNS.map(({ cgroup }) => cgroup).join('\n') },
      diskBytes: 16 * MIB,
      deadlineMs: 240_000,
    });
  });

  function file(name: string): string {
    const text = machine.files.get(name);
    if (text !== undefined) return text;
    throw new Error(`the machine left no ${name}; its standard error:\n${machine.stderr}`);
  }

  /** What a command printed, provided that it ended with 0 and said on stderr what was expected: nothing, mostly. */
  function output(name: string, said: RegExp = /^$/): string {
    expect(file(`${name}.err`), name).toMatch(said);
    expect(file(`${name}.status`), name).toBe('0\n');
    return file(`${name}.out`);
  }

  const ps = (name: (typeof PS_DOCUMENTS)[number]): PsDocument => JSON.parse(output(name));
  const doctor = (name: string): DoctorDocument => JSON.parse(output(name));
  const again = (): PsDocument[] =>
    file('again.out')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const processes = (): KernelProcess[] => JSON.parse(file('still-processes.json'));

  function at(document: PsDocument, path: string): Seen {
    const found = document.containers.filter((each) => each.cgroup.paths[''] === path && each.depth === 0);
    expect(
      found.map((each) => each.key),
      path,
    ).toHaveLength(1);
    return found[0] as Seen;
  }

  /** A file of a cgroup at one moment of the run; `key` picks a line of the flat-keyed ones. */
  function kernel(snapshot: string, name: string, key?: string): string {
    const lines = file(`kernel/${snapshot}`)
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1));
    if (key === undefined) return lines.join('\n');
    return lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1) ?? '';
  }
  const number = (snapshot: string, name: string, key?: string): number => {
    const text = kernel(snapshot, name, key);
    expect(text, `${snapshot} ${name} ${key ?? ''}`).toMatch(/^\d+(\.\d+)?$/);
    return Number(text);
  };

  function expectBetween(value: unknown, least: number, most: number): void {
    expect(value).toBeGreaterThanOrEqual(least);
    expect(value).toBeLessThanOrEqual(most);
  }

  it('runs to its end', () => {
    expect(machine.stdout).toMatch(/ end\n$/);
    expect(machine.status).toBe(0);
  });

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
});
