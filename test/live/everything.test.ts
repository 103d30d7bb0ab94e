// All engines at once: each container exactly once, told rightly, and nothing that is none.
import { readFileSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/model/host-model.ts';
import { Lab, type LabContainer, type LabProcess } from '../lab/index.ts';
import { missingFromLsns, namespacesOf } from './lsns.ts';
import { inspect, only, porthole, procs, ps } from './porthole.ts';

let lab: Lab;
let listed: Container[];
const made = new Map<string, LabContainer>();
const entered = new Map<string, LabProcess>();
let nested: LabProcess;
/** What this host runs anyway. */
const before = new Set<string>();

function container(name: string): LabContainer {
  const found = made.get(name);
  if (found === undefined) throw new Error(`the lab made no ${name}`);
  return found;
}

const statusOf = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8');
const nsPid = (pid: number) => /^NSpid:\s+(.*)$/m.exec(statusOf(pid))?.[1]?.split(/\s+/).map(Number) ?? [];
const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)$/m.exec(statusOf(pid))?.[1]);
const commOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();

beforeAll(async () => {
  for (const { key } of await ps()) before.add(key);
  lab = await Lab.create();
  const docker = await lab.docker();
  const containerd = await lab.containerd();
  made.set('docker-host-pid', await docker.run({ name: 'docker-host-pid', args: ['--pid=host'] }));
  made.set(
    'docker-limits',
    await docker.run({
      name: 'docker-limits',
      args: ['-m', '64m', '--cpus', '0.5', '--pids-limit', '50', '--cap-add', 'SYS_ADMIN'],
    }),
  );
  made.set('ctr', await containerd.run({ name: 'lab-ctr' }));
  made.set('runc', await lab.runc({ name: 'runc-lab' }));
  made.set('podman', await lab.podman({ name: 'lab-podman' }));
  made.set('lxc', await lab.lxc({ name: 'lab-lxc' }));
  made.set('nspawn', await lab.nspawn({ name: 'lab-nspawn' }));
  made.set('bubblewrap', await lab.bubblewrap({ name: 'lab-bwrap' }));
  made.set('unshare', await lab.unshare({ name: 'lab-unshare', flags: ['-Urmpf', '--mount-proc'] }));
  made.set('chroot', await lab.chroot({ name: 'lab-chroot' }));
  for (const name of ['docker-host-pid', 'docker-limits', 'ctr', 'runc', 'podman', 'lxc']) {
    entered.set(name, await container(name).exec(['/bin/sleep', '1000001']));
  }
  // A container that no engine knows, inside one that docker does.
  nested = await container('docker-limits').exec(['unshare', '-pf', '/bin/sleep', '1000002']);
  listed = (await ps()).filter((each) => !before.has(each.key));
});
afterAll(() => lab?.close());

const EXPECTED: readonly (readonly [string, string, string])[] = [
  ['docker-host-pid', 'docker', 'container'],
  ['docker-limits', 'docker', 'container'],
  ['ctr', 'containerd', 'container'],
  ['runc', 'runc', 'container'],
  ['podman', 'podman', 'container'],
  ['lxc', 'lxc', 'container'],
  ['nspawn', 'nspawn', 'container'],
  ['bubblewrap', 'bubblewrap', 'container'],
  ['unshare', 'unshare', 'container'],
  ['chroot', 'chroot', 'jail'],
];

describe('ps --json', () => {
  it.each(EXPECTED)(
    'lists %s once, as %s of kind %s, with the init and id its engine says',
    (name, runtime, kind) => {
      const truth = container(name);
      const found = only(listed, truth.initPid);
      expect(found).toMatchObject({ runtime, kind, depth: 0, state: 'running' });
      expect(found.parent).toBeUndefined();
      if (truth.id !== undefined) expect(found.id).toBe(truth.id);
      if (truth.id !== undefined) expect(found.name).toBe(truth.name);
      if (truth.image !== undefined && runtime !== 'containerd')
        expect(found.image).toContain(truth.image.replace(/^.*\//, '').replace(/:latest$/, ''));
    },
  );

  it('lists the unshare inside docker once, as a child of that container', () => {
    const outer = only(listed, container('docker-limits').initPid);
    const children = listed.filter((each) => each.parent === outer.key);
    expect(children).toHaveLength(1);
    const [child] = children;
    expect(child).toMatchObject({ runtime: 'unshare', kind: 'container', depth: 1 });
    expect(commOf(child?.initPid ?? 0)).toBe('sleep');
    expect(nsPid(child?.initPid ?? 0).at(-1)).toBe(1);
    expect(readlinkSync(`/proc/${child?.initPid}/ns/pid`)).not.toBe(
      readlinkSync(`/proc/${outer.initPid}/ns/pid`),
    );
    expect(parentOf(child?.initPid ?? 0)).toBe(nested.pid);
  });

  it('lists nothing else', () => {
    const ours = new Set([...made.values()].map((each) => each.initPid));
    const others = listed.filter((each) => !ours.has(each.initPid) && each.depth === 0);
    expect(others.map((each) => `${each.name} ${JSON.stringify(each.evidence)}`)).toEqual([]);
    expect(listed).toHaveLength(EXPECTED.length + 1);
  });

  it('gives every process to at most one container', () => {
    const pids = listed.flatMap((each) => each.pids);
    expect(new Set(pids).size).toBe(pids.length);
  });

  it.each(['docker-host-pid', 'docker-limits', 'ctr', 'runc', 'podman', 'lxc'])(
    "counts a process that was exec'd into %s later as its own",
    (name) => {
      const pid = entered.get(name)?.pid ?? 0;
      expect(only(listed, container(name).initPid).pids).toContain(pid);
      expect(listed.filter((each) => each.initPid === pid)).toEqual([]);
    },
  );

  it('lists no engine daemon, shim, conmon, monitor or kernel thread', () => {
    const comms = listed.flatMap((each) => each.pids.map(commOf));
    expect(
      comms.filter((comm) =>
        /^(dockerd|containerd|containerd-shim|conmon|lxc-start|systemd-nspawn|kthreadd)/.test(comm),
      ),
    ).toEqual([]);
  });

  it('gives the namespaces that /proc shows', () => {
    for (const { initPid, namespaces } of listed) {
      for (const [type, inode] of Object.entries(namespaces ?? {})) {
        expect(readlinkSync(`/proc/${initPid}/ns/${type}`)).toBe(`${type}:[${inode}]`);
      }
    }
  });

  it('keeps keys from one call to the next', async () => {
    const again = await ps();
    expect(again.map((each) => each.key).filter((key) => !before.has(key))).toEqual(
      listed.map((each) => each.key),
    );
  });
});

describe('inspect', () => {
  it.each(EXPECTED)('%s: the facts /proc gives', async (name) => {
    const { initPid } = container(name);
    const found = await inspect(String(initPid));
    const status = statusOf(initPid);
    const field = (key: string) => new RegExp(`^${key}:\\s+(.*)$`, 'm').exec(status)?.[1];
    expect(found.uidMap).toEqual(idMap(initPid, 'uid_map'));
    expect(found.gidMap).toEqual(idMap(initPid, 'gid_map'));
    expect(found.seccomp).toBe(['disabled', 'strict', 'filter'][Number(field('Seccomp'))]);
    expect(found.noNewPrivs).toBe(field('NoNewPrivs') === '1');
    const sets = Object.entries({
      effective: 'CapEff',
      permitted: 'CapPrm',
      inheritable: 'CapInh',
      bounding: 'CapBnd',
      ambient: 'CapAmb',
    });
    for (const [set, key] of sets) {
      const names =
        found.capabilities !== undefined && !('unknown' in found.capabilities)
          ? found.capabilities[set as 'effective']
          : [];
      expect(names.length).toBe(bits(field(key) ?? '0'));
    }
    expect(found.evidence.length).toBeGreaterThan(0);
    const lines = readFileSync(`/proc/${initPid}/mountinfo`, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const mounts = found.mounts !== undefined && !('unknown' in found.mounts) ? found.mounts : [];
    expect(mounts.map((mount) => mount.id)).toEqual(lines.map((line) => Number(line.split(' ')[0])));
  });

  it('docker: overlay layers, host sources and the chain of engine processes', async () => {
    const found = await inspect(container('docker-limits').id?.slice(0, 12) ?? '');
    const docker = await lab.docker();
    const truth = await docker.inspect(found.id ?? '');
    const storage = found.storage !== undefined && !('unknown' in found.storage) ? found.storage : undefined;
    expect(storage?.driver).toBe(truth.GraphDriver.Name === 'overlay2' ? 'overlay' : storage?.driver);
    if (truth.GraphDriver.Name === 'overlay2')
      expect(storage?.upperdir).toBe(truth.GraphDriver.Data['UpperDir']);
    const mounts = found.mounts !== undefined && !('unknown' in found.mounts) ? found.mounts : [];
    expect(mounts.find((mount) => mount.target === '/etc/hostname')?.hostSource).toBe(truth['HostnamePath']);
    expect(found.ancestry.map((each) => each.role)).toEqual(
      expect.arrayContaining(['engine', 'runtime manager', 'shim']),
    );
    expect(found.ancestry.at(-1)).toMatchObject({ role: 'shim', pid: parentOf(found.initPid) });
    expect(truth['Config']).toMatchObject({ Hostname: found.hostname });
    expect(found.runtimeState).toMatchObject({ Pid: found.initPid, Running: true });
  });

  it.each([
    ['ctr', 'shim'],
    ['podman', 'monitor'],
    ['lxc', 'monitor'],
    ['nspawn', 'supervisor'],
    ['bubblewrap', 'supervisor'],
    ['unshare', 'launcher'],
  ])('%s: its parent is a %s', async (name, role) => {
    const { initPid } = container(name);
    const { ancestry } = await inspect(String(initPid));
    expect(ancestry.at(-1)).toMatchObject({ pid: parentOf(initPid), role });
  });
});

describe('procs', () => {
  it('shows pids inside and outside as NSpid does', async () => {
    for (const { pid, innerPids } of await procs('docker-limits')) expect(innerPids).toEqual(nsPid(pid));
  });

  it('takes a host pid, an id prefix, a cgroup path and a namespace as target', async () => {
    const truth = container('docker-limits');
    const { cgroup, namespaces } = only(listed, truth.initPid);
    const pidNamespace = namespaces !== undefined && 'pid' in namespaces ? namespaces.pid : 0;
    for (const target of [
      String(truth.initPid),
      truth.id?.slice(0, 8) ?? '',
      cgroup.paths['memory'] ?? '',
      `pid:[${pidNamespace}]`,
    ]) {
      const pids = (await procs(target)).map((each) => each.pid);
      expect(pids, target).toContain(truth.initPid);
    }
  });

  it('lists an ambiguous prefix with its candidates and exits 3', async () => {
    const { status, stderr } = await porthole(['procs', 'lab-']);
    expect({ status, lines: stderr.trimEnd().split('\n').length }).toEqual({ status: 3, lines: 1 });
  });
});

describe('without any engine', () => {
  it('only names, images and labels change', async () => {
    // As seen where engine files cannot be read: every one of them lies below the lab's directory.
    const blind = await ps([], {
      through: [
        'unshare',
        '-m',
        '--propagation',
        'private',
        'sh',
        '-c',
        `mount -t tmpfs none ${lab.dir} && exec "$@"`,
        'sh',
      ],
    });
    const facts = ({
      key,
      runtime,
      id,
      kind,
      initPid,
      pids,
      parent,
      state,
      privateNamespaces,
    }: Container) => ({ key, runtime, id, kind, initPid, pids, parent, state, privateNamespaces });
    const engines = (each: Container) =>
      ['docker', 'containerd', 'podman', 'lxc', 'nspawn', 'bubblewrap', 'chroot'].includes(each.runtime);
    const seen = blind.filter((each) => !before.has(each.key));
    expect(seen.filter(engines).map(facts)).toEqual(listed.filter(engines).map(facts));
    expect(seen.map((each) => each.key)).toEqual(listed.map((each) => each.key));
  });
});

function idMap(pid: number, name: string) {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [inside, outside, count] = line.trim().split(/\s+/).map(Number);
      return { inside, outside, count };
    });
}

function bits(hex: string): number {
  let mask = BigInt(`0x${hex}`);
  let count = 0;
  for (; mask > 0n; mask >>= 1n) count += Number(mask & 1n);
  return count;
}

describe('namespaces of all engines together', () => {
  it('are those that lsns lists, with as many processes', async () => {
    expect(await missingFromLsns()).toEqual([]);
  });

  it('each belongs to the container whose init is in it alone', async () => {
    const namespaces = await namespacesOf();
    const ownerOf = (pid: number, type: string) => {
      const inode = Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/${type}`))?.[0]);
      return namespaces.find((each) => each.type === type && each.inode === inode)?.container;
    };
    for (const name of ['docker-limits', 'ctr', 'runc', 'podman', 'lxc', 'nspawn', 'bubblewrap', 'unshare']) {
      const { initPid } = container(name);
      const { key } = only(listed, initPid);
      expect([name, ownerOf(initPid, 'pid')]).toEqual([name, key]);
    }
    expect(ownerOf(container('docker-host-pid').initPid, 'pid')).toBeUndefined();
  });
});
