/**
 * The format of netlink: messages of a 16-byte header and a body, attributes of a 4-byte header and a payload, both padded to
 * four bytes, in the host's byte order. Encodes requests, decodes replies. Pure.
 * @see netlink(7), include/uapi/linux/netlink.h
 */
import type { Count } from '../count.ts';
import { KernelParseError } from '../errors.ts';

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Uint8Array;
}

export type Attributes = ReadonlyMap<number, Uint8Array>;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 1;
/** NLM_F_ROOT and NLM_F_MATCH: all there are. */
export const NLM_F_DUMP = 0x300;
/** Something changed between two parts of a dump: entries may be missing or there twice. */
export const NLM_F_DUMP_INTR = 0x10;

const HEADER_BYTES = 16;
const ATTRIBUTE_HEADER_BYTES = 4;
/** NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
const ATTRIBUTE_TYPE = 0x3fff;
const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const aligned = (length: number) => (length + 3) & ~3;

export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const length = parts.reduce((sum, part) => sum + aligned(part.length), HEADER_BYTES);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, LITTLE);
  view.setUint16(4, type, LITTLE);
  view.setUint16(6, flags, LITTLE);
  view.setUint32(8, sequence, LITTLE);
  let at = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += aligned(part.length);
  }
  return bytes;
}

export function encodeAttribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(aligned(ATTRIBUTE_HEADER_BYTES + payload.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, ATTRIBUTE_HEADER_BYTES + payload.length, LITTLE);
  view.setUint16(2, type, LITTLE);
  bytes.set(payload, ATTRIBUTE_HEADER_BYTES);
  return bytes;
}

export function encodeU32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, LITTLE);
  return bytes;
}

/** The messages of one datagram. @throws {KernelParseError} when a length leads out of it */
export function decodeMessages(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at < datagram.length; ) {
    const length = u32(datagram, at);
    if (length < HEADER_BYTES || at + length > datagram.length) throw cut('message', length);
    messages.push({
      type: u16(datagram, at + 4),
      flags: u16(datagram, at + 6),
      sequence: u32(datagram, at + 8),
      body: datagram.subarray(at + HEADER_BYTES, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** From `offset` on; of two of one type the last. @throws {KernelParseError} when a length leads out of the bytes */
export function decodeAttributes(bytes: Uint8Array, offset = 0): Attributes {
  const attributes = new Map<number, Uint8Array>();
  for (let at = offset; at < bytes.length; ) {
    const length = u16(bytes, at);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > bytes.length) throw cut('attribute', length);
    const type = u16(bytes, at + 2) & ATTRIBUTE_TYPE;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE_HEADER_BYTES, at + length));
    at += aligned(length);
  }
  return attributes;
}

/** The errno of an NLMSG_ERROR or NLMSG_DONE message as a positive number; 0 for an acknowledgement. */
export function decodeErrno({ body }: NetlinkMessage): number {
  return body.length < 4 ? 0 : -i32(body, 0);
}

export function u8(bytes: Uint8Array, at: number): number {
  return view(bytes, at, 1).getUint8(0);
}

export function u16(bytes: Uint8Array, at: number): number {
  return view(bytes, at, 2).getUint16(0, LITTLE);
}

export function u32(bytes: Uint8Array, at: number): number {
  return view(bytes, at, 4).getUint32(0, LITTLE);
}

export function i32(bytes: Uint8Array, at: number): number {
  return view(bytes, at, 4).getInt32(0, LITTLE);
}

export function u64(bytes: Uint8Array, at: number): Count {
  const value = view(bytes, at, 8).getBigUint64(0, LITTLE);
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

const decoder = new TextDecoder();

/** A string of the kernel's, up to its NUL. Any bytes: what is not UTF-8 becomes U+FFFD. */
export function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function view(bytes: Uint8Array, at: number, length: number): DataView {
  if (at + length > bytes.length) throw cut('value', length);
  return new DataView(bytes.buffer, bytes.byteOffset + at, length);
}

function cut(what: string, length: number): KernelParseError {
  return new KernelParseError('netlink', `a ${what} of ${length} bytes does not fit its frame`);
}
