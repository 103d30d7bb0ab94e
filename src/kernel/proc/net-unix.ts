/**
 * `/proc/PID/net/unix`: a header, then one line per unix socket of that network namespace:
 * "address: refcount protocol flags type state inode [path]", all but the inode in hexadecimal. Inodes are those behind
 * `socket:[…]` in /proc/PID/fd.
 * @see unix(7), net/unix/af_unix.c unix_seq_show
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from './lines.ts';

export interface UnixSocket {
  /** 0 for a connection that nobody has accepted yet. */
  inode: number;
  /** stream, dgram, seqpacket; another SOCK_ number as the kernel wrote it. */
  type: string;
  listening: boolean;
  /** As `ss` names it: LISTEN, ESTAB or UNCONN. */
  state: string;
  /** None for an unnamed socket. A leading "@" marks the abstract namespace; further NULs show as "@" too. */
  path?: string;
}

const FILE = '/proc/PID/net/unix';
/** __SO_ACCEPTCON in `flags`: listen(2) was called. */
const ACCEPTS_CONNECTIONS = 0x10000;
const TYPES = new Map([
  ['0001', 'stream'],
  ['0002', 'dgram'],
  ['0005', 'seqpacket'],
]);
/** SS_CONNECTING: connected, and not accepted yet. */
const CONNECTED: ReadonlySet<string> = new Set(['02', '03']);
const FIELDS =
  /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{4}) ([0-9A-F]{2}) +(\d+)(?: (.*))?$/;

/** @throws {KernelParseError} without the header, or on a malformed line */
export function parseNetUnix(text: string): UnixSocket[] {
  const [header, ...lines] = splitLines(text);
  if (!header?.startsWith('Num ')) throw new KernelParseError(FILE, 'no header line', header);
  const sockets: UnixSocket[] = [];
  for (const line of lines) {
    const previous = sockets.at(-1);
    const socket = parseLine(line);
    // Paths are printed raw: what is no record goes on with the path above. A name can look like a record, too.
    if (socket !== undefined) sockets.push(socket);
    else if (previous?.path !== undefined) previous.path += `\n${line}`;
    else
      throw new KernelParseError(
        FILE,
        'expected "address: refs protocol flags type state inode [path]"',
        line,
      );
  }
  return sockets;
}

function parseLine(line: string): UnixSocket | undefined {
  const [, flags, type, state, inode, path] = FIELDS.exec(line) ?? [];
  if (flags === undefined || type === undefined || state === undefined || inode === undefined)
    return undefined;
  const listening = (Number.parseInt(flags, 16) & ACCEPTS_CONNECTIONS) !== 0;
  const socket: UnixSocket = {
    inode: parseInteger(inode, FILE),
    type: TYPES.get(type) ?? type,
    listening,
    state: listening ? 'LISTEN' : CONNECTED.has(state) ? 'ESTAB' : 'UNCONN',
  };
  if (path !== undefined) socket.path = path;
  return socket;
}
