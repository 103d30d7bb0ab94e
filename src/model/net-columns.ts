/** The columns of `net`, for interfaces and for sockets: behind --columns, --sort and --filter, and completion. Pure. */
import { type Fact, known, mapFact } from '../kernel/reading.ts';
import { type Column, column, type Description, type TextOptions, textColumn } from './column.ts';
import { type ColumnSet, columnSet } from './column-set.ts';
import type { InterfaceView, OtherEnd } from './net-interfaces.ts';
import type { SocketProcess, SocketView } from './net-sockets.ts';
import type { NetNamespaceView } from './net-view.ts';

/** Names of containers, by key. */
export type ContainerNames = ReadonlyMap<string, string>;

interface InNamespace {
  readonly namespace: NetNamespaceView;
  readonly names: ContainerNames;
}

export interface InterfaceRow extends InNamespace {
  readonly interface: InterfaceView;
}

export interface SocketRow extends InNamespace {
  readonly socket: SocketView;
}

const USUAL_INTERFACE: readonly string[] = [
  'netns',
  'interface',
  'kind',
  'state',
  'addresses',
  'peer',
  'rx',
  'tx',
  'rx-total',
  'tx-total',
];

function namespaceColumns<Row extends InNamespace>() {
  return [
    textColumn<Row>(
      ['netns', 'NETNS', 14, 'whose it is: host, a container, a name, or net:[inode]'],
      netnsText,
    ),
    column<Row>(
      'identifier',
      ['inode', 'INODE', 10, 'inode of the network namespace'],
      ({ namespace }) => namespace.inode,
    ),
  ];
}

/** `host`, the outermost container's name, what `ip netns` calls it, or its inode. */
function netnsText({ namespace, names }: InNamespace): Fact<string> {
  if (namespace.initial) return 'host';
  const container = nameOf(namespace.container, names);
  return container ?? namespace.name ?? mapFact(namespace.inode, (inode) => `net:[${inode}]`);
}

function nameOf(key: string | undefined, names: ContainerNames): string | undefined {
  return key === undefined ? undefined : (names.get(key) ?? key);
}

function otherEndText({ interface: { peer, lower }, namespace, names }: InterfaceRow): string | undefined {
  const end = peer ?? lower;
  if (end === undefined) return undefined;
  const name = end.name ?? `if${end.index}`;
  return end.netNs === namespace.inode ? name : `${name}@${placeOf(end, names)}`;
}

function placeOf({ container, netNs }: OtherEnd, names: ContainerNames): string {
  return (
    nameOf(container, names) ?? names.get(`net:${netNs}`) ?? (netNs === undefined ? '?' : `net:[${netNs}]`)
  );
}

const addressesText = ({ interface: { addresses } }: InterfaceRow) =>
  mapFact(addresses, (all) => all.map(({ address, prefix }) => `${address}/${prefix}`).join(','));

export const INTERFACE_COLUMNS: ColumnSet<InterfaceRow> = columnSet({
  columns: [
    ...namespaceColumns<InterfaceRow>(),
    textColumn(['interface', 'INTERFACE', 12, 'its name'], (row) => row.interface.name),
    column('identifier', ['index', 'INDEX', 5, 'its number in its namespace'], (row) => row.interface.index),
    textColumn(
      ['kind', 'KIND', 8, 'veth, bridge, tun, …, or the kind of hardware'],
      (row) => row.interface.kind,
    ),
    textColumn(['state', 'STATE', 7, 'UP, DOWN, UNKNOWN, …, as ip link says'], (row) => row.interface.state),
    textColumn(['flags', 'FLAGS', 30, 'flags, as ip link shows them'], (row) =>
      mapFact(row.interface.flags, (flags) => flags.join(',')),
    ),
    textColumn(['mac', 'MAC', 17, 'hardware address'], (row) => row.interface.mac),
    column('number', ['mtu', 'MTU', 5, 'largest packet in bytes'], (row) => row.interface.mtu),
    textColumn(['addresses', 'ADDRESSES', 20, 'Internet addresses with their prefix'], addressesText),
    textColumn(['master', 'MASTER', 8, 'bridge or bond that it is in'], (row) => row.interface.master),
    textColumn(['peer', 'PEER', 20, 'other end of a veth, or device below, and whose that is'], otherEndText),
    column('rate', ['rx', 'RX/s', 7, 'bytes received per second'], (row) => row.interface.rxBytesPerSec),
    column('rate', ['tx', 'TX/s', 7, 'bytes sent per second'], (row) => row.interface.txBytesPerSec),
    column('bytes', ['rx-total', 'RX', 6, 'bytes received so far'], (row) => row.interface.rxBytes),
    column('bytes', ['tx-total', 'TX', 6, 'bytes sent so far'], (row) => row.interface.txBytes),
    column('count', ['rx-packets', 'RXPKT', 6, 'packets received so far'], (row) => row.interface.rxPackets),
    column('count', ['tx-packets', 'TXPKT', 6, 'packets sent so far'], (row) => row.interface.txPackets),
    column(
      'count',
      ['rx-errors', 'RXERR', 6, 'packets received with errors'],
      (row) => row.interface.rxErrors,
    ),
    column(
      'count',
      ['tx-errors', 'TXERR', 6, 'packets that could not be sent'],
      (row) => row.interface.txErrors,
    ),
    column(
      'count',
      ['rx-dropped', 'RXDROP', 6, 'packets received and dropped'],
      (row) => row.interface.rxDropped,
    ),
    column(
      'count',
      ['tx-dropped', 'TXDROP', 6, 'packets dropped before sending'],
      (row) => row.interface.txDropped,
    ),
  ],
  usual: USUAL_INTERFACE,
  word: { within: ['netns', 'interface', 'addresses', 'peer'], startOf: ['mac'] },
  rates: ['rx', 'tx'],
  treeIn: 'interface',
  key: ({ namespace, interface: { name } }) => `${keyOf(namespace)}/${name}`,
});

/** A namespace that may not be known is told by its process. */
function keyOf({ inode, leaderPid }: NetNamespaceView): string {
  return typeof inode === 'number' ? String(inode) : `pid:${leaderPid}`;
}

const USUAL_SOCKET: readonly string[] = [
  'netns',
  'protocol',
  'state',
  'rx-queue',
  'tx-queue',
  'local',
  'remote',
  'pid',
  'comm',
  'container',
];

/** `users`: names of the host's users; whoever is not among them is shown by number. */
export function socketColumns(users: ReadonlyMap<number, string>): ColumnSet<SocketRow> {
  return columnSet({
    columns: [
      ...namespaceColumns<SocketRow>(),
      textColumn(
        ['protocol', 'PROTO', 8, 'tcp, udp6, unix, raw, packet, …'],
        ({ socket }) => socket.protocol,
      ),
      textColumn(
        ['type', 'TYPE', 9, 'of unix sockets: stream, dgram, seqpacket'],
        ({ socket }) => socket.type,
      ),
      textColumn(
        ['state', 'STATE', 10, 'LISTEN, ESTAB, UNCONN, …, as ss says'],
        ({ socket }) => socket.state,
      ),
      column(
        'number',
        ['rx-queue', 'RXQ', 5, 'bytes not read yet; listening: connections not accepted'],
        ({ socket }) => socket.rxQueue,
      ),
      column(
        'number',
        ['tx-queue', 'TXQ', 5, 'bytes not sent or not acknowledged yet'],
        ({ socket }) => socket.txQueue,
      ),
      textColumn(['local', 'LOCAL', 22, 'its own address and port, or path'], localText),
      textColumn(['remote', 'REMOTE', 22, 'address and port of the other end'], ({ socket }) =>
        endText(socket.remoteAddress, socket.remotePort),
      ),
      column(
        'identifier',
        ['port', 'PORT', 5, 'its own port; raw: IP protocol, packet: Ethernet protocol'],
        ({ socket }) => socket.localPort,
      ),
      column(
        'identifier',
        ['remote-port', 'RPORT', 5, 'port of the other end'],
        ({ socket }) => socket.remotePort,
      ),
      textColumn(['user', 'USER', 8, "who made it, by the host's names"], ({ socket: { uid } }) =>
        uid === undefined ? undefined : (users.get(uid) ?? String(uid)),
      ),
      column(
        'identifier',
        ['uid', 'UID', 6, 'user id of who made it, on the host'],
        ({ socket }) => socket.uid,
      ),
      column(
        'identifier',
        ['socket', 'SOCKET', 9, 'its inode, as in socket:[…] of /proc/PID/fd'],
        ({ socket }) => socket.inode,
      ),
      holdersColumn(['pid', 'PID', 7, 'host pids that have it open'], ({ pid }) => String(pid)),
      holdersColumn(['fd', 'FD', 4, 'descriptors it is open as'], ({ fd }) => String(fd)),
      holdersColumn(['comm', 'COMM', 15, 'names of the processes that have it open'], ({ comm }) => comm),
      textColumn(
        ['container', 'CONTAINER', 14, 'container of the first of these processes'],
        ({ socket, names }) => nameOf(socket.container, names),
      ),
    ],
    usual: USUAL_SOCKET,
    word: { within: ['netns', 'local', 'remote', 'comm', 'container'], startOf: [] },
    rates: [],
    treeIn: 'local',
    key: ({ socket: { inode }, namespace }) => inode ?? `${keyOf(namespace)}/-`,
  });
}

const MOST_SHOWN = 4;

/** Thousands of processes can have inherited one socket: a table shows the first few of them and how many more there are. */
function holdersColumn(description: Description, word: (holder: SocketProcess) => string): Column<SocketRow> {
  const wordsOf = ({ socket }: SocketRow) => mapFact(socket.processes, (all) => [...new Set(all.map(word))]);
  const whole = textColumn<SocketRow>(description, (row) =>
    mapFact(wordsOf(row), (words) => words.join(',')),
  );
  const text = (row: SocketRow, options: TextOptions) => {
    const words = known(wordsOf(row)) ?? [];
    const more = words.length - MOST_SHOWN;
    if (options.raw || more <= 0) return whole.text(row, options);
    return `${words.slice(0, MOST_SHOWN).join(',')},+${more}`;
  };
  return { ...whole, text };
}

function localText({ socket }: SocketRow): string | undefined {
  if (socket.protocol === 'packet') return socket.interface ?? '*';
  return socket.path ?? endText(socket.localAddress, socket.localPort);
}

/** As `ss` writes it: `*:8080`, `[::1]:53`. */
function endText(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined) return undefined;
  return `${address.includes(':') ? `[${address}]` : address}:${port === 0 ? '*' : port}`;
}
