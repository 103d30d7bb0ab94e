/** The initial namespaces, three of each container (and a user namespace of `db`), and one that only a file keeps. */
import {
  INITIAL_INODES,
  NAMESPACE_TYPES,
  type NamespaceType,
} from '../../../../src/kernel/tables/namespaces.ts';
import type { Container } from '../../../../src/model/host-model.ts';
import type { NamespaceView } from '../../../../src/model/namespace-view.ts';
import { chosen, firstPid, inodeOf } from './numbers.ts';

const INITIAL_USER = INITIAL_INODES.user ?? 0;
const INITIAL_PID = INITIAL_INODES.pid ?? 0;

export function namespaceRows(all: readonly Container[], key: string | undefined): NamespaceView[] {
  const own = chosen(all, key).flatMap(ofContainer);
  return key === undefined ? [...initial(all.length), ...own, kept()] : [initialUser(all.length), ...own];
}

function initial(containers: number): NamespaceView[] {
  return NAMESPACE_TYPES.map((type) => {
    const inode = INITIAL_INODES[type] ?? 0;
    if (type === 'user') return initialUser(containers);
    return {
      ...alive(type, inode, 1, 79, '/sbin/init'),
      initial: true,
      ownerUserNs: INITIAL_USER,
      ownerUid: 0,
      ...(type === 'net' && { interfaces: ['lo', 'eth0', 'docker0'] }),
      ...(type === 'uts' && { hostname: 'web-1' }),
    };
  });
}

function initialUser(containers: number): NamespaceView {
  return {
    ...alive('user', INITIAL_USER, 1, 79 + 3 * containers, '/sbin/init'),
    initial: true,
    uidMap: [{ inside: 0, outside: 0, count: 2 ** 32 - 1 }],
  };
}

function ofContainer(container: Container): NamespaceView[] {
  const { key, name, hostname } = container;
  const pid = firstPid(container);
  const hasUser = name === 'db';
  const owner = hasUser ? inodeOf(container, 3) : INITIAL_USER;
  const common = { ownerUserNs: owner, ownerUid: hasUser ? 1000 : 0, container: key };
  const command = `worker --of ${name}`;
  return [
    { ...alive('mnt', inodeOf(container, 0), pid, 3, command), ...common },
    { ...alive('pid', inodeOf(container, 1), pid, 3, command), ...common, parent: INITIAL_PID },
    {
      ...alive('net', inodeOf(container, 2), pid, 3, command),
      ...common,
      interfaces: ['lo', 'eth0'],
    },
    { ...alive('uts', inodeOf(container, 4), pid, 3, command), ...common, hostname },
    ...(hasUser
      ? [
          {
            ...alive('user', owner, pid, 3, command),
            container: key,
            parent: INITIAL_USER,
            ownerUserNs: INITIAL_USER,
            ownerUid: 1000,
            uidMap: [{ inside: 0, outside: 100_000, count: 65_536 }],
          },
        ]
      : []),
  ];
}

/** As `ip netns add blue` leaves it. */
function kept(): NamespaceView {
  return {
    type: 'net',
    inode: 4_026_539_999,
    initial: false,
    nprocs: 0,
    ownerUserNs: INITIAL_USER,
    ownerUid: 0,
    interfaces: ['lo'],
    heldBy: [{ kind: 'bind', path: '/run/netns/blue', mntNs: INITIAL_INODES.mnt ?? 0 }],
    holders: { bind: 1 },
  };
}

function alive(
  type: NamespaceType,
  inode: number,
  pid: number,
  nprocs: number,
  command: string,
): NamespaceView {
  return {
    type,
    inode,
    initial: false,
    nprocs,
    leaderPid: pid,
    leaderUid: 0,
    command,
    heldBy: [
      { kind: 'process', pid },
      { kind: 'fd', pid, fd: 4 },
    ],
    holders: { process: nprocs, fd: 1 },
  };
}
