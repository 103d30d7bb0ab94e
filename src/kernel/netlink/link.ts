/**
 * RTM_GETLINK: the interfaces of a network namespace. `struct ifinfomsg`, then attributes.
 * @see rtnetlink(7), include/uapi/linux/if_link.h, net/core/rtnetlink.c rtnl_fill_ifinfo
 */
import type { Count } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { hardwareText, ipv4Text, ipv6Text } from '../ip-address.ts';
import {
  type Attributes,
  decodeAttributes,
  encodeMessage,
  i32,
  type NetlinkMessage,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  text,
  u8,
  u16,
  u32,
  u64,
} from './message.ts';

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const IFINFOMSG_BYTES = 16;
const IFLA = {
  address: 1,
  name: 3,
  mtu: 4,
  link: 5,
  master: 10,
  operstate: 16,
  linkinfo: 18,
  alias: 20,
  stats64: 23,
  linkNetnsid: 37,
} as const;
const INFO_KIND = 1;

export interface LinkCounters {
  readonly rxBytes: Count;
  readonly rxPackets: Count;
  readonly rxErrors: Count;
  readonly rxDropped: Count;
  readonly txBytes: Count;
  readonly txPackets: Count;
  readonly txErrors: Count;
  readonly txDropped: Count;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  /** The driver's own word (veth, bridge, tun, …), else what kind of hardware it is: loopback, ether, … */
  readonly kind: string;
  readonly mac?: string;
  readonly mtu: number;
  /** RFC 2863, as `ip link` shows it: UP, DOWN, UNKNOWN, LOWERLAYERDOWN, … */
  readonly state: string;
  readonly flags: readonly string[];
  readonly alias?: string;
  /** Index of the bridge or bond it is in. */
  readonly masterIndex?: number;
  /** Index of the veth's other end, or of the device below; in the namespace `linkNetnsid`, or in this one without. */
  readonly linkIndex?: number;
  /** A namespace by the number this one knows it by; -1 when it has none. */
  readonly linkNetnsid?: number;
  readonly counters?: LinkCounters;
}

export function encodeLinkDump(sequence: number): Uint8Array {
  return encodeMessage(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence, new Uint8Array(IFINFOMSG_BYTES));
}

/** Undefined for a message about something else. @throws {KernelParseError} on one that is cut or has no name */
export function decodeLink({ type, body }: NetlinkMessage): Link | undefined {
  if (type !== RTM_NEWLINK) return undefined;
  const hardware = u16(body, 2);
  const flags = u32(body, 8);
  const attributes = decodeAttributes(body, IFINFOMSG_BYTES);
  const name = attributes.get(IFLA.name);
  if (name === undefined) throw new KernelParseError('RTM_NEWLINK', 'no name');
  const mac = macText(hardware, attributes.get(IFLA.address));
  const alias = attributes.get(IFLA.alias);
  const stats = attributes.get(IFLA.stats64);
  const masterIndex = numberIn(attributes, IFLA.master, u32);
  const linkIndex = numberIn(attributes, IFLA.link, u32);
  const linkNetnsid = numberIn(attributes, IFLA.linkNetnsid, i32);
  return {
    index: i32(body, 4),
    name: text(name),
    kind: kindOf(attributes, hardware),
    ...(mac !== undefined && { mac }),
    mtu: numberIn(attributes, IFLA.mtu, u32) ?? 0,
    state: OPERSTATES[numberIn(attributes, IFLA.operstate, u8) ?? 0] ?? 'UNKNOWN',
    flags: flagNames(flags),
    ...(alias !== undefined && { alias: text(alias) }),
    ...(masterIndex !== undefined && { masterIndex }),
    // 0: a tunnel that is bound to no device.
    ...(linkIndex !== undefined && linkIndex !== 0 && { linkIndex }),
    ...(linkNetnsid !== undefined && { linkNetnsid }),
    ...(stats !== undefined && { counters: counters(stats) }),
  };
}

function numberIn(
  attributes: Attributes,
  type: number,
  read: (bytes: Uint8Array, at: number) => number,
): number | undefined {
  const bytes = attributes.get(type);
  return bytes === undefined ? undefined : read(bytes, 0);
}

/** ARPHRD_ numbers of what has no driver that names itself. */
const HARDWARE: Readonly<Record<number, string>> = {
  1: 'ether',
  32: 'infiniband',
  512: 'ppp',
  768: 'ipip',
  769: 'tunnel6',
  772: 'loopback',
  776: 'sit',
  778: 'gre',
  801: 'ieee802.11',
  823: 'gre6',
  65534: 'none',
};

function kindOf(attributes: Attributes, hardware: number): string {
  const linkinfo = attributes.get(IFLA.linkinfo);
  const kind = linkinfo && decodeAttributes(linkinfo).get(INFO_KIND);
  return kind === undefined ? (HARDWARE[hardware] ?? `hardware ${hardware}`) : text(kind);
}

const TUNNELS_4: ReadonlySet<number> = new Set([768, 776, 778]);
const TUNNELS_6: ReadonlySet<number> = new Set([769, 823]);

/** The hardware address of a tunnel is an Internet address. */
function macText(hardware: number, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  if (bytes.length === 4 && TUNNELS_4.has(hardware)) return ipv4Text(bytes);
  if (bytes.length === 16 && TUNNELS_6.has(hardware)) return ipv6Text(bytes);
  return hardwareText(bytes);
}

/** By IF_OPER_ number. */
const OPERSTATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'] as const;

const IFF_UP = 1;
const IFF_RUNNING = 0x40;
/** In the order in which `ip link` shows them; it shows IFF_RUNNING only by its absence, as NO-CARRIER. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [IFF_UP, 'UP'],
  [0x1_0000, 'LOWER_UP'],
  [0x2_0000, 'DORMANT'],
  [0x4_0000, 'ECHO'],
];

function flagNames(flags: number): string[] {
  const names = FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) === 0 ? ['NO-CARRIER', ...names] : names;
}

/** `struct rtnl_link_stats64`; newer kernels append to it. */
function counters(stats: Uint8Array): LinkCounters {
  return {
    rxPackets: u64(stats, 0),
    txPackets: u64(stats, 8),
    rxBytes: u64(stats, 16),
    txBytes: u64(stats, 24),
    rxErrors: u64(stats, 32),
    txErrors: u64(stats, 40),
    rxDropped: u64(stats, 48),
    txDropped: u64(stats, 56),
  };
}
