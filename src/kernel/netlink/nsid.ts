/**
 * RTM_GETNSID: by which number one network namespace knows another, if by any. It only asks: RTM_NEWNSID would give one.
 * @see include/uapi/linux/net_namespace.h, net/core/net_namespace.c rtnl_net_getid
 */
import {
  decodeAttributes,
  encodeAttribute,
  encodeMessage,
  encodeU32,
  i32,
  type NetlinkMessage,
  NLM_F_REQUEST,
} from './message.ts';

const RTM_NEWNSID = 88;
const RTM_GETNSID = 90;
/** `struct rtgenmsg`, padded. */
const RTGENMSG_BYTES = 4;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;

/** `fd` is open on the namespace asked about. */
export function encodeNsidQuestion(sequence: number, fd: number): Uint8Array {
  return encodeMessage(
    RTM_GETNSID,
    NLM_F_REQUEST,
    sequence,
    new Uint8Array(RTGENMSG_BYTES),
    encodeAttribute(NETNSA_FD, encodeU32(fd)),
  );
}

/** Undefined when it has no number here, and for a message about something else. @throws {KernelParseError} */
export function decodeNsid({ type, body }: NetlinkMessage): number | undefined {
  if (type !== RTM_NEWNSID) return undefined;
  const bytes = decodeAttributes(body, RTGENMSG_BYTES).get(NETNSA_NSID);
  const nsid = bytes === undefined ? -1 : i32(bytes, 0);
  return nsid < 0 ? undefined : nsid;
}
