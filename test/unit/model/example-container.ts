/** A container to change one thing of, and where the tests' clock stands. */

import type { Unknown } from '../../../src/kernel/reading.ts';
import type { Container } from '../../../src/model/host-model.ts';

export const NOW = Date.parse('2024-05-01T12:00:00Z');

export const DENIED: Unknown = { unknown: 'denied', path: '/proc/1/ns/net', errno: 'EACCES' };

export const LONG_ID = '519616c678290c1d2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738495';

const EXAMPLE: Container = {
  key: `docker:${LONG_ID}`,
  name: 'checkout-api',
  runtime: 'docker',
  id: LONG_ID,
  kind: 'container',
  image: 'shop/checkout:4.2',
  initPid: 10630,
  initStarttimeTicks: 4711,
  pids: [10630, 10700],
  state: 'running',
  startedAt: '2024-05-01T10:00:00.000Z',
  hostname: 'checkout',
  command: 'node server.js',
  argv: ['node', 'server.js'],
  depth: 0,
  namespaces: { mnt: 4026532180, pid: 4026532181, net: 4026532182, user: 4026531837 },
  privateNamespaces: ['mnt', 'pid', 'net'],
  cgroup: { mode: 'v2', paths: { '': '/docker/5196' }, own: true },
  cpu: { usageUsec: 12_300_000, ratio: 1.482, throttledUsec: 0, throttledRatio: 0 },
  memory: {
    accounting: 'cgroup',
    currentBytes: 520 * 2 ** 20,
    workingSetBytes: 487 * 2 ** 20,
    anonBytes: 401 * 2 ** 20,
    fileBytes: 80 * 2 ** 20,
    swapBytes: 0,
    limitBytes: 512 * 2 ** 20,
    effectiveLimitBytes: 512 * 2 ** 20,
    limitedBy: '/docker/5196',
    oomKills: 3,
  },
  io: { readBytes: 4096, writeBytes: 0, readBytesPerSec: 1.2 * 2 ** 20, writeBytesPerSec: 0 },
  pidsCount: 31,
  pidsLimit: 'max',
  effectivePidsLimit: 'max',
  pressure: { cpu: { someAvg10: 31.2, fullAvg10: 0 }, memory: { someAvg10: 12 }, io: { someAvg10: 0 } },
  net: { rxBytes: 2 ** 30, txBytes: 1000, rxBytesPerSec: 4.1 * 2 ** 20, txBytesPerSec: 0 },
  evidence: ['cgroup /docker/5196 matches docker (cgroupfs)'],
  nameSource: '/var/lib/docker/containers/5196/config.v2.json',
};

export function exampleContainer(changes: Partial<Container> = {}): Container {
  return { ...EXAMPLE, ...changes };
}

/** What `unshare --pid --fork sleep` leaves: no engine, no cgroup of its own, no rates yet. */
export function bareContainer(changes: Partial<Container> = {}): Container {
  return {
    key: 'unshare:41822:99',
    name: 'unshare:41822',
    runtime: 'unshare',
    kind: 'container',
    initPid: 41822,
    initStarttimeTicks: 99,
    pids: [41822],
    state: 'running',
    startedAt: '2024-05-01T11:55:00.000Z',
    hostname: DENIED,
    command: 'sleep 1000',
    argv: ['sleep', '1000'],
    depth: 1,
    parent: EXAMPLE.key,
    namespaces: DENIED,
    privateNamespaces: DENIED,
    cgroup: { mode: 'v2', paths: { '': '/docker/5196' }, own: false },
    cpu: { usageUsec: 1000 },
    memory: {
      accounting: 'processes',
      currentBytes: 1_153_434,
      limitBytes: 'max',
      effectiveLimitBytes: 512 * 2 ** 20,
      limitedBy: '/docker/5196',
    },
    io: { readBytes: DENIED, writeBytes: DENIED },
    pidsCount: 2,
    pidsLimit: 'max',
    effectivePidsLimit: 100,
    evidence: ["pid namespace 4026532999 is not the host's"],
    nameSource: 'pid',
    ...changes,
  };
}
