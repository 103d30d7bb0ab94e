/** From files to model: a whole host of files, sampled and built as the commands do it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { busyV2, FakeHost, onTmpfs, TMPFS_MOUNT, v1Mount } from '../collectors/fake-host.ts';
import {
  A,
  B,
  C,
  CGROUPS,
  model,
  mountsFrom,
  names,
  one,
  own,
  ROOT_MOUNT,
  UID,
  v2Host,
} from './take-sample-kit.ts';

describe('pure v2 with the systemd driver', () => {
  it('docker with a data root of its own', async () => {
    const fake = v2Host();
    const dataRoot = join(fake.directory, 'data/docker');
    const path = `/system.slice/docker-${A}.scope`;
    fake.cgroup(`${CGROUPS}${path}`, busyV2({ 'memory.max': '64000000\n' }));
    fake.cgroup(`${CGROUPS}/system.slice`, { 'memory.max': 'max\n', 'pids.max': 'max\n' });
    fake.write(
      `data/docker/containers/${A}/config.v2.json`,
      JSON.stringify({
        ID: A,
        Name: '/checkout',
        Created: '2024-05-01T00:00:00Z',
        Config: { Image: 'shop/checkout:4', Labels: { app: 'shop', odd: 7 } },
        State: { Running: true },
      }),
    );
    fake.link('proc/1/root', '/');
    fake.process(1000, {
      comm: 'containerd-shim',
      cgroup: '0::/system.slice/containerd.service\n',
      argv: ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', A],
    });
    const inside = {
      cgroup: `0::${path}\n`,
      ns: own(9000),
      mountinfo: mountsFrom(`${dataRoot}/containers/${A}/hostname`),
    };
    fake.process(1010, {
      ...inside,
      comm: 'node',
      ppid: 1000,
      nsPid: [1010, 1],
      argv: ['node', 'server.js'],
    });
    fake.process(1011, { ...inside, comm: 'node', ppid: 1010, nsPid: [1011, 7] });

    expect(one(await model(fake))).toMatchObject({
      key: `docker:${A}`,
      name: 'checkout',
      runtime: 'docker',
      id: A,
      image: 'shop/checkout:4',
      labels: { app: 'shop' },
      initPid: 1010,
      pids: [1010, 1011],
      command: 'node server.js',
      state: 'running',
      privateNamespaces: ['mnt', 'pid', 'net', 'ipc'],
      cgroup: { mode: 'v2', own: true, paths: { '': path } },
      cpu: { usageUsec: 5_000_000 },
      memory: {
        accounting: 'cgroup',
        currentBytes: 6_000_000,
        workingSetBytes: 3_000_000,
        limitBytes: 64_000_000,
        effectiveLimitBytes: 64_000_000,
        limitedBy: path,
      },
      io: { readBytes: 1000, writeBytes: 2000 },
      pidsCount: 3,
      pidsLimit: 100,
      // Loopback is left out.
      net: { rxBytes: 1000, txBytes: 2000 },
      nameSource: expect.stringContaining(`/containers/${A}/config.v2.json`),
    });
  });

  it('podman, whose names stand in the storage its root comes from', async () => {
    const fake = v2Host();
    const storage = join(fake.directory, 'data/storage');
    const run = join(fake.directory, 'run/storage');
    fake.write(
      'data/storage/overlay-containers/containers.json',
      JSON.stringify([
        { id: B, names: ['other'] },
        {
          id: A,
          names: ['web'],
          metadata: JSON.stringify({ 'image-name': 'docker.io/library/nginx:1' }),
          created: '2024-05-01T00:00:00Z',
        },
      ]),
    );
    fake.link('proc/1/root', '/');
    const path = `/machine.slice/libpod-${A}.scope`;
    fake.cgroup(`${CGROUPS}${path}/container`, busyV2());
    fake.cgroup(`${CGROUPS}${path}`, busyV2());
    fake.process(1000, { comm: 'conmon', cgroup: `0::/machine.slice/libpod-conmon-${A}.scope\n` });
    fake.process(1010, {
      comm: 'nginx',
      ppid: 1000,
      cgroup: `0::${path}/container\n`,
      ns: own(9000),
      nsPid: [1010, 1],
      mountinfo: mountsFrom(
        `${run}/overlay-containers/${A}/userdata/hostname`,
        `${storage}/overlay/layer/diff`,
      ),
    });
    expect(one(await model(fake))).toMatchObject({
      name: 'web',
      runtime: 'podman',
      image: 'docker.io/library/nginx:1',
      cgroup: { paths: { '': `${path}/container` }, own: true },
    });
  });

  it('Kubernetes pods of containerd with a state directory of its own', async () => {
    const fake = v2Host();
    const tasks = join(fake.directory, 'run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io');
    const pod = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UID.replaceAll('-', '_')}.slice`;
    const bundle = (id: string, more: Record<string, string>) => {
      const known = { 'sandbox-uid': UID, 'sandbox-name': 'web-0', 'sandbox-namespace': 'shop', ...more };
      const annotations = Object.fromEntries(
        Object.entries(known).map(([key, value]) => [`io.kubernetes.cri.${key}`, value]),
      );
      const directory = `run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/${id}`;
      fake.write(`${directory}/config.json`, JSON.stringify({ ociVersion: '1.1.0', annotations }));
    };
    bundle(A, { 'container-type': 'sandbox' });
    bundle(B, {
      'container-type': 'container',
      'container-name': 'etcd',
      'image-name': 'registry.k8s.io/etcd:3',
    });
    fake.link('proc/1/root', '/');
    fake.process(1000, {
      comm: 'containerd-shim',
      cwd: `${tasks}/${A}`,
      argv: ['containerd-shim-runc-v2', '-namespace', 'k8s.io', '-id', A],
    });
    const inside = (id: string, from: number) => ({
      ppid: 1000,
      cgroup: `0::${pod}/cri-containerd-${id}.scope\n`,
      ns: { ...own(from), net: 9002 },
      mountinfo: '500 400 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w\n',
    });
    fake.process(1010, { ...inside(A, 9000), comm: 'pause', nsPid: [1010, 1] });
    fake.process(1020, { ...inside(B, 9100), comm: 'etcd', nsPid: [1020, 1] });
    fake.process(1030, { ...inside(C, 9200), comm: 'sh', nsPid: [1030, 1] });
    const found = await model(fake);
    expect(names(found)).toEqual([
      `pod-sandbox containerd ${A.slice(0, 12)} 1010 1`,
      'container containerd etcd 1020 1',
      // No bundle of its own: the sandbox's, in which the shim stands, is another container's.
      `container containerd ${C.slice(0, 12)} 1030 1`,
    ]);
    expect(found.containers[1]).toMatchObject({
      image: 'registry.k8s.io/etcd:3',
      pod: { id: UID, name: 'web-0', namespace: 'shop' },
    });
  });

  it('files of engines that are no files, or no JSON, cost a name and nothing else', async () => {
    for (const content of [
      '',
      '{"Name": "/che',
      '[]',
      'null',
      '7',
      '{"Name": 7, "Config": [], "State": "x"}',
    ]) {
      const fake = v2Host();
      const dataRoot = join(fake.directory, 'docker');
      fake.write(`docker/containers/${A}/config.v2.json`, content);
      fake.link('proc/1/root', '/');
      fake.process(1010, {
        comm: 'node',
        cgroup: `0::/docker/${A}\n`,
        ns: own(9000),
        nsPid: [1010, 1],
        mountinfo: mountsFrom(`${dataRoot}/containers/${A}/hostname`),
      });
      expect(one(await model(fake)), content).toMatchObject({ id: A, name: A.slice(0, 12) });
    }
  });

  it('a bare unshare in a session is measured by its processes, under the session’s limits', async () => {
    const fake = v2Host();
    const session = '/user.slice/session-3.scope';
    fake.cgroup(`${CGROUPS}${session}`, busyV2({ 'memory.max': '1000\n' }));
    fake.process(510, { comm: 'bash', cgroup: `0::${session}\n` });
    fake.process(1000, { comm: 'unshare', ppid: 510, cgroup: `0::${session}\n` });
    fake.process(1010, {
      comm: 'sh',
      ppid: 1000,
      cgroup: `0::${session}\n`,
      ns: { pid: 9001 },
      nsPid: [1010, 1],
      rssPages: 10,
    });
    expect(one(await model(fake))).toMatchObject({
      name: 'unshare:1010',
      runtime: 'unshare',
      cgroup: { own: false },
      memory: {
        accounting: 'processes',
        currentBytes: 40_960,
        limitBytes: 'max',
        effectiveLimitBytes: 1000,
        limitedBy: session,
      },
      io: { readBytes: 4096, writeBytes: 8192 },
      pidsCount: 1,
    });
  });
});

describe('pure v1', () => {
  it('docker with the cgroupfs driver: each controller from its own hierarchy', async () => {
    const controllers = ['cpu,cpuacct', 'memory', 'pids', 'blkio', 'freezer'];
    const mounts = controllers.map((each, index) => v1Mount(31 + index, each, `${CGROUPS}/${each}`, onTmpfs));
    const fake = new FakeHost(`${ROOT_MOUNT}${TMPFS_MOUNT}${mounts.join('')}`);
    const at = (controller: string, files: Record<string, string>) =>
      fake.cgroup(`${CGROUPS}/${controller}/docker/${A}`, files);
    at('cpu,cpuacct', {
      'cpuacct.usage': '5000000000\n',
      'cpu.cfs_quota_us': '-1\n',
      'cpu.cfs_period_us': '100000\n',
    });
    at('memory', { 'memory.usage_in_bytes': '6000\n', 'memory.limit_in_bytes': '9223372036854771712\n' });
    at('pids', { 'pids.current': '2\n', 'pids.max': 'max\n' });
    at('freezer', { 'freezer.state': 'FROZEN\n', 'freezer.self_freezing': '1\n' });
    const lines = controllers.map((each, index) => `${9 - index}:${each}:/docker/${A}\n`).join('');
    fake.process(1010, { comm: 'sh', cgroup: lines, ns: own(9000), nsPid: [1010, 1] });
    expect(one(await model(fake))).toMatchObject({
      runtime: 'docker',
      state: 'frozen',
      cgroup: { mode: 'v1', own: true, paths: { memory: `/docker/${A}`, cpuacct: `/docker/${A}` } },
      cpu: { usageUsec: 5_000_000, limitCores: 'max' },
      memory: { currentBytes: 6000, limitBytes: 'max', effectiveLimitBytes: 16 * 2 ** 30, limitedBy: 'host' },
      pidsCount: 2,
      pidsLimit: 'max',
    });
  });
});

describe('other hosts', () => {
  it('without any cgroup file system: containers all the same, and it is said once', async () => {
    const fake = new FakeHost(ROOT_MOUNT);
    fake.process(1010, { comm: 'sh', cgroup: '', ns: { pid: 9001 }, nsPid: [1010, 1] });
    const found = await model(fake);
    expect(one(found)).toMatchObject({ runtime: 'unshare', cgroup: { mode: 'none', own: false, paths: {} } });
    expect(found.notes.filter(({ about }) => about === 'cgroup')).toHaveLength(1);
  });

  it('hybrid: the mode is told, and v1 controllers are used', async () => {
    const mounts = `${TMPFS_MOUNT}${v1Mount(32, 'memory', `${CGROUPS}/memory`, onTmpfs)}34 24 0:34 / ${CGROUPS}/unified rw - cgroup2 cgroup2 rw\n`;
    const fake = new FakeHost(`${ROOT_MOUNT}${mounts}`);
    fake.cgroup(`${CGROUPS}/unified`, { 'cgroup.controllers': '\n' });
    fake.cgroup(`${CGROUPS}/unified/docker/${A}`, {
      'cpu.stat': 'usage_usec 9\nuser_usec 5\nsystem_usec 4\n',
    });
    fake.cgroup(`${CGROUPS}/memory/docker/${A}`, {
      'memory.usage_in_bytes': '6000\n',
      'memory.limit_in_bytes': '9000\n',
    });
    fake.process(1010, {
      comm: 'sh',
      cgroup: `2:memory:/docker/${A}\n0::/docker/${A}\n`,
      ns: own(9000),
      nsPid: [1010, 1],
    });
    expect(one(await model(fake))).toMatchObject({
      cgroup: { mode: 'hybrid', paths: { '': `/docker/${A}`, memory: `/docker/${A}` } },
      cpu: { usageUsec: 9 },
      memory: { currentBytes: 6000, limitBytes: 9000 },
    });
  });

  it('hidepid is said once', async () => {
    const fake = v2Host();
    fake.write(
      'proc/900/mountinfo',
      `${ROOT_MOUNT}21 22 0:20 / ${fake.directory}/proc rw - proc proc rw,hidepid=invisible\n`,
    );
    const said = async () =>
      (await model(fake)).notes.filter(({ text }) => text.includes('hidepid=invisible'));
    // It hides nothing from CAP_SYS_PTRACE.
    expect(await said()).toHaveLength(0);
    const status = readFileSync(`${fake.directory}/proc/900/status`, 'utf8');
    fake.write('proc/900/status', status.replace(/^CapEff.*$/m, 'CapEff:\t0000000000000000'));
    expect(await said()).toEqual([
      expect.objectContaining({ text: expect.stringMatching(/hides \d+ of 100 tasks/) }),
    ]);
  });

  it('an old kernel seen from a container: the host’s namespaces are kthreadd’s', async () => {
    const fake = v2Host();
    const old = { mnt: 4026531840, net: 4026531992 };
    fake.process(1, { comm: 'systemd', ppid: 0, ns: old });
    fake.process(2, { comm: 'kthreadd', ppid: 0, isKernelThread: true, ns: old });
    for (let pid = 300; pid < 320; pid++)
      fake.process(pid, { comm: 'x', ns: { ...old, mnt: 9900, net: 9901 } });
    fake.process(900, { comm: 'node', cgroup: `0::/docker/${A}\n`, ns: { mnt: 9900, net: 9901 } });
    const { containers } = await model(fake);
    expect(containers.find((each) => each.id === A)?.privateNamespaces).toEqual(['mnt', 'net']);
  });
});
