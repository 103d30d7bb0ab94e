/**
 * The kernel's process connector: one datagram per event, a netlink message with a connector message (`struct cn_msg`) and in
 * it a `struct proc_event`, all in the host's byte order. Encodes the subscription, decodes events. Pure.
 * @see Documentation/driver-api/connector.rst, include/uapi/linux/cn_proc.h
 */
import { decodeMessages, encodeMessage, encodeU32, i32, NLMSG_DONE, u32 } from './message.ts';

/** Multicast group and id of process events. */
export const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;
const PROC_CN_MCAST_LISTEN = 1;
const PROC_CN_MCAST_IGNORE = 2;

export const WHAT = { ack: 0, fork: 0x1, exec: 0x2, sid: 0x80, comm: 0x200, exit: 0x80000000 } as const;

/** Offsets from the start of the netlink message, as socket filters count. */
export const OFFSET = { what: 36, pid: 52, tgid: 56, childPid: 60, childTgid: 64 } as const;

/** In the body of the netlink message. */
const IN_BODY = { index: 0, value: 4, acknowledged: 12, what: 20, data: 36 } as const;

export type ProcessEvent =
  | { readonly kind: 'fork'; readonly pid: number; readonly parent: number }
  | { readonly kind: 'exec'; readonly pid: number }
  /** Still the same program, but it leads a new session, or has another name: what runtimes do in what they set up. */
  | { readonly kind: 'change'; readonly pid: number }
  | { readonly kind: 'exit'; readonly pid: number; readonly exitCode?: number; readonly exitSignal?: number }
  /** The answer to a subscription, of whoever made it. */
  | { readonly kind: 'ack'; readonly token: number; readonly errno: number };

/** `token`, below 2^32 - 1, comes back with the answer: the kernel returns the acknowledge number plus one, the sequence number not. */
export function encodeSubscription(isWanted: boolean, token: number): Uint8Array {
  const operation = encodeU32(isWanted ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE);
  const header = [CN_IDX_PROC, CN_VAL_PROC, 0, token].map(encodeU32);
  // Length and flags are 16 bits each.
  const rest = new Uint8Array(new Uint16Array([operation.length, 0]).buffer);
  return encodeMessage(NLMSG_DONE, 0, 0, ...header, rest, operation);
}

/** Of one datagram, in their order; those of other kinds, and of threads other than the first, are left out. @throws {KernelParseError} when it is cut */
export function decodeProcessEvents(datagram: Uint8Array): ProcessEvent[] {
  return decodeMessages(datagram).flatMap(({ body }) => eventIn(body) ?? []);
}

function eventIn(body: Uint8Array): ProcessEvent | undefined {
  if (u32(body, IN_BODY.index) !== CN_IDX_PROC || u32(body, IN_BODY.value) !== CN_VAL_PROC) return undefined;
  const what = u32(body, IN_BODY.what);
  const { data } = IN_BODY;
  if (what === WHAT.ack)
    return { kind: 'ack', token: u32(body, IN_BODY.acknowledged) - 1, errno: Math.abs(i32(body, data)) };
  if (!DECODED.has(what)) return undefined;
  if (what === WHAT.fork) return forkIn(body);
  const pid = u32(body, data);
  if (pid !== u32(body, data + 4)) return undefined;
  if (what === WHAT.exec) return { kind: 'exec', pid };
  if (what === WHAT.exit) return { kind: 'exit', pid, ...endOf(u32(body, data + 8)) };
  return { kind: 'change', pid };
}

/** Undefined when it is a thread. */
function forkIn(body: Uint8Array): ProcessEvent | undefined {
  const { data } = IN_BODY;
  const pid = u32(body, data + 8);
  return pid === u32(body, data + 12) ? { kind: 'fork', pid, parent: u32(body, data + 4) } : undefined;
}

const DECODED: ReadonlySet<number> = new Set([WHAT.fork, WHAT.exec, WHAT.sid, WHAT.comm, WHAT.exit]);

/** As wait(2) gives it: the status in the second byte, or the signal in the lowest seven bits. */
function endOf(status: number): { readonly exitCode: number } | { readonly exitSignal: number } {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff } : { exitSignal: signal };
}
