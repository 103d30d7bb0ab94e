/** A process to change one thing of, on the clock of example-container.ts. */
import type { ProcessView } from '../../../src/model/process-view.ts';
import { DENIED } from './example-container.ts';

const EXAMPLE: ProcessView = {
  pid: 10630,
  innerPids: [10630, 41, 1],
  ppid: 10600,
  comm: 'node',
  argv: ['node', 'server.js'],
  state: 'S',
  threads: 11,
  starttimeTicks: 4711,
  startedAt: '2024-05-01T10:00:00.000Z',
  uid: 0,
  gid: 1000,
  innerUid: 65534,
  innerGid: 100,
  cpu: { usageUsec: 12_300_000, ratio: 1.482 },
  memoryBytes: 64 * 2 ** 20,
  capEff: '00000000a80425fb',
  seccomp: 'filter',
  cgroup: { '': '/unified', cpu: '/docker/5196', memory: '/docker/5196/memory' },
};

export function exampleProcess(changes: Partial<ProcessView> = {}): ProcessView {
  return { ...EXAMPLE, ...changes };
}

/** What an ordinary user sees of a kernel thread on a v2 host: one sample, in the reader's own namespaces. */
export function bareProcess(changes: Partial<ProcessView> = {}): ProcessView {
  return {
    pid: 2,
    innerPids: [2],
    ppid: 0,
    comm: 'kthreadd',
    argv: [],
    state: 'I',
    threads: 1,
    starttimeTicks: 0,
    startedAt: '2024-05-01T09:00:00.000Z',
    uid: 65534,
    gid: 65534,
    cpu: { usageUsec: 0 },
    memoryBytes: 0,
    capEff: '0000000000000000',
    seccomp: DENIED,
    cgroup: { '': '/' },
    ...changes,
  };
}
