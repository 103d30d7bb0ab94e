/** Models made up for tests: one ordinary container and host, changed where a test needs it. */
import type { Frame } from '../../../src/live/feed.ts';
import type { Container, HostModel } from '../../../src/model/host-model.ts';
import type { HostFacts } from '../../../src/model/sample.ts';

export const NOW_MS = Date.UTC(2026, 1, 3, 12, 4, 31);
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

export function container(name: string, changes: Partial<Container> = {}): Container {
  return {
    key: `docker/${name}`,
    name,
    runtime: 'docker',
    id: '519616c67829'.padEnd(64, '0'),
    kind: 'container',
    initPid: 10_630,
    initStarttimeTicks: 5000,
    pids: [10_630],
    state: 'running',
    startedAt: new Date(NOW_MS - 7_200_000).toISOString(),
    hostname: name,
    command: 'sleep 1000',
    argv: ['sleep', '1000'],
    depth: 0,
    namespaces: { mnt: 4026532180, pid: 4026532183, user: 4026531837 },
    privateNamespaces: ['mnt', 'pid'],
    cgroup: { mode: 'v2', paths: { '': `/docker/${name}` }, own: true },
    cpu: { usageUsec: 5_000_000, ratio: 0.015, limitCores: 'max' },
    memory: {
      accounting: 'cgroup',
      currentBytes: 64 * MIB,
      workingSetBytes: 60 * MIB,
      anonBytes: 40 * MIB,
      fileBytes: 20 * MIB,
      limitBytes: 'max',
      effectiveLimitBytes: 8 * GIB,
      limitedBy: 'host',
      oomKills: 0,
    },
    io: { readBytes: 4096, writeBytes: 0, readBytesPerSec: 0, writeBytesPerSec: 0 },
    pidsCount: 3,
    pidsLimit: 'max',
    effectivePidsLimit: 'max',
    evidence: ['cgroup /docker/519616c67829 matches docker (cgroupfs)'],
    nameSource: 'config.v2.json',
    ...changes,
  };
}

/** Memory in use against a limit of its own. */
export function memoryOf(usedMib: number, limitMib: number): Container['memory'] {
  return {
    accounting: 'cgroup',
    currentBytes: usedMib * MIB,
    workingSetBytes: usedMib * MIB,
    limitBytes: limitMib * MIB,
    effectiveLimitBytes: limitMib * MIB,
    limitedBy: '/docker/own',
    oomKills: 0,
  };
}

const HOST: HostFacts = {
  hostname: 'web-1',
  kernelRelease: '6.18.5',
  clockTicksPerSecond: 100,
  pageSizeBytes: 4096,
  cpus: 8,
  bootTimeMs: NOW_MS - 273_600_000,
  uptimeSeconds: 273_600,
  memTotalBytes: 24 * GIB,
  memAvailableBytes: 13 * GIB,
  cpuTicks: { busy: 1, total: 2 },
  loadAverage1: 0.5,
  pressure: undefined,
  cgroupMode: 'v2',
  hierarchies: [],
  self: {
    pid: 1000,
    uid: 0,
    namespaces: {},
    effectiveCapabilities: 0n,
    ownProc: true,
    procOptions: { hidepid: 'off', subsetPid: false },
    cgroup: undefined,
  },
};

export function model(containers: readonly Container[], changes: Partial<HostModel> = {}): HostModel {
  return {
    takenAtMs: NOW_MS,
    host: HOST,
    hostCpuRatio: 0.34,
    containers,
    processes: new Map(),
    containerOfPid: new Map(),
    notes: [],
    vanished: 0,
    ...changes,
  };
}

export function frame(containers: readonly Container[], changes: Partial<HostModel> = {}): Frame {
  return { model: model(containers, changes), cost: { durationMs: 3, cpuMs: 4 } };
}

/** One of every kind of row that the sketch of the first screen has. */
export function assortment(): Container[] {
  const checkout = container('checkout-api', {
    cpu: { usageUsec: 9_000_000_000, ratio: 1.482, limitCores: 2 },
    memory: { ...memoryOf(487, 512), limitedBy: '/docker/checkout-api', oomKills: 3 },
    io: { readBytes: GIB, writeBytes: MIB, readBytesPerSec: 1.2 * MIB, writeBytesPerSec: 310 * 1024 },
    pidsCount: 31,
    image: 'shop/checkout:4.2',
    command: 'node server.js',
    pressure: { cpu: { someAvg10: 31 }, memory: { someAvg10: 12, fullAvg10: 4 } },
  });
  const nested = container('unshare:41822', {
    key: 'init/41822/5000',
    runtime: 'unshare',
    initPid: 41_822,
    parent: checkout.key,
    depth: 1,
    memory: {
      ...memoryOf(1, 512),
      accounting: 'processes',
      limitBytes: 'max',
      limitedBy: '/docker/checkout-api',
    },
    io: {
      readBytes: { unknown: 'denied', path: '/proc/41822/io', errno: 'EACCES' },
      writeBytes: { unknown: 'denied', path: '/proc/41822/io', errno: 'EACCES' },
    },
    pidsCount: 2,
  });
  return [
    checkout,
    nested,
    container('ingress', { runtime: 'containerd', cpu: { usageUsec: 1, ratio: 0.22, limitCores: 'max' } }),
    container('batch-7', { runtime: 'podman', state: 'frozen', frozenBy: '/machine.slice' }),
    container('db', {
      runtime: 'lxc',
      cpu: { usageUsec: 1, ratio: 0.61, throttledRatio: 0.38, throttledUsec: 5e6, limitCores: 0.5 },
      memory: memoryOf(6246, 8192),
    }),
    container('systemd-resolved', { kind: 'sandbox', runtime: 'systemd', key: 'init/400/10' }),
  ];
}
