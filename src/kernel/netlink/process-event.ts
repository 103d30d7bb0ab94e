/**
 * The kernel's process connector: one datagram per event, a netlink message with a connector message (`struct cn_msg`) and in
 * it a `struct proc_event`, all in the host's byte order. Encodes the subscription, decodes the answer; events are decoded where
 * they are received (src/sys/native/arrivals-looks.c). Pure.
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

/** To a subscription, of whoever made it. */
export interface Answer {
  readonly token: number;
  readonly errno: number;
}

/** `token`, below 2^32 - 1, comes back with the answer: the kernel returns the acknowledge number plus one, the sequence number not. */
export function encodeSubscription(isWanted: boolean, token: number): Uint8Array {
  const operation = encodeU32(isWanted ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE);
  const header = [CN_IDX_PROC, CN_VAL_PROC, 0, token].map(encodeU32);
  // Length and flags are 16 bits each.
  const rest = new Uint8Array(new Uint16Array([operation.length, 0]).buffer);
  return encodeMessage(NLMSG_DONE, 0, 0, ...header, rest, operation);
}

/** Of one datagram; nothing when it tells of something else. @throws {KernelParseError} when it is cut */
export function decodeAnswers(datagram: Uint8Array): Answer[] {
  return decodeMessages(datagram).flatMap(({ body }) => answerIn(body) ?? []);
}

function answerIn(body: Uint8Array): Answer | undefined {
  if (u32(body, IN_BODY.index) !== CN_IDX_PROC || u32(body, IN_BODY.value) !== CN_VAL_PROC) return undefined;
  if (u32(body, IN_BODY.what) !== WHAT.ack) return undefined;
  return { token: u32(body, IN_BODY.acknowledged) - 1, errno: Math.abs(i32(body, IN_BODY.data)) };
}

/** How a process ended, as wait(2) gives it: the status in the second byte, or the signal in the lowest seven bits. */
export function endOf(status: number): { readonly exitCode: number } | { readonly exitSignal: number } {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff } : { exitSignal: signal };
}
