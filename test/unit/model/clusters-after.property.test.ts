/** Whatever comes, goes and changes on a host: clusters carried on from those before are the ones that a first look finds. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { mapFact } from '../../../src/kernel/reading.ts';
import { type ClusterFacts, type Clusters, clustersOf } from '../../../src/model/build.ts';
import { clustersAfter } from '../../../src/model/clusters-after.ts';
import type { NamespaceInodes, ProcessFacts } from '../../../src/model/sample.ts';
import {
  DENIED,
  HOST_MOUNTS,
  HOST_PROCESSES,
  hostFacts,
  INITIAL,
  id64,
  kernelThread,
  mountTable,
  OVERLAY_MOUNTS,
  observer,
  type ProcessChange,
  proc,
  processMap,
  V1,
  V2,
} from './facts.ts';

const [A, B, C, D, E] = ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'].map(id64);
const SESSION = '/user.slice/user-1000.slice/session-3.scope';
const own = (from: number): NamespaceInodes => ({ mnt: from, pid: from + 1, net: from + 2, ipc: from + 4 });
/** Pid 1 of what it is in. */
const init = (pid: number, ppid: number, comm: string, cgroup: string, ns: NamespaceInodes) =>
  proc(pid, ppid, comm, { cgroup, ns, nsPid: [pid, 1] });
const inside = (pid: number, ppid: number, comm: string, cgroup: string, ns: NamespaceInodes) =>
  proc(pid, ppid, comm, { cgroup, ns });

/** Containers of every kind, some in others, beside what every host runs. */
const FIRST: readonly ProcessFacts[] = [
  ...HOST_PROCESSES,
  proc(900, 1, 'containerd-shim', {
    cgroup: '/system.slice/containerd.service',
    argv: ['shim', '-namespace', 'moby'],
  }),
  init(1000, 900, 'node', `/docker/${A}`, own(9000)),
  // In its cgroup, but in the pid namespace of the host.
  proc(1003, 1000, 'strange', { cgroup: `/docker/${A}`, ns: { mnt: 9000 } }),
  inside(1001, 1000, 'node', `/docker/${A}`, own(9000)),
  inside(1002, 1001, 'sh', `/docker/${A}`, own(9000)),
  // In that one, another of the same engine, and one of no engine.
  init(1100, 1000, 'dockerd', `/docker/${A}/docker/${B}`, own(9100)),
  inside(1101, 1100, 'redis', `/docker/${A}/docker/${B}`, own(9100)),
  init(1150, 1002, 'sleep', `/docker/${A}`, { ...own(9000), pid: 9151 }),
  // Its cgroup proves nothing without its pid namespace, or what is above it.
  init(1200, 1, 'web', '/default/web', own(9200)),
  inside(1201, 1200, 'web', '/default/web', own(9200)),
  proc(1210, 1, 'stray', { cgroup: '/default/other' }),
  // With the pid namespace of the host.
  proc(1300, 900, 'agent', { cgroup: `/docker/${C}`, ns: { mnt: 9300 } }),
  inside(1301, 1300, 'agent', `/docker/${C}`, { mnt: 9300 }),
  // In the cgroup of a session, its init behind others in the list; and in a cgroup that is its own.
  proc(1399, 510, 'unshare', { cgroup: SESSION }),
  inside(1401, 1400, 'vi', SESSION, { pid: 9401, mnt: 9400 }),
  init(1450, 1, 'job', '/jobs/one', { pid: 9451, mnt: 9450 }),
  inside(1451, 1450, 'job', '/jobs/one', { pid: 9451, mnt: 9450 }),
  init(1400, 1399, 'bash', SESSION, { pid: 9401, mnt: 9400 }),
  // An init on its way out: the container lasts as long as somebody else is in it.
  { ...init(1480, 1, 'ending', '/jobs/two', { pid: 9481, mnt: 9480 }), isExiting: true },
  inside(1481, 1480, 'lasting', '/jobs/two', { pid: 9481, mnt: 9480 }),
  // A chroot, a hardened service, a tool's sandbox, a service with mounts of its own that is neither.
  proc(1500, 1, 'named', { cgroup: '/system.slice/named.service', root: '/srv/named' }),
  proc(1550, 1, 'hard', { cgroup: '/system.slice/hard.service', ns: { mnt: 9550, net: 9552 } }),
  proc(1598, 510, 'bwrap', { cgroup: SESSION }),
  proc(1599, 1598, 'app', { cgroup: SESSION, ns: { net: 9592 } }),
  proc(1600, 1, 'private', { cgroup: '/system.slice/private.service', ns: { mnt: 9650 } }),
  init(1700, 1, 'systemd', '/lxc.payload.web/init.scope', own(9700)),
  // In the pid namespace of the host, whatever its status says.
  init(1750, 0, 'systemd', '/machine.slice/machine-deb.scope', { mnt: 9750 }),
  inside(1701, 1700, 'cron', '/lxc.payload.web/system.slice/cron.service', own(9700)),
  // Two with one pid namespace, and a visitor there; in the one whose init came last, somebody was there before.
  inside(1855, 1, 'older', `/docker/${D}`, { pid: 9801, mnt: 9800 }),
  inside(1857, 1, 'web', `/docker/${E}`, { pid: 9801, mnt: 9850 }),
  init(1860, 1, 'pause', `/docker/${D}`, { pid: 9801, mnt: 9800 }),
  proc(1880, 510, 'visitor', { cgroup: SESSION, ns: { pid: 9801 } }),
  proc(1800, 1, 'secret', { namespaces: DENIED, root: DENIED, nsPid: [1800] }),
];
const TABLES = new Map([
  [INITIAL.mnt, mountTable(1, HOST_MOUNTS)],
  [9000, mountTable(1000, OVERLAY_MOUNTS)],
  [9650, mountTable(1600, HOST_MOUNTS)],
  [9300, mountTable(1300, OVERLAY_MOUNTS)],
]);

/** Seen from inside of a container: with one process that shares a namespace with the host. */
const WITHIN: readonly ProcessFacts[] = [
  proc(1, 0, 'sh', { ns: own(9000) }),
  proc(20, 1, 'sh', { ns: own(9000) }),
  proc(30, 1, 'agent', { ns: { ...own(9000), net: INITIAL.net } }),
  init(40, 1, 'job', `/docker/${A}`, own(9100)),
  inside(41, 40, 'job', `/docker/${A}`, own(9100)),
];

/** The same, where the kernel's own threads are in sight, in namespaces with other numbers than usual. */
const WITHIN_KERNEL = [...WITHIN, { ...kernelThread(2, 'kthreadd'), namespaces: { mnt: 8000, net: 8001 } }];

const COMMS = ['sh', 'bwrap', 'unshare', 'containerd-shim', 'runc', 'systemd-nspawn', 'sleep', 'true'];
const CHANGES: readonly ProcessChange[] = [
  ...['/', SESSION, '/jobs/one', '/jobs/one/deeper', '/default/other', `/docker/${A}`, `/docker/${B}`].map(
    (cgroup) => ({ cgroup }),
  ),
  ...[
    {},
    { mnt: 9000 },
    { pid: 9001 },
    { mnt: 9650 },
    { net: 9999 },
    { net: 9999, mnt: 9998 },
    own(9000),
  ].map((ns) => ({ ns })),
  ...[DENIED, undefined, {}].map((namespaces) => ({ namespaces })),
  ...['/', '/srv/named', DENIED].map((root) => ({ root })),
  ...['Z', 'S'].map((state) => ({ state })),
  ...[true, false].map((isExiting) => ({ isExiting })),
  ...[[1, 1], [1, 7], [1, 7, 1], DENIED].map((nsPid) => ({ nsPid })),
];

/** What happens, mostly what happens on every host all the time; `who` and `what` are taken of as many as there are. */
const event = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('fork' as const) },
    { weight: 4, arbitrary: fc.constant('exit of one without children' as const) },
    { weight: 3, arbitrary: fc.constantFrom('exec' as const, 'entry' as const) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'exit',
        'adoption',
        'by its child',
        'unshare',
        'change',
        'kernel thread',
        'pid used again',
      ),
    },
  ),
  who: fc.nat(9999),
  what: fc.nat(9999),
});
type Event = typeof event extends fc.Arbitrary<infer Each> ? Each : never;

class WalkingHost {
  processes: Map<number, ProcessFacts>;
  moved = new Set<number>();
  #next = 2000;

  constructor(first: readonly ProcessFacts[]) {
    this.processes = processMap(first);
  }

  /** A map of its own, as every sample has. */
  begin(): void {
    this.processes = new Map(this.processes);
    this.moved = new Set();
  }

  happens({ kind, who, what }: Event): void {
    const all = [...this.processes.values()];
    const facts = of(all, who);
    if (kind === 'fork') this.#fork(facts, this.#next++, what);
    if (kind === 'entry') this.#enter(facts, of(all, what), what);
    if (kind === 'exec') this.#set({ ...facts, comm: of(COMMS, what) });
    if (kind === 'exit') this.#end(facts.pid);
    if (kind === 'exit of one without children') {
      const leaves = all.filter(({ pid }) => !all.some(({ ppid }) => ppid === pid));
      // In a ring of parents everybody has one.
      if (leaves.length > 0) this.#end(of(leaves, who).pid);
    }
    if (kind === 'adoption') this.#set({ ...facts, ppid: of(all, what).pid });
    if (kind === 'by its child')
      this.#set({ ...facts, ppid: all.find(({ ppid }) => ppid === facts.pid)?.pid ?? 0 });
    if (kind === 'unshare') this.#set(unshared(facts));
    if (kind === 'change') this.#set(changed(facts, of(CHANGES, what)));
    if (kind === 'kernel thread') this.#set(kernelThread(this.#next++, 'kworker/1:0'));
    if (kind === 'pid used again') {
      this.#end(facts.pid);
      this.#fork(of(all, what), facts.pid, what);
    }
  }

  /** Later ones have higher pids and later starts, mostly. */
  #fork(parent: ProcessFacts, pid: number, what: number): void {
    const nsPid = what % 3 === 0 ? [pid, what % 5] : undefined;
    const starttimeTicks = what % 4 === 0 ? 5 : this.#next;
    this.#set({ ...parent, pid, ppid: parent.pid, starttimeTicks, nsPid, isExiting: false });
  }

  /** As `nsenter` and engines' exec do it. */
  #enter(parent: ProcessFacts, there: ProcessFacts, what: number): void {
    this.#fork(there, this.#next++, what);
    const made = this.processes.get(this.#next - 1);
    if (made !== undefined) this.#set({ ...made, ppid: parent.pid });
  }

  #end(pid: number): void {
    if (this.processes.size > 1 && this.processes.delete(pid)) this.moved.add(pid);
  }

  #set(facts: ProcessFacts): void {
    this.processes.set(facts.pid, facts);
    this.moved.add(facts.pid);
  }
}

function of<T>(all: readonly T[], which: number): T {
  const found = all[which % all.length];
  if (found === undefined) throw new Error('nobody is left');
  return found;
}

/** As with `unshare --net --ipc`. */
function unshared(facts: ProcessFacts): ProcessFacts {
  return {
    ...facts,
    namespaces: mapFact(facts.namespaces, (inodes) => ({ ...inodes, net: 9990, ipc: 9991 })),
  };
}

/** With the placement that others share, as the collector gives it. */
function changed(facts: ProcessFacts, change: ProcessChange): ProcessFacts {
  const made = proc(facts.pid, facts.ppid, facts.comm, change);
  const { cgroup, namespaces } = made;
  return {
    ...facts,
    ...(change.root !== undefined && { root: change.root }),
    ...(change.state !== undefined && { state: change.state }),
    ...(change.isExiting !== undefined && { isExiting: change.isExiting }),
    ...('nsPid' in change && { nsPid: change.nsPid }),
    ...(change.cgroup !== undefined && { cgroup }),
    ...(('ns' in change || 'namespaces' in change) && { namespaces }),
  };
}

const told = ({ drafts, places, host }: Clusters) => ({
  host,
  containers: drafts.map((draft) => ({ draft, places: places.get(draft) })),
});

const observers = [
  observer(),
  observer({ ownProc: false, namespaces: undefined }),
  observer({ namespaces: { ...INITIAL, ...own(9000) } }),
  observer({ ownProc: false, namespaces: { ...INITIAL, ...own(9000) } }),
  observer({ namespaces: { pid: 9001 } }),
];

// Thousands of hosts.
vi.setConfig({ testTimeout: 120_000 });

test('clusters carried on are those that a first look finds', () => {
  let rounds = 0;
  let carried = 0;
  fc.assert(
    fc.property(
      fc.array(fc.array(event, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }),
      fc.constantFrom(FIRST, FIRST, FIRST, WITHIN, WITHIN_KERNEL),
      fc.constantFrom(...observers),
      fc.constantFrom([V2], [...V1, V2]),
      (walk, first, self, hierarchies) => {
        const walking = new WalkingHost(first);
        const host = hostFacts({ self, hierarchies });
        let before: ClusterFacts = { processes: walking.processes, mountTables: TABLES, host };
        let clusters = clustersOf(before);
        for (const events of walk) {
          walking.begin();
          for (const each of events) walking.happens(each);
          const now = { ...before, processes: walking.processes };
          const still = clustersAfter({ clusters, processes: before.processes }, now, walking.moved);
          const anew = clustersOf({ ...now, processes: new Map(now.processes) });
          rounds += 1;
          if (still !== undefined) {
            carried += 1;
            if (!isDeepStrictEqual(told(still), told(anew))) expect(told(still)).toEqual(told(anew));
          }
          clusters = still ?? anew;
          before = now;
        }
      },
    ),
    { numRuns: 2500 },
  );
  // Else it says nothing.
  expect(carried / rounds).toBeGreaterThan(0.2);
});
