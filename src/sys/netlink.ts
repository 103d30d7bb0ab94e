/**
 * A routing socket (NETLINK_ROUTE) of one network namespace, asked from outside it. Only questions are sent: nothing is
 * configured, and nothing waits, because the kernel answers while the question is sent.
 */
import { KernelParseError } from '../kernel/errors.ts';
import {
  decodeErrno,
  decodeMessages,
  type NetlinkMessage,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../kernel/netlink/message.ts';
import { type Fact, type FailedReading, isUnknown, type Reading } from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { readingOfErrno } from './failure.ts';
import { checked, closeDescriptor, lastErrno, libcFunction } from './koffi.ts';
import { insideNetNamespace } from './net-namespace.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;
/** recv gives the datagram's own length, also when it did not fit. */
const MSG_TRUNC = 0x20;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;
/** More messages of the same answer follow. */
const NLM_F_MULTI = 2;
/** The kernel fills at most 32 KiB a datagram. */
const BUFFER_BYTES = 64 * 1024;
const SOCKADDR_NL_BYTES = 12;
const MOST_RETRIES = 3;

const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
const sender = Buffer.alloc(SOCKADDR_NL_BYTES);
const senderLength = new Uint32Array(1);

export class RouteSocket {
  #sequence = 0;

  private constructor(
    readonly fd: number,
    /** Names this socket in answers that say what failed. */
    readonly path: string,
  ) {}

  /** In the namespace behind `path`, which must be `inode`, or of which it is only known that it is denied. Close it. */
  static openIn({
    path,
    inode,
    refused,
  }: {
    readonly path: string;
    readonly inode: Fact<number>;
    readonly refused?: FailedReading;
  }): Reading<RouteSocket> {
    if (refused !== undefined) return refused;
    if (isUnknown(inode)) return { ok: false, why: inode.unknown, path: inode.path, errno: inode.errno };
    if (inode === undefined) return { ok: false, why: 'gone', path, errno: 'ENOENT' };
    const socket = libcFunction('int socket(int domain, int type, int protocol)');
    return insideNetNamespace(
      path,
      inode,
      () => new RouteSocket(checked('socket', socket(AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_ROUTE)), path),
    );
  }

  /** Every message of a dump; asked again when the kernel says that it changed meanwhile. */
  dump(encode: (sequence: number) => Uint8Array): Reading<NetlinkMessage[]> {
    for (let retries = 0; ; retries++) {
      const reply = this.ask(encode);
      const isTorn = reply.ok && reply.value.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0);
      if (!isTorn || retries === MOST_RETRIES) return reply;
    }
  }

  /** The messages of the answer, without the one that ends a dump. */
  ask(encode: (sequence: number) => Uint8Array): Reading<NetlinkMessage[]> {
    this.#sequence += 1;
    const request = encode(this.#sequence);
    const send = libcFunction('long send(int fd, const void *bytes, ulong length, int flags)');
    if (Number(send(this.fd, request, request.length, 0)) < 0) return readingOfErrno(lastErrno(), this.path);
    const found: NetlinkMessage[] = [];
    for (;;) {
      const datagram = this.#receive();
      if (!datagram.ok) return datagram;
      for (const message of datagram.value) {
        // Of a question before this one that was not read to its end.
        if (message.sequence !== this.#sequence) continue;
        const isLast = message.type === NLMSG_DONE || message.type === NLMSG_ERROR;
        const errno = isLast ? decodeErrno(message) : 0;
        if (errno !== 0) return readingOfErrno(errnoName(errno), this.path);
        if (isLast) return { ok: true, value: found };
        found.push(message);
        if ((message.flags & NLM_F_MULTI) === 0) return { ok: true, value: found };
      }
    }
  }

  /** A number that no other namespace has had since the host started; undefined before Linux 5.14. */
  cookie(): string | undefined {
    const getsockopt = libcFunction('int getsockopt(int fd, int level, int name, void *value, void *length)');
    const value = new BigUint64Array(1);
    const got = getsockopt(this.fd, SOL_SOCKET, SO_NETNS_COOKIE, value, Uint32Array.of(value.byteLength));
    return Number(got) < 0 ? undefined : String(value[0]);
  }

  close(): void {
    closeDescriptor(this.fd);
  }

  /** The next datagram from the kernel. */
  #receive(): Reading<NetlinkMessage[]> {
    const recvfrom = libcFunction(
      'long recvfrom(int fd, void *into, ulong length, int flags, void *from, void *fromLength)',
    );
    for (;;) {
      senderLength[0] = SOCKADDR_NL_BYTES;
      const length = Number(
        recvfrom(this.fd, buffer, buffer.length, MSG_DONTWAIT | MSG_TRUNC, sender, senderLength),
      );
      if (length < 0) return readingOfErrno(lastErrno(), this.path);
      // Whoever has CAP_NET_ADMIN in that namespace could send here too. The kernel's port is 0.
      if (sender.readUInt32LE(4) !== 0) continue;
      if (length > buffer.length)
        return { ok: false, why: 'unsupported', path: this.path, errno: 'EMSGSIZE' };
      try {
        return { ok: true, value: decodeMessages(Uint8Array.prototype.slice.call(buffer, 0, length)) };
      } catch (error) {
        if (!(error instanceof KernelParseError)) throw error;
        return { ok: false, why: 'unsupported', path: this.path, errno: 'EPARSE' };
      }
    }
  }
}
