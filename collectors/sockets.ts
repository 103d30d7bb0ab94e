/**
 * The sockets of network namespaces, from the tables in /proc/PID/net of a process that is in each, or from those of our own
 * thread inside it where there is no such process. The kernel loads no module for it, as it may for sock_diag.
 */
import { parsePacketSockets } from '../src/kernel/proc/net-packet.ts';
import { parseSockstat, type SocketCounts } from '../src/kernel/proc/net-sockstat.ts';
import { type InetSocket, parseInetSockets } from '../src/kernel/proc/net-tcp.ts';
import { parseNetUnix } from '../src/kernel/proc/net-unix.ts';
import { type Fact, factOf, isUnknown, known, type Reading, type Unknown } from '../src/kernel/reading.ts';
import type { NamespaceSockets, NetPlace, SocketFacts } from '../src/model/net-facts.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { insideNetNamespace } from '../src/sys/net-namespace.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

const INET = ['tcp', 'tcp6', 'udp', 'udp6', 'udplite', 'udplite6', 'raw', 'raw6', 'icmp', 'icmp6'] as const;
type InetProtocol = (typeof INET)[number];

export const sockets: Collector<readonly NetPlace[], NamespaceSockets[]> = {
  id: 'sockets',
  reads: [...INET, 'unix', 'packet', 'sockstat', 'sockstat6'].map((name) => `/proc/PID/net/${name}`),
  needs: ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'],
  tier: 'request',
  collect: (files, places) => places.map((place) => socketsOf(files, place)),
};

function socketsOf(files: KernelFiles, place: NetPlace): NamespaceSockets {
  const { pid, inode } = place;
  if (pid !== undefined) {
    const found = tablesIn(files, files.proc(`${pid}/net`), place);
    return isStillIn(files, place)
      ? found
      : failed(place, { unknown: 'gone', path: place.path, errno: 'ESRCH' });
  }
  if (inode === undefined) return failed(place, { unknown: 'gone', path: place.path, errno: 'ENOENT' });
  if (isUnknown(inode)) return failed(place, inode);
  const refused = place.refused && factOf<never>(place.refused);
  if (refused !== undefined) return failed(place, refused);
  const found = insideNetNamespace(place.path, inode, () => tablesIn(files, '/proc/thread-self/net', place));
  if (found.ok) return found.value;
  const why = factOf<never>(found);
  return failed(place, why ?? { unknown: 'gone', path: found.path, errno: found.errno });
}

/** Its pid may be another process's by now. Where the link is denied there is nothing to compare. */
function isStillIn(files: KernelFiles, { path, inode }: NetPlace): boolean {
  if (known(inode) === undefined) return true;
  const link = files.link(path);
  return link.ok && link.value === `net:[${known(inode)}]`;
}

function failed(place: NetPlace, why: Unknown): NamespaceSockets {
  return { place, sockets: why, missing: [] };
}

function tablesIn(files: KernelFiles, directory: string, place: NetPlace): NamespaceSockets {
  const read = <T>(name: string, parse: (text: string) => T): Reading<T> =>
    parsed(files.text(`${directory}/${name}`, 'utf8'), `${directory}/${name}`, parse);
  const counts = new Map([
    ...(known(factOf(read('sockstat', parseSockstat))) ?? []),
    ...(known(factOf(read('sockstat6', parseSockstat))) ?? []),
  ]);
  const tables: Fact<SocketFacts[]>[] = [
    ...INET.filter((protocol) => !isEmpty(protocol, counts)).map((protocol) =>
      factOf(read(protocol, (text) => parseInetSockets(text).map((each) => inetSocket(protocol, each)))),
    ),
    factOf(read('packet', (text) => parsePacketSockets(text).map(packetSocket))),
    factOf(read('unix', (text) => parseNetUnix(text).map(unixSocket))),
  ];
  const missing = tables.filter(isUnknown);
  const found = tables.flatMap((table) => known(table) ?? []);
  const [first] = missing;
  // Not one table: the process has gone, or may not be looked into. The last two are always there.
  if (tables.every((table) => table === undefined || isUnknown(table)))
    return failed(place, first ?? { unknown: 'gone', path: directory, errno: 'ENOENT' });
  return { place, sockets: found, missing };
}

/** Of TCP those in TIME-WAIT are counted apart, for both families together. */
function isEmpty(protocol: InetProtocol, counts: SocketCounts): boolean {
  const own = counts.get(protocol.toUpperCase())?.get('inuse');
  const waiting = protocol.startsWith('tcp') ? counts.get('TCP')?.get('tw') : 0;
  return own === 0 && waiting === 0;
}

const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
/** What has no inode has no owner either: the kernel shows uid 0 then, but for a connection that is still being made. */
const HAS_UID_WITHOUT_INODE = 'SYN-RECV';

function inetSocket(protocol: InetProtocol, socket: InetSocket): SocketFacts {
  const { inode, uid, remoteAddress, remotePort, ...rest } = socket;
  const hasRemote = remotePort !== 0 || !ANY.has(remoteAddress);
  return {
    protocol,
    ...rest,
    ...(hasRemote && { remoteAddress, remotePort }),
    ...(inode !== 0 && { inode }),
    ...((inode !== 0 || rest.state === HAS_UID_WITHOUT_INODE) && { uid }),
  };
}

function packetSocket(socket: ReturnType<typeof parsePacketSockets>[number]): SocketFacts {
  const { protocol, interfaceIndex, ...rest } = socket;
  return {
    protocol: 'packet',
    state: 'UNCONN',
    localPort: protocol,
    ...(interfaceIndex !== 0 && { interfaceIndex }),
    ...rest,
  };
}

function unixSocket(socket: ReturnType<typeof parseNetUnix>[number]): SocketFacts {
  const { type, state, inode, path } = socket;
  return {
    protocol: 'unix',
    type,
    state,
    ...(path !== undefined && { path }),
    ...(inode !== 0 && { inode }),
  };
}
