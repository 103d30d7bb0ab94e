/** Interfaces as `net --json` gives them: with names for what the kernel only numbers, and rates against the reading before. Pure. */
import type { Count } from '../kernel/count.ts';
import type { InterfaceAddress } from '../kernel/netlink/address.ts';
import { type Fact, isUnknown, known, mapFact } from '../kernel/reading.ts';
import type { LinkCounters, LinkFacts, NamespaceLinks, NetworkFacts } from './net-facts.ts';
import { perSecond } from './rate.ts';

/** An interface in this or another namespace. */
export interface OtherEnd {
  readonly index: number;
  /** Absent when its namespace is none that was found. */
  readonly name?: string;
  /** Inode of its namespace. */
  readonly netNs?: number;
  /** Key of the container whose namespace that is. */
  readonly container?: string;
}

export interface InterfaceView {
  readonly name: string;
  readonly index: Fact<number>;
  readonly kind: Fact<string>;
  readonly mac?: Fact<string>;
  readonly mtu: Fact<number>;
  readonly state: Fact<string>;
  readonly flags: Fact<readonly string[]>;
  readonly alias?: string;
  /** Name of the bridge or bond it is in. */
  readonly master?: string;
  /** The other end of a veth. */
  readonly peer?: OtherEnd;
  /** The device that it stands on: of a vlan, macvlan, ipvlan, … */
  readonly lower?: OtherEnd;
  readonly addresses: Fact<readonly InterfaceAddress[]>;
  readonly rxBytes: Fact<Count>;
  readonly txBytes: Fact<Count>;
  readonly rxPackets: Fact<Count>;
  readonly txPackets: Fact<Count>;
  readonly rxErrors: Fact<Count>;
  readonly txErrors: Fact<Count>;
  readonly rxDropped: Fact<Count>;
  readonly txDropped: Fact<Count>;
  readonly rxBytesPerSec?: number;
  readonly txBytesPerSec?: number;
  readonly rxPacketsPerSec?: number;
  readonly txPacketsPerSec?: number;
}

/** Kinds that come in pairs; of all others the index leads to a device below. */
const PAIRS: ReadonlySet<string> = new Set(['veth', 'netkit', 'vxcan']);

export interface InterfaceContext {
  readonly neighbours: NetworkFacts['neighbours'];
  /** By namespace, then by index. */
  readonly names: ReadonlyMap<number, ReadonlyMap<number, string>>;
  /** The same namespaces one reading earlier. */
  readonly earlier: readonly NamespaceLinks[];
  readonly containerOfNamespace: ReadonlyMap<number, string>;
}

export function interfaceContext(
  facts: NetworkFacts,
  before: NetworkFacts | undefined,
  containerOfNamespace: ReadonlyMap<number, string>,
): InterfaceContext {
  const names = new Map<number, ReadonlyMap<number, string>>();
  for (const { place, links } of facts.links) {
    const inode = known(place.inode);
    if (inode !== undefined) names.set(inode, namesByIndex(known(links) ?? []));
  }
  return { neighbours: facts.neighbours, names, earlier: before?.links ?? [], containerOfNamespace };
}

function namesByIndex(links: readonly LinkFacts[]): Map<number, string> {
  return new Map(
    links.flatMap(({ index, name }) =>
      known(index) === undefined ? [] : [[known(index) ?? 0, name] as const],
    ),
  );
}

export function interfacesOf(of: NamespaceLinks, context: InterfaceContext): Fact<readonly InterfaceView[]> {
  const earlier = context.earlier.find((each) => isSameNamespace(of, each));
  const names = context.names.get(known(of.place.inode) ?? -1);
  return mapFact(of.links, (links) =>
    links.map((link): InterfaceView => {
      const { counters, masterIndex, linkIndex, linkNetnsid, ...rest } = link;
      const master = masterIndex === undefined ? undefined : names?.get(masterIndex);
      const isPair = PAIRS.has(known(link.kind) ?? '');
      const other = linkIndex === undefined ? undefined : otherEnd(of, link, context);
      return {
        ...rest,
        ...(master !== undefined && { master }),
        ...(other !== undefined && (isPair ? { peer: other } : { lower: other })),
        ...totals(counters),
        ...(earlier !== undefined && rates(of, link, earlier)),
      };
    }),
  );
}

function otherEnd(
  { place }: NamespaceLinks,
  { linkIndex = 0, linkNetnsid }: LinkFacts,
  { neighbours, names, containerOfNamespace }: InterfaceContext,
): OtherEnd {
  const own = known(place.inode);
  const netNs =
    linkNetnsid === undefined || own === undefined
      ? own
      : known(neighbours.get(own)?.get(linkNetnsid)?.inode);
  if (netNs === undefined) return { index: linkIndex };
  const name = names.get(netNs)?.get(linkIndex);
  const container = containerOfNamespace.get(netNs);
  return {
    index: linkIndex,
    ...(name !== undefined && { name }),
    netNs,
    ...(container !== undefined && { container }),
  };
}

type Totals = Pick<InterfaceView, keyof LinkCounters>;

function totals(counters: Fact<LinkCounters>): Totals {
  if (counters !== undefined && !isUnknown(counters)) return counters;
  return {
    rxBytes: counters,
    txBytes: counters,
    rxPackets: counters,
    txPackets: counters,
    rxErrors: counters,
    txErrors: counters,
    rxDropped: counters,
    txDropped: counters,
  };
}

/** By cookie where the kernel has them, because inodes are given out again. */
function isSameNamespace(a: NamespaceLinks, b: NamespaceLinks): boolean {
  if (a.cookie !== b.cookie) return false;
  if (a.cookie !== undefined) return true;
  return known(a.place.inode) === undefined ? a.place.pid === b.place.pid : a.place.inode === b.place.inode;
}

function rates(now: NamespaceLinks, link: LinkFacts, earlier: NamespaceLinks) {
  const before = known(earlier.links)?.find((each) => isSameDevice(link, each));
  const a = known(before?.counters);
  const b = known(link.counters);
  if (a === undefined || b === undefined) return {};
  const of = (name: keyof LinkCounters) => perSecond(b[name], a[name], now.readAtUsec - earlier.readAtUsec);
  const [rxBytes, txBytes, rxPackets, txPackets] = [
    of('rxBytes'),
    of('txBytes'),
    of('rxPackets'),
    of('txPackets'),
  ];
  // One that stepped back: the device was made anew, and the others say nothing either.
  if (rxBytes === undefined || txBytes === undefined || rxPackets === undefined || txPackets === undefined)
    return {};
  return {
    rxBytesPerSec: rxBytes,
    txBytesPerSec: txBytes,
    rxPacketsPerSec: rxPackets,
    txPacketsPerSec: txPackets,
  };
}

/** An index can be given out again, by request: then the rest differs. By name where there is no index. */
function isSameDevice(a: LinkFacts, b: LinkFacts): boolean {
  if (known(a.index) === undefined || known(b.index) === undefined) return a.name === b.name;
  return a.index === b.index && a.kind === b.kind && known(a.mac) === known(b.mac);
}
