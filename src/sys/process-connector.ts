/**
 * The kernel's process connector (NETLINK_CONNECTOR): it tells what executes and what ends, on the whole host, while it
 * happens. Only listens. It speaks to the initial pid, user and network namespaces, and to nobody else.
 */
import {
  CN_IDX_PROC,
  decodeAnswers,
  encodeSubscription,
  OFFSET,
  WHAT,
} from '../kernel/netlink/process-event.ts';
import type { FailedReading, Reading } from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { readingOfErrno } from './failure.ts';
import { addressOf, closeDescriptor, lastErrno, libcFunction } from './koffi.ts';

const AF_NETLINK = 16;
/** SOCK_DGRAM, SOCK_CLOEXEC and SOCK_NONBLOCK. */
const SOCKET_TYPE = 2 | 0o2000000 | 0o4000;
const NETLINK_CONNECTOR = 11;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
/** Some ten thousand events. */
const ROOM_BYTES = 8 * 1024 * 1024;
const DATAGRAM_BYTES = 4096;
const SOCKADDR_NL_BYTES = 12;
const PATH = 'process connector';

/** A subscribed socket: its datagrams are for native/arrivals-looks.c. */
export class ProcessConnector {
  constructor(readonly fd: number) {}

  /** Ends the subscription first: kernels before 6.6 count listeners, not sockets. */
  close(): void {
    subscribe(this.fd, false, 0);
    closeDescriptor(this.fd);
  }
}

/** Denied without CAP_NET_ADMIN, where the kernel wants it; unsupported in namespaces that it does not speak to. */
export function openProcessConnector(roomBytes = ROOM_BYTES): Reading<ProcessConnector> {
  const socket = libcFunction('int socket(int domain, int type, int protocol)');
  const fd = Number(socket(AF_NETLINK, SOCKET_TYPE, NETLINK_CONNECTOR));
  if (fd < 0) return readingOfErrno(lastErrno(), PATH);
  const failed = prepare(fd, roomBytes);
  if (failed === undefined) return { ok: true, value: new ProcessConnector(fd) };
  closeDescriptor(fd);
  return failed;
}

function prepare(fd: number, roomBytes: number): FailedReading | undefined {
  const room = Int32Array.of(roomBytes);
  // More than the system's limit is for CAP_NET_ADMIN; without it, as much as the limit allows.
  if (!setOption(fd, SO_RCVBUFFORCE, room)) setOption(fd, SO_RCVBUF, room);
  if (!attachFilter(fd)) return readingOfErrno(lastErrno(), PATH);
  const bind = libcFunction('int bind(int fd, const void *address, uint length)');
  const address = Buffer.alloc(SOCKADDR_NL_BYTES);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_NETLINK;
  new Uint32Array(address.buffer, address.byteOffset, 3)[2] = CN_IDX_PROC;
  if (Number(bind(fd, address, address.length)) < 0) return readingOfErrno(lastErrno(), PATH);
  // Answers go to everybody who listens: this one tells ours apart.
  const token = Math.floor(Math.random() * 0x7fffffff);
  if (!subscribe(fd, true, token)) return readingOfErrno(lastErrno(), PATH);
  return refusalIn(fd, token);
}

/**
 * The kernel answers while the subscription is sent, or never: it ignores, without a word, whoever is in a pid or user
 * namespace of their own.
 */
function refusalIn(fd: number, token: number): FailedReading | undefined {
  for (let datagram = received(fd); datagram !== undefined; datagram = received(fd)) {
    const answer = decodeAnswers(datagram).find((each) => each.token === token);
    if (answer === undefined) continue;
    return answer.errno === 0 ? undefined : readingOfErrno(errnoName(answer.errno), PATH);
  }
  return { ok: false, why: 'unsupported', path: PATH, errno: 'ETIMEDOUT' };
}

/** The next datagram from the kernel; undefined when there is none. */
function received(fd: number): Uint8Array | undefined {
  const recvfrom = libcFunction(
    'long recvfrom(int fd, void *into, ulong length, int flags, void *from, void *fromLength)',
  );
  const datagram = new Uint8Array(DATAGRAM_BYTES);
  const sender = new Uint32Array(SOCKADDR_NL_BYTES / Uint32Array.BYTES_PER_ELEMENT);
  for (;;) {
    const senderLength = Uint32Array.of(SOCKADDR_NL_BYTES);
    const length = Number(recvfrom(fd, datagram, DATAGRAM_BYTES, 0, sender, senderLength));
    if (length >= 0 && sender[1] === 0) return datagram.subarray(0, length);
    if (length < 0 && lastErrno() === 'EAGAIN') return undefined;
  }
}

function subscribe(fd: number, isWanted: boolean, token: number): boolean {
  const send = libcFunction('long send(int fd, const void *message, ulong length, int flags)');
  const message = encodeSubscription(isWanted, token);
  return Number(send(fd, message, message.length, 0)) >= 0;
}

function setOption(fd: number, option: number, value: NodeJS.ArrayBufferView): boolean {
  const setsockopt = libcFunction(
    'int setsockopt(int fd, int level, int name, const void *value, uint length)',
  );
  return Number(setsockopt(fd, SOL_SOCKET, option, value, value.byteLength)) >= 0;
}

const LOAD_WORD = 0x20;
const LOAD_INTO_X = 0x07;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_EQUAL_X = 0x1d;
const RETURN = 0x06;
const WHOLE = 0xffffffff;
const INSTRUCTION_BYTES = 8;

/** So that threads, changes of user and the like never wake us. Jumps are relative to the instruction after their own. */
const FILTER: readonly (readonly [code: number, ifTrue: number, ifFalse: number, value: number])[] = [
  /*  0 */ [LOAD_WORD, 0, 0, OFFSET.what],
  /*  1 */ [JUMP_IF_EQUAL, 13, 0, asLoaded(WHAT.ack)],
  /*  2 */ [JUMP_IF_EQUAL, 4, 0, asLoaded(WHAT.fork)],
  /*  3 */ [JUMP_IF_EQUAL, 7, 0, asLoaded(WHAT.exec)],
  /*  4 */ [JUMP_IF_EQUAL, 6, 0, asLoaded(WHAT.exit)],
  /*  5 */ [JUMP_IF_EQUAL, 5, 0, asLoaded(WHAT.sid)],
  /*  6 */ [JUMP_IF_EQUAL, 4, 9, asLoaded(WHAT.comm)],
  /*  7 */ [LOAD_WORD, 0, 0, OFFSET.childPid],
  /*  8 */ [LOAD_INTO_X, 0, 0, 0],
  /*  9 */ [LOAD_WORD, 0, 0, OFFSET.childTgid],
  /* 10 */ [JUMP_IF_EQUAL_X, 4, 5, 0],
  /* 11 */ [LOAD_WORD, 0, 0, OFFSET.pid],
  /* 12 */ [LOAD_INTO_X, 0, 0, 0],
  /* 13 */ [LOAD_WORD, 0, 0, OFFSET.tgid],
  /* 14 */ [JUMP_IF_EQUAL_X, 0, 1, 0],
  /* 15 */ [RETURN, 0, 0, WHOLE],
  /* 16 */ [RETURN, 0, 0, 0],
];

/** A filter loads words as if they came from a network; these are in the host's order. */
function asLoaded(value: number): number {
  return new DataView(Uint32Array.of(value).buffer).getUint32(0, false);
}

function attachFilter(fd: number): boolean {
  const program = Buffer.allocUnsafeSlow(INSTRUCTION_BYTES * FILTER.length);
  FILTER.forEach(([code, ifTrue, ifFalse, value], index) => {
    const instruction = program.subarray(INSTRUCTION_BYTES * index);
    instruction.set(new Uint8Array(Uint16Array.of(code).buffer));
    instruction.set([ifTrue, ifFalse], 2);
    instruction.set(new Uint8Array(Uint32Array.of(value).buffer), 4);
  });
  // struct sock_fprog: how many instructions, and where they are.
  const described = BigUint64Array.of(0n, addressOf(program));
  new Uint16Array(described.buffer)[0] = FILTER.length;
  return setOption(fd, SO_ATTACH_FILTER, described);
}
