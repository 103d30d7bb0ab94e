/**
 * Which namespace is at the other end of an interface: a network namespace knows others by small numbers of its own
 * (IFLA_LINK_NETNSID), so each candidate is held up to it, and it says by which number it knows that one, if by any.
 */
import { decodeNsid, encodeNsidQuestion } from '../src/kernel/netlink/nsid.ts';
import { isUnknown, known } from '../src/kernel/reading.ts';
import type { LinkFacts, NamespaceLinks, NetPlace } from '../src/model/net-facts.ts';
import { closeDescriptor } from '../src/sys/koffi.ts';
import { openNetNamespace } from '../src/sys/net-namespace.ts';
import { RouteSocket } from '../src/sys/netlink.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export interface NeighboursInput {
  readonly of: readonly NamespaceLinks[];
  /** Those of `of` and others: the ones whose interfaces are known are asked about only where one of them fits. */
  readonly among: readonly (NamespaceLinks | NetPlace)[];
}

/** By inode: the namespaces that this one knows, by its number for them. */
export type Neighbours = ReadonlyMap<number, ReadonlyMap<number, NetPlace>>;

export const netNeighbours: Collector<NeighboursInput, Neighbours> = {
  id: 'net-neighbours',
  reads: ['/proc/PID/ns/net'],
  needs: ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'],
  tier: 'request',
  collect(_files, { of, among }) {
    const candidates = among.map(candidateOf);
    const found = new Map<number, ReadonlyMap<number, NetPlace>>();
    for (const { place, links } of of) {
      const away = (known(links) ?? []).filter(({ linkNetnsid = -1 }) => linkNetnsid >= 0);
      const inode = known(place.inode);
      if (inode === undefined || away.length === 0) continue;
      found.set(inode, numbersOf(place, away, candidates));
    }
    return found;
  },
};

interface Candidate {
  readonly place: NetPlace;
  /** Indices of its interfaces; undefined when they were not read. */
  readonly indices: ReadonlySet<number> | undefined;
}

function candidateOf(each: NamespaceLinks | NetPlace): Candidate {
  if (!('links' in each)) return { place: each, indices: undefined };
  const facts = known(each.links);
  const indices = facts?.map(({ index }) => index);
  return {
    place: each.place,
    indices:
      indices?.every((index) => !isUnknown(index)) === true
        ? new Set(indices.flatMap((index) => known(index) ?? []))
        : undefined,
  };
}

function numbersOf(
  place: NetPlace,
  away: readonly LinkFacts[],
  candidates: readonly Candidate[],
): Map<number, NetPlace> {
  const wanted = new Map<number, number[]>();
  for (const { linkNetnsid = -1, linkIndex } of away) {
    wanted.set(linkNetnsid, [
      ...(wanted.get(linkNetnsid) ?? []),
      ...(linkIndex === undefined ? [] : [linkIndex]),
    ]);
  }
  const found = new Map<number, NetPlace>();
  const socket = RouteSocket.openIn(place);
  if (!socket.ok) return found;
  try {
    for (const candidate of candidates) {
      if (wanted.size === 0) break;
      if (candidate.place.inode === place.inode || !mayBe(candidate, wanted)) continue;
      const number = numberFor(socket.value, candidate.place);
      if (number !== undefined && wanted.delete(number)) found.set(number, candidate.place);
    }
    return found;
  } finally {
    socket.value.close();
  }
}

/** It has every interface that some number is said to have. */
function mayBe({ indices }: Candidate, wanted: ReadonlyMap<number, readonly number[]>): boolean {
  if (indices === undefined) return true;
  for (const needed of wanted.values()) if (needed.every((index) => indices.has(index))) return true;
  return false;
}

/** Undefined also for one that cannot be opened: then it is not known to be the one. */
function numberFor(socket: RouteSocket, { path, inode, refused }: NetPlace): number | undefined {
  const expected = known(inode);
  if (expected === undefined || refused !== undefined) return undefined;
  const door = openNetNamespace(path, expected);
  if (!door.ok) return undefined;
  try {
    const reply = parsed(
      socket.ask((sequence) => encodeNsidQuestion(sequence, door.value)),
      path,
      (messages) => messages.map(decodeNsid)[0],
    );
    return reply.ok ? reply.value : undefined;
  } finally {
    closeDescriptor(door.value);
  }
}
