/**
 * The kernel's process connector (NETLINK_CONNECTOR): it tells what executes and what ends, on the whole host, while it
 * happens. Only listens. It speaks to the initial pid, user and network namespaces, and to nobody else.
 */
import { KernelParseError } from '../kernel/errors.ts';
import {
  CN_IDX_PROC,
  decodeProcessEvents,
  encodeSubscription,
  OFFSET,
  type ProcessEvent,
  WHAT,
} from '../kernel/netlink/process-event.ts';
import type { FailedReading, Reading } from '../kernel/reading.ts';
import { errnoName } from '../kernel/tables/errno.ts';
import { readingOfErrno } from './failure.ts';
import { addressOf, closeDescriptor, lastErrno, libcFunction } from './koffi.ts';
import { waitReadable } from './poll.ts';

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
/** The kernel answers while the subscription is sent. */
const ANSWER_MS = 200;
const DATAGRAM_BYTES = 4096;
const SOCKADDR_NL_BYTES = 12;
const PATH = 'process connector';

export interface Received {
  readonly events: readonly ProcessEvent[];
  /** The kernel had more to tell than there was room for. */
  readonly overflowed: boolean;
}

export class ProcessConnector {
  readonly #datagram = Buffer.allocUnsafeSlow(DATAGRAM_BYTES);
  readonly #sender = Buffer.alloc(SOCKADDR_NL_BYTES);
  readonly #senderLength = new Uint32Array(1);

  /** @param fd a socket that was opened by `openProcessConnector`, perhaps in another thread of this process */
  constructor(readonly fd: number) {}

  /** All there is by now. */
  receive(): Received {
    const events: ProcessEvent[] = [];
    let overflowed = false;
    for (;;) {
      const length = this.#receiveOne();
      if (length === 'ENOBUFS') overflowed = true;
      else if (typeof length === 'string') return { events, overflowed };
      else {
        try {
          events.push(...decodeProcessEvents(this.#datagram.subarray(0, length)));
        } catch (error) {
          if (!(error instanceof KernelParseError)) throw error;
          // An event in a format that we do not know is one that we have lost.
          overflowed = true;
        }
      }
    }
  }

  /** Length of the next datagram from the kernel, or an errno. */
  #receiveOne(): number | string {
    const recvfrom = libcFunction(
      'long recvfrom(int fd, void *into, ulong length, int flags, void *from, void *fromLength)',
    );
    for (;;) {
      this.#senderLength[0] = SOCKADDR_NL_BYTES;
      const length = Number(
        recvfrom(this.fd, this.#datagram, DATAGRAM_BYTES, 0, this.#sender, this.#senderLength),
      );
      if (length < 0) {
        const errno = lastErrno();
        if (errno !== 'EINTR') return errno;
      } else if (this.#sender.readUInt32LE(4) === 0) return length;
    }
  }

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
  return awaitAnswer(fd, token);
}

function awaitAnswer(fd: number, token: number): FailedReading | undefined {
  const connector = new ProcessConnector(fd);
  const until = performance.now() + ANSWER_MS;
  for (;;) {
    for (const event of connector.receive().events) {
      if (event.kind !== 'ack' || event.token !== token) continue;
      return event.errno === 0 ? undefined : readingOfErrno(errnoName(event.errno), PATH);
    }
    const leftMs = Math.ceil(until - performance.now());
    // It ignores, without a word, whoever is in a pid or user namespace of their own.
    if (leftMs <= 0) return { ok: false, why: 'unsupported', path: PATH, errno: 'ETIMEDOUT' };
    waitReadable([fd], leftMs);
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
