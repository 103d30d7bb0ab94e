/**
 * RTM_GETADDR: the Internet addresses of the interfaces of a network namespace. `struct ifaddrmsg`, then attributes.
 * @see rtnetlink(7), include/uapi/linux/if_addr.h
 */
import { KernelParseError } from '../errors.ts';
import { ipv4Text, ipv6Text } from '../ip-address.ts';
import {
  decodeAttributes,
  encodeMessage,
  type NetlinkMessage,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  u8,
  u32,
} from './message.ts';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const IFADDRMSG_BYTES = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const AF_INET = 2;
const AF_INET6 = 10;

export interface InterfaceAddress {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'inet' | 'inet6';
  /** global, link, host, site, nowhere; another one by number. */
  readonly scope: string;
}

const SCOPES: Readonly<Record<number, string>> = {
  0: 'global',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
};

export function encodeAddressDump(sequence: number): Uint8Array {
  return encodeMessage(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence, new Uint8Array(IFADDRMSG_BYTES));
}

/** Undefined for a message about something else, and for an address of another family. @throws {KernelParseError} */
export function decodeAddress({
  type,
  body,
}: NetlinkMessage): { readonly index: number; readonly address: InterfaceAddress } | undefined {
  if (type !== RTM_NEWADDR) return undefined;
  const family = u8(body, 0);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const attributes = decodeAttributes(body, IFADDRMSG_BYTES);
  // On a point-to-point link IFA_ADDRESS is the other end's.
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  const wanted = family === AF_INET ? 4 : 16;
  if (bytes?.length !== wanted)
    throw new KernelParseError('RTM_NEWADDR', `expected an address of ${wanted} bytes`);
  const scope = u8(body, 3);
  return {
    index: u32(body, 4),
    address: {
      address: family === AF_INET ? ipv4Text(bytes) : ipv6Text(bytes),
      prefix: u8(body, 1),
      family: family === AF_INET ? 'inet' : 'inet6',
      scope: SCOPES[scope] ?? String(scope),
    },
  };
}
