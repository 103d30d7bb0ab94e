/** Who is a bystander: comes, goes or changes, and everything concluded before holds. */
import { describe, expect, it } from 'vitest';
import { type Clusters, clustersOf } from '../../../src/model/build.ts';
import { clustersAfter } from '../../../src/model/clusters-after.ts';
import type { ProcessFacts, Sample } from '../../../src/model/sample.ts';
import { HOST_PROCESSES, id64, kernelThread, type ProcessChange, proc, sampleOf } from './facts.ts';

const A = `/docker/${id64('aaaa')}`;
const B = `${A}/docker/${id64('bbbb')}`;
const SESSION = '/user.slice/user-1000.slice/session-3.scope';
const JOB = '/jobs/one';
const IN_A = { cgroup: A, ns: { mnt: 9000, pid: 9001 } };

const inA = (pid: number, ppid: number, change: ProcessChange = {}) =>
  proc(pid, ppid, 'node', { ...IN_A, ...change });
const RESTING: readonly ProcessFacts[] = [
  ...HOST_PROCESSES,
  proc(900, 1, 'containerd-shim', { cgroup: '/system.slice/containerd.service' }),
  inA(1000, 900, { nsPid: [1000, 1] }),
  inA(1001, 1000),
  proc(1100, 1000, 'redis', { cgroup: B, ns: { mnt: 9100, pid: 9101 }, nsPid: [1100, 101, 1] }),
  proc(1200, 1, 'job', { cgroup: JOB, ns: { pid: 9201 }, nsPid: [1200, 1] }),
  proc(1300, 1, 'named', { cgroup: '/system.slice/named.service', root: '/srv/named' }),
];

/** Those that come, or are others now; a pid alone goes. */
type Step = ProcessFacts | number;

function stepped(before: Sample, steps: readonly Step[]): { now: Sample; moved: Set<number> } {
  const moved = new Set(steps.map((step) => (typeof step === 'number' ? step : step.pid)));
  const stay = [...before.processes.values()].filter(({ pid }) => !moved.has(pid));
  return { now: sampleOf([...stay, ...steps.filter((step) => typeof step !== 'number')]), moved };
}

function after(steps: readonly Step[], first: readonly ProcessFacts[] = RESTING) {
  const before = sampleOf(first);
  const clusters = clustersOf(before);
  const { now, moved } = stepped(before, steps);
  const still = clustersAfter({ clusters, processes: before.processes }, now, moved);
  return { clusters, still, anew: clustersOf(now) };
}

const pidsOf = ({ drafts }: Clusters) => drafts.map(({ key, pids }) => `${key.slice(0, 12)} ${pids}`).sort();

const ls = (change: ProcessChange = {}) => proc(2000, 510, 'ls', change);

describe('everything holds', () => {
  it.each<[string, readonly Step[], ProcessFacts[]?]>([
    ['when a process of the host comes', [ls()]],
    ['when one comes with its children', [ls(), proc(2001, 2000, 'cat'), proc(2002, 2001, 'wc')]],
    ['when one goes', [510]],
    ['when one executes something', [proc(510, 500, 'vi', { cgroup: SESSION })]],
    [
      'when one is a zombie',
      [proc(510, 500, 'bash', { cgroup: SESSION, state: 'Z', namespaces: undefined })],
    ],
    ['when a kernel thread has another name', [kernelThread(9, 'kworker/0:1H-events')]],
    ['when a program comes that starts containers', [proc(2000, 1, 'containerd-shim')]],
    ['when one comes with mounts of its own', [ls({ ns: { mnt: 9999 } })]],
    ['when one comes to where others of the host are already', [ls({ cgroup: SESSION })], unshared()],
  ])('%s', (_name, steps, more = []) => {
    const { clusters, still, anew } = after(steps, [...RESTING, ...more]);
    expect(still).toBe(clusters);
    expect(pidsOf(anew)).toEqual(pidsOf(clusters));
  });
});

/** A container that shares the cgroup of a session with what the host has there. */
function unshared(): ProcessFacts[] {
  return [proc(1400, 510, 'sh', { cgroup: SESSION, ns: { pid: 9401 }, nsPid: [1400, 1] })];
}

describe('one container has other processes, and what hangs on it is linked to it', () => {
  it.each<[string, readonly Step[]]>([
    ['when one comes beside its init', [inA(2000, 900, { nsPid: [2000, 50] })]],
    ['when one goes', [1001]],
    ['when one goes and another one comes', [1001, inA(2000, 1000)]],
    ['when one leaves it for the host', [proc(1001, 1000, 'node')]],
  ])('%s', (_name, steps) => {
    const { clusters, still, anew } = after(steps);
    expect(still && pidsOf(still)).toEqual(pidsOf(anew));
    const [job, named, a, b] = ['proc:1200', 'proc:1300', 'docker:aaaa', 'docker:bbbb'].map((key) => ({
      now: still?.drafts.find((draft) => draft.key.startsWith(key)),
      old: clusters.drafts.find((draft) => draft.key.startsWith(key)),
    }));
    expect(job?.now).toBe(job?.old);
    expect(named?.now).toBe(named?.old);
    expect(a?.now).not.toBe(a?.old);
    expect(b?.now?.parent).toBe(a?.now);
    expect(still?.places.get(a?.now ?? never())).toBe(clusters.places.get(a?.old ?? never()));
  });
});

function never(): never {
  throw new Error('the container is gone');
}

describe('all are looked at anew', () => {
  it.each<[string, readonly Step[], ProcessFacts[]?]>([
    ['when a container comes', [proc(2000, 1, 'sh', { cgroup: `/docker/${id64('cccc')}` })]],
    ['when a pid namespace comes', [ls({ ns: { pid: 9999 }, nsPid: [2000, 1] })]],
    ['when a root comes', [ls({ root: '/srv/other' })]],
    ['when a sandbox comes', [ls({ ns: { mnt: 9999, net: 9998 } })]],
    [
      'when bubblewrap starts something with a namespace of its own',
      [proc(2001, 2000, 'app', { ns: { net: 9998 } })],
      [proc(2000, 510, 'bwrap')],
    ],
    ['when an init goes', [1200]],
    ['when an init executes something', [inA(1000, 900, { nsPid: [1000, 1], comm: 'other' })]],
    ['when what started a container goes', [900]],
    ['when a container gets another parent process', [900, inA(1000, 1, { nsPid: [1000, 1] })]],
    ['when one comes to a cgroup that was all of a container', [ls({ cgroup: JOB })]],
    ['when the last but the container goes', [2000], [ls({ cgroup: JOB })]],
    ['when one comes to a container that may be its init', [inA(2000, 1, { nsPid: [2000, 1] })]],
    ['when one enters the mounts of a container alone', [ls({ ns: { mnt: 9000, net: 9998 } })]],
    ['when one comes to a jail', [proc(2000, 1300, 'named', { root: '/srv/named' })]],
    [
      'when one leaves the namespaces of its container, not its cgroup',
      [proc(1001, 1000, 'node', { cgroup: A })],
    ],
  ])('%s', (_name, steps, more = []) => {
    expect(after(steps, [...RESTING, ...more]).still).toBeUndefined();
  });
});
