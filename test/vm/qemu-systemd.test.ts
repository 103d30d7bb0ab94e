/**
 * Systemd as pid 1 on pure cgroup v2, in one boot of QEMU: engines under both cgroup drivers, nspawn machines and services
 * with private namespaces (qemu-systemd.sh). The truth is what the engines, machined, systemd and the kernel's files say.
 */
import { describe, expect, it } from 'vitest';
import { schemaErrors } from '../schema.ts';
import { qemuMissing, READY_WITHIN_MS, runInQemu } from './qemu.ts';
import { DOCKER, PODMAN, readerOf } from './qemu-systemd-reader.ts';
import { describeScript } from './script-run.ts';

const MIB = 2 ** 20;

const MACHINES = ['old-stable', 'web'];
const ALL = [...DOCKER, ...PODMAN, ...MACHINES];
const SERVICES = ['hardened', 'dynamic', 'rooted'];
const LOOKED_AT = ['limited', 'pod-scope', 'old-stable', 'web'];

const RUN = {
  title: 'systemd on pure v2',
  missing: qemuMissing(),
  run: runInQemu,
  script: 'qemu-systemd.sh',
  deadlineMs: 330_000,
  more: { init: 'systemd', readyWithinMs: READY_WITHIN_MS },
} as const;

describeScript(RUN, (results) => {
  const { named, inspected, cgroupOf, inCgroup, properties, smallest } = readerOf(results);

  it('says nothing besides', () => expect(results().machine.stderr).toBe(''));

  it('shows every container, and of what systemd runs by itself only own roots and an own pid namespace', () => {
    const [rooted] = inCgroup('/system.slice/rooted.service');
    const [scoped] = inCgroup('/system.slice/session-9.scope');
    const unshared = inCgroup('/system.slice/unshared.service').find(({ comm }) => comm === 'sleep');
    const seen = results()
      .containers('ps')
      .map((each) => [each.name, each.runtime, each.kind, each.initPid]);
    expect(seen.filter(([name]) => !ALL.includes(String(name)))).toEqual(
      expect.arrayContaining([
        ['no-cgroup', 'podman', 'container', inspected('no-cgroup').State.Pid],
        [`chroot:${rooted?.pid}`, 'chroot', 'jail', rooted?.pid],
        [`chroot:${scoped?.pid}`, 'chroot', 'jail', scoped?.pid],
        [`unshare:${unshared?.pid}`, 'unshare', 'container', unshared?.pid],
      ]),
    );
    expect(seen).toHaveLength(ALL.length + 4);
  });

  describe('documents', () => {
    it.each(['ps', 'all', 'thawed'])('%s is what the schema of ps says', (name) => {
      expect(schemaErrors('ps', JSON.parse(results().output(name)))).toEqual([]);
    });
    it('doctor', () => expect(schemaErrors('doctor', JSON.parse(results().output('doctor')))).toEqual([]));
    it.each(LOOKED_AT)('inspect %s', (name) => {
      expect(schemaErrors('inspect', JSON.parse(results().output(`inspect/${name}`)))).toEqual([]);
    });
    it.each(LOOKED_AT)('procs %s', (name) => {
      expect(schemaErrors('procs', JSON.parse(results().output(`procs/${name}`)))).toEqual([]);
    });
  });

  describe.each([...DOCKER, ...PODMAN])('%s', (name) => {
    it('is who its engine says', () => {
      const truth = inspected(name);
      expect(named(name)).toMatchObject({
        runtime: PODMAN.includes(name) ? 'podman' : 'docker',
        id: truth.Id,
        kind: 'container',
        image: truth.ImageName ?? truth.Config.Image,
        initPid: truth.State.Pid,
        ...(name !== 'sharing' && { hostname: truth.Config.Hostname }),
        state: truth.State.Status === 'paused' ? 'frozen' : truth.State.Status,
      });
    });
    it('holds the processes of its cgroup, those started later included', () => {
      const { cgroup, pids } = named(name);
      const inside = inCgroup(cgroup.paths['']);
      expect(inside).toHaveLength(['limited', 'pod-scope'].includes(name) ? 2 : 1);
      expect(pids).toEqual(inside.map(({ pid }) => pid));
    });
    it('has the limits its engine set', () => {
      const { HostConfig } = inspected(name);
      const seen = named(name);
      expect(seen.memory['limitBytes']).toBe(HostConfig.Memory === 0 ? 'max' : HostConfig.Memory);
      expect(seen.cpu['limitCores']).toBe(HostConfig.NanoCpus === 0 ? 'max' : HostConfig.NanoCpus / 1e9);
      if (HostConfig.PidsLimit) expect(seen.pidsLimit).toBe(HostConfig.PidsLimit);
    });
  });

  it.each([
    ['limited', /^\/system\.slice\/docker-[0-9a-f]{64}\.scope$/],
    ['sliced', /^\/capped\.slice\/docker-[0-9a-f]{64}\.scope$/],
    ['plain', /^\/docker\/[0-9a-f]{64}$/],
    ['pod-scope', /^\/machine\.slice\/libpod-[0-9a-f]{64}\.scope\/container$/],
    ['pod-paused', /^\/capped\.slice\/libpod-[0-9a-f]{64}\.scope\/container$/],
    [
      'in-pod',
      /^\/machine\.slice\/machine-libpod_pod_[0-9a-f]{64}\.slice\/libpod-[0-9a-f]{64}\.scope\/container$/,
    ],
    ['split', /^\/system\.slice\/split\.service\/libpod-payload-[0-9a-f]{64}$/],
    ['pod-plain', /^\/libpod_parent\/libpod-[0-9a-f]{64}$/],
  ])('the cgroup of %s is the one of its init, as its driver makes it', (name, shape) => {
    const { cgroup, initPid } = named(name);
    expect(cgroup).toMatchObject({ mode: 'v2', own: true, paths: { '': expect.stringMatching(shape) } });
    expect(cgroup.paths['']).toBe(cgroupOf(initPid));
    // Podman names the scope, in which crun makes the leaf.
    const engines = PODMAN.includes(name)
      ? (inspected(name).State.CgroupPath ?? '')
      : (cgroup.paths[''] ?? '');
    expect(cgroup.ownPaths).toContain(engines);
  });

  it('a container of podman without a cgroup of its own is told by conmon and its namespaces', () => {
    const { Id, State } = inspected('no-cgroup');
    const seen = results()
      .containers('ps')
      .filter((each) => each.id === Id);
    expect(seen).toMatchObject([
      {
        runtime: 'podman',
        name: 'no-cgroup',
        kind: 'container',
        initPid: State.Pid,
        cgroup: { own: false, ownPaths: [] },
        memory: { accounting: 'processes', limitBytes: 'max' },
      },
    ]);
  });

  it('both containers of a pod are in it, and no other is in one', () => {
    const pod = results().file('pod.log').trim();
    const inPods = results()
      .containers('ps')
      .filter((each) => each.pod !== undefined);
    expect(inPods.map((each) => [each.name, each.pod?.id]).sort()).toEqual([
      ['in-pod', pod],
      ['pod-infra', pod],
    ]);
  });

  it('of a privileged container and of one that shares namespaces, only what is private is said to be', () => {
    expect([...named('privileged').privateNamespaces].sort()).toEqual([
      'cgroup',
      'ipc',
      'mnt',
      'net',
      'pid',
      'uts',
    ]);
    expect(named('sharing').privateNamespaces).toEqual(['mnt']);
  });

  describe.each(MACHINES)('machine %s', (name) => {
    it('is who machined says', () => {
      const machine = properties(`machine-${name}`);
      expect(named(name)).toMatchObject({
        runtime: 'nspawn',
        id: machine.get('Name'),
        kind: 'container',
        initPid: Number(machine.get('Leader')),
      });
    });
    it('has the cgroup of its unit, with its limit and freezer', () => {
      const unit = properties('units', properties(`machine-${name}`).get('Unit'));
      const { cgroup, memory, state } = named(name);
      expect(cgroup.paths['']).toBe(unit.get('ControlGroup'));
      expect(String(memory['limitBytes'])).toBe(unit.get('MemoryMax')?.replace('infinity', 'max'));
      expect(state).toBe(unit.get('FreezerState'));
    });
    it('has the processes of its payload, and not nspawn itself', () => {
      const payload = `${named(name).cgroup.paths['']}/payload`;
      const inside = inCgroup(payload).map((each) => each.pid);
      expect(inside.length).toBeGreaterThan(0);
      expect(named(name).pids).toEqual(inside);
    });
  });

  describe('services', () => {
    const pidOf = (name: string) => Number(properties('units', `${name}.service`).get('MainPID'));

    it('have the private namespaces that make them look like containers', () => {
      const all = results().processes('truth/processes');
      const host = all.find((each) => each.pid === 1)?.namespaces;
      const own = (name: string) =>
        Object.entries(all.find((each) => each.pid === pidOf(name))?.namespaces ?? {})
          .filter(([type, inode]) => inode !== host?.[type])
          .map(([type]) => type)
          .sort();
      expect(own('hardened')).toEqual(['ipc', 'mnt', 'net', 'user', 'uts']);
      expect(own('dynamic')).toEqual(['mnt']);
      expect(own('rooted')).toEqual(['mnt']);
    });
    it.each(SERVICES)('%s is no container, nor in one', (name) => {
      const holders = results()
        .containers('all')
        .filter((each) => each.pids.includes(pidOf(name)));
      expect(holders.filter((each) => each.kind === 'container')).toEqual([]);
    });
    it('the hardened one is a sandbox, which only --all shows', () => {
      const holders = results()
        .containers('all')
        .filter((each) => each.pids.includes(pidOf('hardened')));
      expect(holders).toMatchObject([
        { kind: 'sandbox', runtime: 'systemd', cgroup: { paths: { '': '/system.slice/hardened.service' } } },
      ]);
      expect(
        results()
          .containers('ps')
          .flatMap((each) => each.pids),
      ).not.toContain(pidOf('hardened'));
    });
    it("the engines' own services and their shims are in no container", () => {
      const inside = new Set(
        results()
          .containers('all')
          .flatMap((each) => each.pids),
      );
      const engines = results()
        .processes('truth/processes')
        .filter(({ comm }) => /^(?:dockerd|containerd|conmon|systemd)/.test(comm));
      expect(engines.length).toBeGreaterThan(10);
      expect(engines.filter(({ pid }) => inside.has(pid))).toEqual([]);
    });
  });

  describe('limits on the way up', () => {
    it.each(ALL)('%s: the smallest, and whose it is', (name) => {
      const { memory, cgroup } = named(name);
      const { bytes, at } = smallest(cgroup.paths[''] ?? '');
      expect(memory).toMatchObject({ effectiveLimitBytes: bytes, limitedBy: at });
    });
    it("of a container in a service's part is the service's", () => {
      expect(named('split').memory).toMatchObject({
        limitBytes: 'max',
        effectiveLimitBytes: 80 * MIB,
        limitedBy: '/system.slice/split.service',
      });
    });
    it.each(['sliced', 'pod-paused', 'old-stable'])("%s is held by its slice's limit", (name) => {
      expect(named(name).memory).toMatchObject({
        effectiveLimitBytes: 48 * MIB,
        limitedBy: '/capped.slice',
      });
    });
    it('is marked in the table', () => {
      expect(results().output('text')).toMatch(/^sliced +docker +running +48\.0M↑$/m);
      expect(results().output('text')).toMatch(/^limited +docker +running +64\.0M$/m);
    });
  });

  describe('state', () => {
    const FROZEN = ['paused', 'pod-paused', 'old-stable'];
    it.each(ALL)('%s is what its cgroup.events says', (name) => {
      const { cgroup, state } = named(name);
      const events = results()
        .file('truth/cgroups')
        .split('\n')
        .filter((line) => line.startsWith(`.${cgroup.paths['']}/cgroup.events:frozen`));
      expect(events).toHaveLength(1);
      expect(state).toBe(events[0]?.endsWith('frozen 1') ? 'frozen' : 'running');
      expect(state).toBe(FROZEN.includes(name) ? 'frozen' : 'running');
      expect(named(name)).not.toHaveProperty('frozenBy');
    });
    it.each(FROZEN)('%s runs again once thawed', (name) => {
      expect(named(name, 'thawed').state).toBe('running');
    });
  });

  it('every container has pressure of cpu, memory and io', () => {
    for (const name of ALL)
      expect(named(name).pressure, name).toEqual({
        cpu: { someAvg10: expect.any(Number), fullAvg10: expect.any(Number) },
        memory: { someAvg10: expect.any(Number), fullAvg10: expect.any(Number) },
        io: { someAvg10: expect.any(Number), fullAvg10: expect.any(Number) },
      });
  });

  it('every namespace inode is the one of /proc/PID/ns, time included', () => {
    const all = new Map(
      results()
        .processes('truth/processes')
        .map((each) => [each.pid, each.namespaces]),
    );
    for (const { initPid, namespaces, privateNamespaces, name } of results().containers('ps')) {
      expect(Object.keys(namespaces)).toHaveLength(8);
      expect(namespaces, name).toEqual(all.get(initPid));
      const own = Object.entries(namespaces).filter(([type, inode]) => inode !== all.get(1)?.[type]);
      expect([...privateNamespaces].sort(), name).toEqual(own.map(([type]) => type).sort());
    }
  });

  it.each(LOOKED_AT)('procs of %s has the pids inside that the kernel has', (name) => {
    const { processes }: { processes: { pid: number; innerPids: number[] }[] } = JSON.parse(
      results().output(`procs/${name}`),
    );
    const status = new Map(
      results()
        .processes('truth/processes')
        .map((each) => [each.pid, each.status]),
    );
    expect(processes.map(({ pid }) => pid)).toEqual(named(name).pids);
    for (const { pid, innerPids } of processes) {
      const nsPid = /^NSpid:\t(.*)$/m.exec(status.get(pid) ?? '')?.[1];
      expect([pid, ...innerPids].slice(-2)).toEqual(nsPid?.split('\t').map(Number));
    }
  });

  it('the v1 hierarchy that nspawn mounts for its payload makes no hybrid host', () => {
    const { cgroup } = results()
      .processes('truth/processes')
      .find((each) => each.pid === 1) ?? { cgroup: '' };
    expect(cgroup).toMatch(/^1:name=systemd:\/.*\n0::\/init\.scope$/);
    for (const each of results().containers('ps')) expect(each.cgroup.mode, each.name).toBe('v2');
  });

  it('doctor finds v2 alone with every controller and PSI', () => {
    const { host, checks }: { host: { cgroupMode: string }; checks: { id: string; status: string }[] } =
      JSON.parse(results().output('doctor'));
    expect(host.cgroupMode).toBe('v2');
    const status = Object.fromEntries(checks.map((check) => [check.id, check.status]));
    expect(status).toMatchObject({
      cgroups: 'ok',
      'controller-cpu': 'ok',
      'controller-memory': 'ok',
      'controller-pids': 'ok',
      'controller-io': 'ok',
      pressure: 'ok',
    });
  });
});
