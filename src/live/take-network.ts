/** One look at the network of a host: its namespaces, their interfaces, who is at the other ends, and when asked for the sockets. */
import type { DescriptorScan } from '../../collectors/descriptors.ts';
import { COLLECTORS } from '../../collectors/index.ts';
import type { KeptNamespace } from '../../collectors/net-places.ts';
import { parseNsLink } from '../kernel/proc/ns-link.ts';
import { factOf, known } from '../kernel/reading.ts';
import type { HostModel } from '../model/host-model.ts';
import type { NamespaceLinks, NetPlace, NetworkFacts, SocketHolder } from '../model/net-facts.ts';
import type { MountTable, SampleNote } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { NamespaceDoors } from '../sys/namespace-door.ts';
import {
  type Discovery,
  type DiscoveryInput,
  discoverNamespaces,
  noteUsers,
  refusalNotes,
} from './discover-namespaces.ts';

export interface NetworkWants {
  readonly sockets: boolean;
  /** Which namespaces to look into; those at the other ends of their interfaces are looked into as well. */
  readonly only?: (place: NetPlace) => boolean;
  /** Those too that only a thread, a socket or a file in another mount namespace keeps: looked for in these. */
  readonly hiddenIn?: ReadonlyMap<number, MountTable>;
}

export interface NetworkLook {
  readonly facts: NetworkFacts;
  readonly wanted: readonly NetPlace[];
  readonly notes: readonly SampleNote[];
}

export function takeNetwork(
  files: KernelFiles,
  model: HostModel,
  bound: readonly BoundNamespace[],
  wants: NetworkWants,
): NetworkLook {
  const doors = new NamespaceDoors();
  try {
    return take(files, model, bound, wants, doors);
  } finally {
    doors.close();
  }
}

function take(
  files: KernelFiles,
  model: HostModel,
  bound: readonly BoundNamespace[],
  { sockets, only = () => true, hiddenIn }: NetworkWants,
  doors: NamespaceDoors,
): NetworkLook {
  // Of every process, not only those in a namespace asked for: sockets and namespaces can be handed on.
  const pids = [...model.processes.values()].flatMap(({ pid, isKernelThread }) =>
    isKernelThread ? [] : [pid],
  );
  const scan = COLLECTORS.descriptors.collect(files, { pids, sockets: sockets || hiddenIn !== undefined });
  for (const { inode, path } of bound)
    doors.note('net', inode, { how: 'bind', root: '/proc/self/root', path });
  const hidden = hiddenIn && discovered(files, { ...model, mountTables: hiddenIn, open: scan, doors });
  const opened = openedIn(files, scan);
  const places = COLLECTORS.netPlaces.collect(files, {
    processes: model.processes,
    inits: model.containers.map(({ initPid }) => initPid),
    kept: [...opened, ...othersThan(opened, bound, model, doors)],
  });
  const wanted = places.filter(only);
  const own = COLLECTORS.links.collect(files, wanted);
  const isAll = wanted.length === places.length;
  const neighbours = COLLECTORS.netNeighbours.collect(files, {
    of: own,
    among: isAll ? own : hostFirst(places, model),
  });
  return {
    wanted,
    // Of descriptors the sockets' own note says more.
    notes:
      hidden === undefined
        ? []
        : refusalNotes(hidden).filter(({ about }) => !sockets || about !== 'descriptors'),
    facts: {
      places,
      links: isAll ? own : [...own, ...othersOf(files, own, neighbours)],
      neighbours,
      names: new Map(
        bound.flatMap(({ inode, name }) => (name === undefined ? [] : [[inode, name] as const])),
      ),
      ...(sockets && socketFacts(files, scan, wanted)),
    },
  };
}

/** A namespace that something else than a process keeps, or that has a name. */
export interface BoundNamespace {
  readonly inode: number;
  readonly path: string;
  readonly name?: string;
}

/** Namespaces that a process keeps open without being in them. */
function openedIn(files: KernelFiles, { descriptors }: DescriptorScan): KeptNamespace[] {
  return descriptors.flatMap(({ pid, fd, kind, inode }) =>
    kind === 'net' ? [{ inode, path: files.proc(`${pid}/fd/${fd}`) }] : [],
  );
}

function discovered(files: KernelFiles, input: Omit<DiscoveryInput, 'forChildren'>): Discovery {
  noteUsers(files, input.processes, input.doors);
  // No child can be in another net namespace than its parent when it starts.
  return discoverNamespaces(files, { ...input, forChildren: new Map() });
}

const WITHOUT_GUARD: ReadonlySet<string> = new Set(['ENOSYS', 'EAGAIN']);

/** Kept open until the look is over, because the way to some of them may be long, or lead nowhere any more. */
function othersThan(
  opened: readonly KeptNamespace[],
  bound: readonly BoundNamespace[],
  { processes }: HostModel,
  doors: NamespaceDoors,
): KeptNamespace[] {
  const done = new Set(opened.map(({ inode }) => inode));
  for (const { namespaces } of processes.values()) done.add(known(namespaces)?.net ?? 0);
  return [...doors.entries()].flatMap(([inode, { type }]) => {
    if (type !== 'net' || done.has(inode)) return [];
    const held = doors.held(inode);
    if (held.ok) return { inode, path: held.value };
    // Without openat2 or the native library there is no way but that of `ip netns` itself.
    const own = WITHOUT_GUARD.has(held.errno) ? bound.find((each) => each.inode === inode) : undefined;
    return own ?? { inode, path: held.path, refused: held };
  });
}

/** Bind mounts of network namespaces that our own mount namespace shows, as `ip netns add` makes them. */
export function boundIn(table: MountTable | undefined): BoundNamespace[] {
  return (known(table?.mounts) ?? []).flatMap(({ type, root, target }) => {
    if (type !== 'nsfs' || !root.startsWith('net:[')) return [];
    return [
      { inode: parseNsLink(root).inode, path: target, name: target.slice(target.lastIndexOf('/') + 1) },
    ];
  });
}

/** Most veths lead there. */
function hostFirst(places: readonly NetPlace[], { host }: HostModel): NetPlace[] {
  const own = known(host.self.namespaces)?.net;
  return [...places].sort((a, b) => Number(b.inode === own) - Number(a.inode === own));
}

/** For the names of the other ends. */
function othersOf(
  files: KernelFiles,
  own: readonly NamespaceLinks[],
  neighbours: NetworkFacts['neighbours'],
): NamespaceLinks[] {
  const done = new Set(own.map(({ place }) => place.inode));
  const others = new Set([...neighbours.values()].flatMap((numbers) => [...numbers.values()]));
  return COLLECTORS.links.collect(
    files,
    [...others].filter(({ inode }) => !done.has(inode)),
  );
}

function socketFacts(
  files: KernelFiles,
  scan: DescriptorScan,
  wanted: readonly NetPlace[],
): Pick<NetworkFacts, 'sockets' | 'holders' | 'refused'> {
  const sockets = COLLECTORS.sockets.collect(files, wanted);
  const holders = new Map<number, SocketHolder[]>();
  for (const { pid, fd, kind, inode } of scan.descriptors) {
    if (kind !== 'socket') continue;
    const found = holders.get(inode);
    if (found === undefined) holders.set(inode, [{ pid, fd }]);
    else found.push({ pid, fd });
  }
  const [first] = scan.refused;
  const refused = first && factOf<never>(first);
  return { sockets, holders, ...(refused !== undefined && { refused }) };
}
