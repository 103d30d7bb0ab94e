/** Whatever processes a host has, or claims to have: the model stands, and no process or container is in it twice. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { buildModel } from '../../../src/model/build.ts';
import type { MountTable, NamespaceInodes, ProcessFacts } from '../../../src/model/sample.ts';
import {
  DENIED,
  HOST_MOUNTS,
  INITIAL,
  id64,
  mountTable,
  OVERLAY_MOUNTS,
  proc,
  sampleOf,
  V1,
  V2,
} from './facts.ts';

const IDS = [id64('aaaa'), id64('bbbb')];
const CGROUPS = [
  '/',
  '/init.scope',
  '/system.slice/x.service',
  '/user.slice/snap.x.y',
  '/default/web',
  '/lxc/web',
  '/lxc.payload.web',
  '/lxc.payload.web/lxc.payload.web',
  '/machine.slice/machine-deb.scope',
  '/machine.slice/machine-deb.scope/supervisor',
  '/user.slice/app-flatpak-x-1.scope',
  '/user.slice/app-flatpak-x-2.scope',
  '/../docker',
  ...IDS.flatMap((id) => [
    `/docker/${id}`,
    `/jobs/${id}`,
    `/default/web/${id}`,
    `/system.slice/docker-${id}.scope`,
    `/docker/${IDS[0]}/docker/${id}`,
    `/docker/${IDS[1]}/docker/${id}`,
    `/machine.slice/libpod-conmon-${id}.scope`,
    `/k/kubepods/pod5e5fb9b5-9c2a-4d0e-8a5c-0123456789ab/${id}`,
    `2:pids:/docker/${id}\n1:cpu:/\n0::/\n`,
  ]),
];
const COMMS = [
  'sh',
  'bwrap',
  'unshare',
  'containerd-shim',
  'conmon',
  'runc',
  'systemd-nspawn',
  'pause',
  'catatonit',
  'libvirt_lxc',
];

const inode = (first: number, initial: number | undefined) =>
  fc.option(fc.constantFrom(...(initial === undefined ? [] : [initial]), first, first + 1, first + 2), {
    nil: undefined,
  });
const namespaces: fc.Arbitrary<ProcessFacts['namespaces']> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(DENIED, undefined, {}) },
  {
    weight: 6,
    arbitrary: fc
      .record({
        pid: inode(9000, INITIAL.pid),
        mnt: inode(9100, INITIAL.mnt),
        net: inode(9200, INITIAL.net),
        user: inode(9300, INITIAL.user),
        uts: inode(9400, INITIAL.uts),
      })
      .map((found): NamespaceInodes => JSON.parse(JSON.stringify(found))),
  },
);

/** Parents anywhere, also later, missing, oneself, or in a ring. */
const process = (pid: number): fc.Arbitrary<ProcessFacts> =>
  fc
    .record({
      ppid: fc.nat(14),
      comm: fc.constantFrom(...COMMS),
      cgroup: fc.constantFrom(...CGROUPS),
      namespaces,
      root: fc.constantFrom('/', '/', '/srv/jail', DENIED, undefined),
      nsPid: fc.constantFrom(undefined, DENIED, [pid], [pid, 1], [pid, 7], [pid, 7, 1]),
      state: fc.constantFrom('S', 'R', 'Z'),
      starttimeTicks: fc.nat(5),
      isKernelThread: fc.boolean().map((it) => it && pid % 5 === 0),
    })
    .map(({ ppid, comm, ...rest }) => proc(pid, ppid, comm, rest));

const forest = fc
  .nat(13)
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_none, index) => process(index + 1))));

const tables: ReadonlyMap<number, MountTable> = new Map([
  [INITIAL.mnt, mountTable(1, HOST_MOUNTS)],
  [9100, mountTable(2, OVERLAY_MOUNTS)],
  [9101, mountTable(3, HOST_MOUNTS)],
]);

// Thousands of models.
vi.setConfig({ testTimeout: 30_000 });

describe('any forest of processes', () => {
  test('gives containers that hold each process once, under parents that exist and end at the host', () => {
    fc.assert(
      fc.property(forest, fc.constantFrom([V2], [...V1], [...V1, V2], []), (processes, hierarchies) => {
        const { containers, containerOfPid } = buildModel(
          sampleOf(processes, { mounts: tables, host: { hierarchies } }),
        );
        const byKey = new Map(containers.map((each) => [each.key, each]));
        expect(byKey.size).toBe(containers.length);

        const pids = containers.flatMap((each) => each.pids);
        expect(new Set(pids).size).toBe(pids.length);
        expect([...containerOfPid.keys()].sort()).toEqual([...pids].sort());
        const threads = processes.filter((each) => each.isKernelThread).map((each) => each.pid);
        expect(pids.filter((pid) => threads.includes(pid))).toEqual([]);

        const seen = new Set<string>();
        for (const each of containers) {
          expect(each.pids).toContain(each.initPid);
          for (const pid of each.pids) expect(containerOfPid.get(pid)).toBe(each.key);
          expect(each.evidence.length).toBeGreaterThan(0);
          if (each.parent === undefined) expect(each.depth).toBe(0);
          else {
            // Parents come before their children, so parents that were seen cannot form a ring.
            expect(seen.has(each.parent)).toBe(true);
            expect(each.depth).toBe((byKey.get(each.parent)?.depth ?? -1) + 1);
          }
          seen.add(each.key);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('gives the same containers in the next sample, when nothing changed', () => {
    const told = (processes: readonly ProcessFacts[]) =>
      buildModel(sampleOf(processes, { mounts: tables })).containers.map(({ key, pids, parent, kind }) => ({
        key,
        pids,
        parent,
        kind,
      }));
    fc.assert(
      fc.property(forest, (processes) => {
        expect(told(processes)).toEqual(told(processes));
      }),
    );
  });
});
