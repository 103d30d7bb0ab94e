/** The quick way to a TARGET beside the whole model, on hosts made of files: whoever started a container, and whatever tells. */
import { describe, expect, it, vi } from 'vitest';
import { targetFinder } from '../../../src/live/find-target.ts';
import type { ContainerTarget } from '../../../src/model/host-model.ts';
import type { FakeHost, FakeProcess } from '../collectors/fake-host.ts';
import { A, B, model, own, v2Host } from './take-sample-kit.ts';

const SHIM = 'containerd-shim';
const shim = (namespace: string) => ['/usr/bin/containerd-shim-runc-v2', '-namespace', namespace, '-id', A];

interface Case {
  readonly launcher: FakeProcess;
  /** Of the init, in namespaces of its own. */
  readonly cgroup: string;
  readonly runtime: string;
  readonly name: string;
  /** How often the launchers' arguments are read, whose they ever are. */
  readonly reads: number;
}

const cases: Readonly<Record<string, Case>> = {
  'docker, by its cgroup': {
    launcher: { comm: SHIM, argv: shim('moby') },
    cgroup: `/system.slice/docker-${A}.scope`,
    runtime: 'docker',
    name: A.slice(0, 12),
    reads: 0,
  },
  'docker below a parent of its own, by its shim': {
    launcher: { comm: SHIM, argv: shim('moby') },
    cgroup: `/custom/${A}`,
    runtime: 'docker',
    name: A.slice(0, 12),
    reads: 1,
  },
  'containerd, by its shim': {
    launcher: { comm: SHIM, argv: shim('k8s.io') },
    cgroup: `/kubepods/besteffort/pod5e5fb9b5-9c2a-4d0e-8a5c-0123456789ab/${A}`,
    runtime: 'containerd',
    name: A.slice(0, 12),
    reads: 1,
  },
  'containerd without a cgroup that tells': {
    launcher: { comm: SHIM, argv: shim('default') },
    cgroup: '/elsewhere',
    runtime: 'containerd',
    name: 'containerd:1010',
    reads: 1,
  },
  'podman, whose name its monitor was given': {
    launcher: { comm: 'conmon', argv: ['conmon', '-c', A, '-n', 'reports'] },
    cgroup: `/machine.slice/libpod-${A}.scope`,
    runtime: 'podman',
    name: 'reports',
    reads: 1,
  },
  'cri-o by its monitor': {
    launcher: { comm: 'conmon', argv: ['conmon', '-c', B, '--exit-dir', '/var/run/crio/exits'] },
    cgroup: `/custom/${A}`,
    runtime: 'cri-o',
    name: A.slice(0, 12),
    reads: 1,
  },
  'lxc, whose cgroup was taken': {
    launcher: { comm: 'lxc-start', argv: ['[lxc monitor] /var/lib/lxc mail'] },
    cgroup: '/lxc.payload.mail-1',
    runtime: 'lxc',
    name: 'mail',
    reads: 1,
  },
  'nspawn, whose name its supervisor was given': {
    launcher: { comm: 'systemd-nspawn', argv: ['systemd-nspawn', '--machine=deb'] },
    cgroup: '/machine.slice/machine-deb.scope/payload',
    runtime: 'nspawn',
    name: 'deb',
    reads: 1,
  },
  'runc, whose arguments tell nothing': {
    launcher: { comm: 'runc', argv: ['runc', 'run', 'web'] },
    cgroup: '/elsewhere',
    runtime: 'runc',
    name: 'runc:1010',
    reads: 0,
  },
  'unshare in a shell': {
    launcher: { comm: 'bash', argv: ['bash', '-namespace', 'moby'] },
    cgroup: '/elsewhere',
    runtime: 'unshare',
    name: 'unshare:1010',
    reads: 0,
  },
};

function hostOf({ launcher, cgroup }: Case): FakeHost {
  const fake = v2Host();
  fake.cgroup(`/sys/fs/cgroup${cgroup}`);
  // An engine's own process, whose arguments tell of no container.
  fake.process(700, { comm: 'dockerd', argv: ['dockerd'] });
  fake.process(1000, launcher);
  fake.process(1010, {
    comm: 'sh',
    ppid: 1000,
    cgroup: `0::${cgroup}\n`,
    ns: own(9000),
    nsPid: [1010, 1],
    mountinfo: '500 400 0:50 / / rw - overlay overlay rw\n',
  });
  return fake;
}

const told = ({ key, name, runtime, id, initPid, cgroup, pids }: ContainerTarget) => ({
  key,
  name,
  runtime,
  id,
  initPid,
  cgroup,
  pids,
});

describe('a container that is found by a word', () => {
  it.each(Object.entries(cases))('%s', async (_, each) => {
    const { files } = hostOf(each);
    const guarded = vi.spyOn(files, 'manyGuarded');
    const { container } = (await targetFinder(files)).find('1010');
    expect(container).toMatchObject({ runtime: each.runtime, name: each.name });
    const asked = guarded.mock.calls.filter(([requests]) =>
      requests.some(({ path }) => path.endsWith('/1000/cmdline')),
    );
    expect(asked).toHaveLength(each.reads);
  });

  it('or by a namespace of any type that it has of its own', async () => {
    const fake = v2Host();
    const ns = { ...own(9000), uts: 9005, cgroup: 9006, time: 9007, user: 9008 };
    fake.process(1010, { comm: 'sh', ns, nsPid: [1010, 1] });
    fake.process(1020, { comm: 'sh', ns: { ...own(9100), cgroup: 9106 }, nsPid: [1020, 1] });
    const finder = await targetFinder(fake.files);
    for (const [type, inode] of Object.entries(ns))
      expect(finder.find(`${type}:[${inode}]`).container.initPid, type).toBe(1010);
    expect(finder.find('cgroup:[9106]').container.initPid).toBe(1020);
    for (const word of ['time:[9107]', 'cgroup:[9007]'])
      expect(() => finder.find(word), word).toThrow(/^no container matches/);
  });

  it.each(Object.entries(cases))('%s: as the whole model has it', async (_, each) => {
    const fake = hostOf(each);
    const { containers } = await model(fake);
    expect(containers).toHaveLength(1);
    const finder = await targetFinder(fake.files);
    for (const { name, key, initPid } of containers)
      for (const word of [name, key, String(initPid), each.cgroup.replace('/payload', '')])
        expect(containers.map(told), word).toEqual([told(finder.find(word).container)]);
  });
});
