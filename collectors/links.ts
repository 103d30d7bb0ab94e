/**
 * The interfaces of network namespaces with addresses and counters, over a routing socket opened inside each. Where one may
 * not be entered, names and counters from /proc/PID/net/dev.
 */
import { decodeAddress, encodeAddressDump, type InterfaceAddress } from '../src/kernel/netlink/address.ts';
import { decodeLink, encodeLinkDump, type Link } from '../src/kernel/netlink/link.ts';
import type { NetlinkMessage } from '../src/kernel/netlink/message.ts';
import { type NetDevice, parseNetDev } from '../src/kernel/proc/net-dev.ts';
import { type Fact, factOf, mapFact, mapReading, type Reading, type Unknown } from '../src/kernel/reading.ts';
import type { LinkFacts, NamespaceLinks, NetPlace } from '../src/model/net-facts.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { RouteSocket } from '../src/sys/netlink.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export const links: Collector<readonly NetPlace[], NamespaceLinks[]> = {
  id: 'links',
  reads: ['/proc/PID/ns/net', '/proc/PID/net/dev'],
  needs: ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'],
  tier: 'request',
  collect: (files, places) => places.map((place) => linksOf(files, place)),
};

function linksOf(files: KernelFiles, place: NetPlace): NamespaceLinks {
  const socket = RouteSocket.openIn(place);
  if (!socket.ok) {
    const links = withoutNetlink(files, place, factOf<never>(socket) ?? goneFrom(place));
    return { place, readAtUsec: nowUsec(), links };
  }
  try {
    const addresses = mapFact(
      factOf(listed(place, socket.value.dump(encodeAddressDump), decodeAddress)),
      byIndex,
    );
    const links = listed(place, socket.value.dump(encodeLinkDump), decodeLink);
    const readAtUsec = nowUsec();
    const cookie = socket.value.cookie();
    return {
      place,
      ...(cookie !== undefined && { cookie }),
      readAtUsec,
      links: factOf(mapReading(links, (each) => each.map((link) => withAddresses(link, addresses)))),
    };
  } finally {
    socket.value.close();
  }
}

const nowUsec = () => Math.round(performance.now() * 1000);

/** What of the messages `decode` understands. */
function listed<T>(
  { path }: NetPlace,
  messages: Reading<NetlinkMessage[]>,
  decode: (message: NetlinkMessage) => T | undefined,
): Reading<T[]> {
  return parsed(messages, path, (all) => all.flatMap((message) => decode(message) ?? []));
}

type Located = { readonly index: number; readonly address: InterfaceAddress };

function byIndex(all: readonly Located[]): Map<number, InterfaceAddress[]> {
  const found = new Map<number, InterfaceAddress[]>();
  for (const { index, address } of all) {
    const known = found.get(index);
    if (known === undefined) found.set(index, [address]);
    else known.push(address);
  }
  return found;
}

/** A namespace that has gone is not one without interfaces. */
function goneFrom({ path }: NetPlace): Unknown {
  return { unknown: 'gone', path, errno: 'ENOENT' };
}

function withAddresses(link: Link, addresses: Fact<Map<number, InterfaceAddress[]>>): LinkFacts {
  return {
    ...link,
    counters: link.counters,
    addresses: mapFact(addresses, (all) => all.get(link.index) ?? []),
  };
}

function withoutNetlink(files: KernelFiles, { pid }: NetPlace, why: Unknown): Fact<readonly LinkFacts[]> {
  if (pid === undefined || why.unknown === 'gone') return why;
  const path = files.proc(`${pid}/net/dev`);
  const devices = factOf(parsed(files.text(path, 'utf8'), path, parseNetDev));
  if (devices === undefined) return { unknown: 'gone', path, errno: 'ENOENT' };
  return 'unknown' in devices ? devices : devices.map((device) => nameAndCounters(device, why));
}

function nameAndCounters({ name, ...counters }: NetDevice, why: Unknown): LinkFacts {
  return {
    name,
    index: why,
    kind: why,
    mac: why,
    mtu: why,
    state: why,
    flags: why,
    addresses: why,
    counters,
  };
}
