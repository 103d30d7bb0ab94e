/** What the network collectors find, before it is joined with containers and with the reading before. Types only. */
import type { Count } from '../kernel/count.ts';
import type { InterfaceAddress } from '../kernel/netlink/address.ts';
import type { Fact } from '../kernel/reading.ts';

/** A network namespace, and a way to it. */
export interface NetPlace {
  /** Of nsfs; unknown where the link may not be read. */
  readonly inode: Fact<number>;
  /** A link in /proc/PID/ns, or a file that it is bound to. */
  readonly path: string;
  /** A process that is in it: its /proc/PID/net can be read where the namespace itself may not be entered. */
  readonly pid?: number;
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
