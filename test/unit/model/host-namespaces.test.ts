import { describe, expect, it } from 'vitest';
import { hostNamespaces } from '../../../src/model/host-namespaces.ts';
import type { NamespaceInodes, ObserverFacts, ProcessFacts } from '../../../src/model/sample.ts';
import { DENIED, INITIAL, kernelThread, observer, proc, processMap } from './facts.ts';

/** Before Linux 6.18 the initial net and mnt namespaces have run-time numbers. The other six never had. */
const { net: _net, mnt: _mnt, ...FIXED } = INITIAL;
const OLD: NamespaceInodes = { ...INITIAL, net: 4026531992, mnt: 4026531840 };
const CONTAINER: NamespaceInodes = {
  ...OLD,
  net: 4026532300,
  mnt: 4026532301,
  uts: 4026532302,
  ipc: 4026532303,
};
const kthreadd = (namespaces: ProcessFacts['namespaces']): ProcessFacts => ({
  ...kernelThread(2, 'kthreadd'),
  namespaces,
});
const some = (count: number, from: number, namespaces: ProcessFacts['namespaces']) =>
  Array.from({ length: count }, (_none, index) => proc(from + index, 1, 'x', { namespaces }));

describe('hostNamespaces', () => {
  const rows: [string, ProcessFacts[], Partial<ObserverFacts>, NamespaceInodes][] = [
    ['the fixed inodes, when somebody is in them', some(3, 10, INITIAL), { namespaces: INITIAL }, INITIAL],
    [
      'the fixed inodes, though we and most processes are in others',
      [...some(1, 10, INITIAL), ...some(9, 20, CONTAINER)],
      { namespaces: CONTAINER },
      INITIAL,
    ],
    [
      'pid 1 may be refused, and is never asked',
      [proc(1, 0, 'systemd', { namespaces: DENIED }), ...some(3, 10, INITIAL)],
      { namespaces: INITIAL },
      INITIAL,
    ],
    ['an old kernel, on the host', some(3, 10, OLD), { namespaces: OLD }, OLD],
    [
      'an old kernel, from a container with --pid=host: what kthreadd shows, not what we have',
      [kthreadd(OLD), ...some(2, 10, OLD), ...some(9, 20, CONTAINER)],
      { namespaces: CONTAINER },
      OLD,
    ],
    [
      'an old kernel, an ordinary user: kthreadd is refused, our own will do',
      [kthreadd(DENIED), ...some(2, 10, OLD)],
      { namespaces: OLD },
      OLD,
    ],
    [
      'another mount of /proc: what most processes show, not what we have',
      [...some(5, 10, OLD), ...some(2, 20, CONTAINER)],
      { namespaces: CONTAINER, ownProc: false },
      OLD,
    ],
    [
      'inside a container: our own, though more processes are in an inner one',
      [...some(2, 1, CONTAINER), ...some(9, 20, { ...CONTAINER, net: 4026532999 })],
      { namespaces: CONTAINER },
      CONTAINER,
    ],
    ['nobody to be seen: what is fixed on every kernel', [], { namespaces: undefined }, FIXED],
    [
      'another mount of /proc, where nearly all links are refused: the few that are read are no majority',
      [...some(1, 10, CONTAINER), ...some(9, 20, DENIED)],
      { namespaces: CONTAINER, ownProc: false },
      FIXED,
    ],
    ['our own may not be read', some(2, 10, OLD), { namespaces: DENIED }, OLD],
    [
      'an old kernel without time and cgroup namespaces',
      some(2, 10, {
        mnt: 1,
        pid: INITIAL.pid,
        net: 2,
        user: INITIAL.user,
        uts: INITIAL.uts,
        ipc: INITIAL.ipc,
      }),
      { namespaces: undefined },
      { ...FIXED, mnt: 1, net: 2 },
    ],
  ];
  it.each(rows)('%s', (_name, processes, self, expected) => {
    expect(hostNamespaces(processMap(processes), observer(self))).toEqual(expected);
  });

  it('a kernel thread with a namespace of its own (kdevtmpfs) is not kthreadd', () => {
    const kdevtmpfs = { ...kernelThread(23, 'kdevtmpfs'), namespaces: { ...OLD, mnt: 4026531862 } };
    const self = observer({ namespaces: OLD });
    expect(hostNamespaces(processMap([kdevtmpfs, ...some(1, 30, OLD)]), self).mnt).toBe(OLD.mnt);
  });

  it('pid 2 of a container is not kthreadd', () => {
    const processes = [proc(2, 1, 'sh', { namespaces: { ...CONTAINER, net: 7 } }), ...some(3, 10, CONTAINER)];
    expect(hostNamespaces(processMap(processes), observer({ namespaces: CONTAINER })).net).toBe(
      CONTAINER.net,
    );
  });
});
