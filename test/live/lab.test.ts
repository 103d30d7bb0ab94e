// The lab itself, against the kernel: are these real containers, is what it says of them true, and is all gone afterwards?
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBadEnd } from '../lab/bad-end.ts';
import {
  type HostSnapshot,
  Lab,
  type LabContainer,
  type LabRuntime,
  leftovers,
  snapshot,
  sweepStale,
} from '../lab/index.ts';
import { Journal } from '../lab/journal.ts';
import { cgroupsOf, innerPidsOf, isAlive, namespaceOf, statOf } from '../lab/proc.ts';

const hex64 = /^[0-9a-f]{64}$/;
/** What the kernel must show of each: whether it has a pid namespace, and what its memory and systemd cgroups end in. */
const expected: [
  LabRuntime,
  { ownPids: boolean; id: RegExp | undefined; cgroup: (name: string, id: string) => string },
][] = [
  ['docker', { ownPids: true, id: hex64, cgroup: (_, id) => `/docker/${id}` }],
  ['containerd', { ownPids: true, id: /^lab-containerd$/, cgroup: (name) => `/default/${name}` }],
  ['podman', { ownPids: true, id: hex64, cgroup: (_, id) => `/libpod_parent/libpod-${id}` }],
  ['runc', { ownPids: true, id: /^lab-runc$/, cgroup: (name) => `/${name}` }],
  ['lxc', { ownPids: true, id: /^lab-lxc$/, cgroup: (name) => `/lxc.payload.${name}` }],
  [
    'nspawn',
    {
      ownPids: true,
      id: /^lab-nspawn$/,
      cgroup: (name) => `/machine.slice/machine-${name.replace('-', '\\x2d')}.scope/payload`,
    },
  ],
  ['bubblewrap', { ownPids: true, id: undefined, cgroup: () => '' }],
  ['unshare', { ownPids: true, id: undefined, cgroup: () => '' }],
  ['chroot', { ownPids: false, id: undefined, cgroup: () => '' }],
];

describe('all engines at once', () => {
  let before: HostSnapshot;
  let lab: Lab;
  const containers = new Map<LabRuntime, LabContainer>();

  beforeAll(async () => {
    before = snapshot();
    lab = await Lab.create();
    const started = performance.now();
    const starting: (() => Promise<LabContainer>)[] = [
      async () => (await lab.docker()).run({ name: 'lab-docker', args: ['-m', '64m'] }),
      async () => (await lab.containerd()).run({ name: 'lab-containerd' }),
      () => lab.podman({ name: 'lab-podman' }),
      () => lab.runc({ name: 'lab-runc' }),
      () => lab.lxc({ name: 'lab-lxc' }),
      () => lab.nspawn({ name: 'lab-nspawn' }),
      () => lab.bubblewrap({ name: 'lab-bubblewrap' }),
      () => lab.unshare({ name: 'lab-unshare' }),
      () => lab.chroot({ name: 'lab-chroot' }),
    ];
    for (const container of await Promise.all(starting.map((start) => start()))) {
      containers.set(container.runtime, container);
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });
  afterAll(() => lab?.close());

  const the = (runtime: LabRuntime): LabContainer => {
    const container = containers.get(runtime);
    if (!container) throw new Error(`${runtime} was not started`);
    return container;
  };

  it.each(expected)('%s: the init pid is what the kernel says', (runtime, { ownPids, id, cgroup }) => {
    const container = the(runtime);
    const { initPid, commandPid } = container;
    if (id) expect(container.id).toMatch(id);
    else expect(container.id).toBeUndefined();
    expect(innerPidsOf(initPid)).toEqual(ownPids ? [initPid, 1] : [initPid]);
    expect(namespaceOf(initPid, 'pid') !== namespaceOf('self', 'pid')).toBe(ownPids);
    expect(statOf(commandPid)?.comm).toBe('sleep');
    if (runtime === 'chroot') expect(readlinkSync(`/proc/${initPid}/root`)).toBe(lab.rootfs);
    const path = cgroup(container.name, container.id ?? '');
    if (path) expect(cgroupsOf(initPid).get('name=systemd')).toBe(path);
    else expect(cgroupsOf(initPid)).toEqual(cgroupsOf('self'));
  });

  it.each(expected)('%s: exec gives the host pid of a process in the same namespaces', async (runtime) => {
    const container = the(runtime);
    const inside = await container.exec(['/bin/sleep', '1000077']);
    expect(readFileSync(`/proc/${inside.pid}/cmdline`, 'utf8')).toBe('/bin/sleep\u00001000077\0');
    for (const type of ['pid', 'mnt', 'net', 'uts']) {
      expect(namespaceOf(inside.pid, type), type).toBe(namespaceOf(container.commandPid, type));
    }
    await inside.stop();
    expect(isAlive(inside)).toBe(false);
  });

  it.each(['docker', 'containerd', 'podman', 'runc', 'lxc'] as const)(
    '%s: pause freezes, resume thaws',
    async (runtime) => {
      const container = the(runtime);
      const state = () => {
        const path = cgroupsOf(container.initPid).get('freezer') ?? '';
        return readFileSync(`/sys/fs/cgroup/freezer${path}/freezer.state`, 'utf8').trim();
      };
      await container.pause?.();
      expect(state()).toBe('FROZEN');
      await container.resume?.();
      expect(state()).toBe('THAWED');
    },
  );

  it('docker says the same of its container as the kernel', async () => {
    const docker = await lab.docker();
    const container = the('docker');
    const { Id, State } = await docker.inspect('lab-docker');
    expect([Id, State.Pid]).toEqual([container.id, container.initPid]);
    expect((await docker.stats(Id)).MemUsage).toMatch(/ \/ 64MiB$/);
  });

  it('makes cgroups with limits, and containers below them', async () => {
    const parent = await lab.cgroup(['memory', 'pids'], 'parent', {
      'memory.limit_in_bytes': '33554432',
      'pids.max': '20',
    });
    const docker = await lab.docker();
    const child = await docker.run({
      name: 'lab-below',
      args: ['--cgroup-parent', parent.path, '-m', '512m'],
    });
    expect(cgroupsOf(child.initPid).get('memory')).toBe(`${parent.path}/${child.id}`);
    expect(parent.get('memory.limit_in_bytes')).toBe('33554432');
    await child.stop();
    const moved = await lab.unshare({ name: 'in-parent', cgroup: parent });
    expect(cgroupsOf(moved.initPid).get('pids')).toBe(parent.path);
    await moved.stop();
    parent.remove();
  });

  it.each(expected)('%s: stop ends it', async (runtime) => {
    const container = the(runtime);
    await container.stop();
    expect(isRunning(container.initPid)).toBe(false);
  });

  it('leaves nothing behind', async () => {
    await lab.close();
    expect(existsSync(lab.dir)).toBe(false);
    expect(leftovers(before).filter((line) => line.includes('lab'))).toEqual([]);
  });
});

describe('when it does not go to plan', () => {
  it('close() stops what a failing test left running, frozen or tracked', async () => {
    const lab = await Lab.create();
    const docker = await (await lab.docker()).run({ name: 'left-docker' });
    const runc = await lab.runc({ name: 'left-runc' });
    await runc.pause?.();
    const inside = await docker.exec(['/bin/sh', '-c', 'sleep 1000088 & exec sleep 1000089']);
    const child = spawn('sh', ['-c', 'sleep 1000090 & wait'], { stdio: 'ignore' });
    const tracked = lab.track(child);
    await lab.close();
    for (const pid of [docker.initPid, runc.initPid, inside.pid, tracked.pid]) {
      expect(statOf(pid)?.state ?? 'Z').toBe('Z');
    }
  });

  it('nothing stays when the test process is killed: the next one sweeps', async () => {
    const before = snapshot();
    const { child, dir, pids } = await startBadEnd('wait');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(pids.every(isRunning)).toBe(true);
    expect(sweepStale()).toContain(dir);
    await expectNothingOf(before, dir, pids);
  });

  it('nothing stays when the test process ends without close()', async () => {
    const before = snapshot();
    const { child, dir, pids } = await startBadEnd('end');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
    await expectNothingOf(before, dir, pids);
  });

  it('two labs at once, with containers of one name, do not end each other', async () => {
    const before = snapshot();
    const [first, second] = await Promise.all([Lab.create(), Lab.create()]);
    const start = async (lab: Lab): Promise<LabContainer[]> => {
      const docker = await (await lab.docker()).run({ name: 'same' });
      return [
        docker,
        await lab.podman({ name: 'same' }),
        await lab.lxc({ name: 'same' }),
        await lab.unshare({}),
      ];
    };
    const [ended, kept] = await Promise.all([start(first), start(second)]);
    await first.close();
    expect(ended.filter((container) => isRunning(container.initPid))).toEqual([]);
    expect(kept.filter((container) => !isRunning(container.initPid))).toEqual([]);
    await second.close();
    expect(leftovers(before).filter((line) => /lab|docker|libpod|lxc/.test(line))).toEqual([]);
  });

  it('a program is told from its launcher whatever bytes its argv has', async () => {
    const lab = await Lab.create();
    const { commandPid, launcherPid } = await lab.unshare({
      cmd: ['sh', '-c', 'sleep 1000000; :', '\u202e\u00fc\n'],
    });
    expect(statOf(commandPid)).toMatchObject({ comm: 'sh', ppid: launcherPid });
    await lab.close();
  });

  it('a command that fails says what was run and why', async () => {
    const lab = await Lab.create();
    await expect(lab.chroot({ name: 'bad', cmd: ['/no/such'] })).rejects.toThrow(
      /chroot .*\/no\/such: ended with 127: .*No such file/,
    );
    await expect(lab.runc({ name: 'bad', cmd: ['/no/such'] })).rejects.toThrow(
      /runc .*bad: ended with 1: .*\/no\/such/,
    );
    await lab.close();
  });

  it('a lab in use by somebody else is left alone', async () => {
    const lab = await Lab.create();
    const container = await lab.unshare({});
    expect(sweepStale()).not.toContain(lab.dir);
    expect(statOf(container.initPid)?.state).toBe('S');
    await lab.close();
  });

  it('a lab of another pid namespace is left alone while somebody is in that', async () => {
    const lab = await Lab.create();
    const container = await lab.unshare({ flags: ['-pf', '--mount-proc'] });
    const dir = mkdtempSync(join(lab.dir, 'other-'));
    const journal = new Journal(dir);
    const pidNamespace = namespaceOf(container.initPid, 'pid');
    journal.write({ kind: 'owner', pid: container.initPid, starttime: '0', run: 'other', pidNamespace });
    expect(journal.isOwned()).toBe(true);
    await container.stop();
    // From within a pid namespace nobody can tell.
    expect(journal.isOwned()).toBe(namespaceOf('self', 'pid') !== 'pid:[4026531836]');
    await lab.close();
  });
});

const isRunning = (pid: number): boolean => (statOf(pid)?.state ?? 'Z') !== 'Z';

async function expectNothingOf(before: HostSnapshot, dir: string, pids: readonly number[]): Promise<void> {
  expect(existsSync(dir)).toBe(false);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(leftovers(before).filter((line) => line.includes('orphan') || line.includes(dir))).toEqual([]);
}
