/** A connector whose events a test makes up, and the native thread that listens to it. */
import { afterEach } from 'vitest';
import { encodeMessage, encodeU32, NLMSG_DONE } from '../../../src/kernel/netlink/message.ts';
import { WHAT } from '../../../src/kernel/netlink/process-event.ts';
import { checked, closeDescriptor, libcFunction } from '../../../src/sys/koffi.ts';

const AF_UNIX = 1;
/** SOCK_SEQPACKET and SOCK_CLOEXEC: whole messages, and none is lost. */
const SOCKET_TYPE = 5 | 0o2000000;
const MSG_DONTWAIT = 0x40;

/** One datagram of the process connector. */
export function eventOf(what: number, data: readonly number[], index = 1): Uint8Array {
  // cn_msg (index, value, sequence, acknowledged, length), then what, cpu, a timestamp of 64 bits, and the data.
  const words = [index, 1, 7, 0, 40, what, 1, 5, 6, ...data, ...new Array<number>(6 - data.length).fill(0)];
  return encodeMessage(NLMSG_DONE, 0, 7, ...words.map(encodeU32));
}

export const exec = (pid: number) => eventOf(WHAT.exec, [pid, pid]);
export const change = (pid: number) => eventOf(WHAT.comm, [pid, pid]);
export const exit = (pid: number, status = 0) => eventOf(WHAT.exit, [pid, pid, status]);
export const fork = (parent: number, pid: number) => eventOf(WHAT.fork, [parent, parent, pid, pid]);

const open = new Set<() => void>();
afterEach(() => {
  for (const close of open) close();
  open.clear();
});

/** Closed after the test. */
export function closedAfter(close: () => void): void {
  open.add(close);
}

export class FakeConnector {
  /** Where the thread listens. */
  readonly socket: number;
  readonly #ours: number;

  constructor() {
    const pair = new Int32Array(2);
    const socketpair = libcFunction('int socketpair(int domain, int type, int protocol, void *into)');
    checked('socketpair', Number(socketpair(AF_UNIX, SOCKET_TYPE, 0, pair)));
    const [socket = -1, ours = -1] = pair;
    this.socket = socket;
    this.#ours = ours;
    closedAfter(() => {
      closeDescriptor(socket);
      closeDescriptor(ours);
    });
  }

  /** False when there is no room for it now. */
  offer(datagram: Uint8Array): boolean {
    const send = libcFunction('long send(int fd, const void *message, ulong length, int flags)');
    return Number(send(this.#ours, datagram, datagram.length, MSG_DONTWAIT)) >= 0;
  }

  send(...datagrams: readonly Uint8Array[]): void {
    for (const each of datagrams) if (!this.offer(each)) throw new Error('the connector is full');
  }
}
