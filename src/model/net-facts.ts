/** What the network collectors find, before it is joined with containers and with the reading before. Types only. */
import type { Count } from '../kernel/count.ts';
import type { InterfaceAddress } from '../kernel/netlink/address.ts';
import type { Fact, FailedReading, Unknown } from '../kernel/reading.ts';

/** A network namespace, and a way to it. */
export interface NetPlace {
  /** Of nsfs; unknown where the link may not be read. */
  readonly inode: Fact<number>;
  /** A link in /proc/PID/ns, or a file that it is bound to. */
  readonly path: string;
  /** Why it could not be opened: to walk to `path` again could take for ever. */
  readonly refused?: FailedReading;
  /** A process that is in it: its /proc/PID/net can be read where the namespace itself may not be entered. */
  readonly pid?: number;
  /** Every process known to be in it. */
  readonly pids: readonly number[];
}

/** One interface. Fields are unknown where only /proc/PID/net/dev can be read. */
export interface LinkFacts {
  readonly name: string;
  readonly index: Fact<number>;
  readonly kind: Fact<string>;
  readonly mac?: Fact<string>;
  readonly mtu: Fact<number>;
  readonly state: Fact<string>;
  readonly flags: Fact<readonly string[]>;
  readonly alias?: string;
  readonly masterIndex?: number;
  readonly linkIndex?: number;
  readonly linkNetnsid?: number;
  readonly addresses: Fact<readonly InterfaceAddress[]>;
  readonly counters: Fact<LinkCounters>;
}

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

export interface NamespaceLinks {
  readonly place: NetPlace;
  /** No other namespace of this boot has it, while inodes are reused; undefined before Linux 5.14 and where it is denied. */
  readonly cookie?: string;
  readonly readAtUsec: number;
  readonly links: Fact<readonly LinkFacts[]>;
}

/** One socket of a network namespace, as its table in /proc/PID/net shows it. */
export interface SocketFacts {
  /** tcp, tcp6, udp, …, raw, icmp, unix, packet. */
  readonly protocol: string;
  /** Of unix sockets: stream, dgram, seqpacket. */
  readonly type?: string;
  /** As `ss` names it. */
  readonly state: string;
  readonly localAddress?: string;
  /** For raw sockets the IP protocol, for packet sockets the Ethernet protocol. */
  readonly localPort?: number;
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  /** A packet socket's interface; none for all of them. */
  readonly interfaceIndex?: number;
  /** Of unix sockets: a path, or `@` and an abstract name. */
  readonly path?: string;
  /** None when no process has it: not accepted yet, or closed and not over yet. */
  readonly inode?: number;
  readonly uid?: number;
  readonly rxQueue?: number;
  readonly txQueue?: number;
}

export interface NamespaceSockets {
  readonly place: NetPlace;
  readonly sockets: Fact<readonly SocketFacts[]>;
  /** Tables that could not be read while others could. */
  readonly missing: readonly Unknown[];
}

/** A descriptor that a socket is open as. */
export interface SocketHolder {
  readonly pid: number;
  readonly fd: number;
}

/** Everything one look at the network finds. */
export interface NetworkFacts {
  /** Every namespace, looked into or not. */
  readonly places: readonly NetPlace[];
  /** Of the namespaces asked for, and of those at the other end of their interfaces. */
  readonly links: readonly NamespaceLinks[];
  /** By inode: which namespace another one is, by the number this one knows it by. */
  readonly neighbours: ReadonlyMap<number, ReadonlyMap<number, NetPlace>>;
  readonly sockets?: readonly NamespaceSockets[];
  /** Who has each socket open, by its inode. */
  readonly holders?: ReadonlyMap<number, readonly SocketHolder[]>;
  /** Why some processes could not be asked what they have open: one of them may be a holder. */
  readonly refused?: Unknown;
  /** Names given by `ip netns`, by inode. */
  readonly names: ReadonlyMap<number, string>;
}
