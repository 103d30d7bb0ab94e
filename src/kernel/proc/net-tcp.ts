/**
 * `/proc/PID/net/tcp`, `udp`, `udplite`, `raw`, `icmp` and the same with a 6: a header, then one line per socket of that network
 * namespace: "sl: local:port remote:port state tx_queue:rx_queue timer retransmits uid timeout inode …", all but uid and inode
 * in hexadecimal. An address is one word, or four, each in the host's byte order. For raw sockets the port is the protocol.
 * @see proc_pid_net(5), net/ipv4/tcp_ipv4.c tcp4_seq_show
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { ipv4Text, ipv6Text } from '../ip-address.ts';
import { splitLines } from './lines.ts';

export interface InetSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** As `ss` names it: LISTEN, ESTAB, UNCONN, TIME-WAIT, … */
  readonly state: string;
  /** Bytes; connections that wait to be accepted when it is listening. */
  readonly rxQueue: number;
  readonly txQueue: number;
  /** 0 when no process has it: not accepted yet, or closed and not over yet. */
  readonly inode: number;
  /** In the reader's user namespace. */
  readonly uid: number;
}

const FILE = '/proc/PID/net/tcp';
const ADDRESS = '([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4,5})';
const FIELDS = new RegExp(
  `^ *\\d+: ${ADDRESS} ${ADDRESS} ([0-9A-F]{2}) ([0-9A-F]{8,}):([0-9A-F]{8,}) [0-9A-F]+:[0-9A-F]+ [0-9A-F]+ +(\\d+) +-?\\d+ +(\\d+)(?: |$)`,
);

/** By TCP_ number; other protocols use ESTABLISHED and CLOSE. */
const STATES = [
  'UNKNOWN',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECV',
];

/** @throws {KernelParseError} without the header, or on a malformed line */
export function parseInetSockets(text: string): InetSocket[] {
  const [header, ...lines] = splitLines(text);
  if (header === undefined || !/^ *sl +local_address/.test(header))
    throw new KernelParseError(FILE, 'no header line', header);
  return lines.map(parseLine);
}

function parseLine(line: string): InetSocket {
  const [, local, localPort, remote, remotePort, state, tx, rx, uid, inode] = FIELDS.exec(line) ?? [];
  if (
    local === undefined ||
    localPort === undefined ||
    remote === undefined ||
    remotePort === undefined ||
    state === undefined ||
    tx === undefined ||
    rx === undefined ||
    uid === undefined ||
    inode === undefined
  )
    throw new KernelParseError(
      FILE,
      'expected "sl: local remote state queues timer retransmits uid timeout inode"',
      line,
    );
  const number = Number.parseInt(state, 16);
  return {
    localAddress: addressOf(local),
    localPort: Number.parseInt(localPort, 16),
    remoteAddress: addressOf(remote),
    remotePort: Number.parseInt(remotePort, 16),
    state: STATES[number] ?? `state ${number}`,
    rxQueue: Number.parseInt(rx, 16),
    txQueue: Number.parseInt(tx, 16),
    inode: parseInteger(inode, FILE),
    uid: parseInteger(uid, FILE),
  };
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function addressOf(hex: string): string {
  const words = hex.length / 8;
  const bytes = new Uint8Array(words * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words; i++)
    view.setUint32(i * 4, Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16), LITTLE);
  return words === 1 ? ipv4Text(bytes) : ipv6Text(bytes);
}
