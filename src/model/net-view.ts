/** Network namespaces as `net --json` gives them, each with its interfaces and, when asked for, its sockets. Pure. */
import { type Fact, isUnknown, known } from '../kernel/reading.ts';
import type { HostModel } from './host-model.ts';
import { hostNamespaces } from './host-namespaces.ts';
import type { NamespaceLinks, NetPlace, NetworkFacts } from './net-facts.ts';
import { type InterfaceView, interfaceContext, interfacesOf } from './net-interfaces.ts';
import { type SocketView, socketsOf } from './net-sockets.ts';
import type { SampleNote } from './sample.ts';

export interface NetNamespaceView {
  readonly inode: Fact<number>;
  /** The host's. */
  readonly initial: boolean;
  /** As `ip netns` calls it. */
  readonly name?: string;
  /** Key of the outermost container that has it as its own, and of all that do. */
  readonly container?: string;
  readonly containers?: readonly string[];
  /** A process in it: a container's init, else the one with the smallest pid. */
  readonly leaderPid?: number;
  /** Absent where only some of them can be known. */
  readonly nprocs?: number;
  readonly interfaces: Fact<readonly InterfaceView[]>;
  readonly sockets?: Fact<readonly SocketView[]>;
}

/** @param wanted those that are shown */
export function netNamespaces(
  model: HostModel,
  facts: NetworkFacts,
  wanted: readonly NetPlace[],
  before?: NetworkFacts,
): NetNamespaceView[] {
  const host = hostNamespaces(model.processes, model.host.self).net;
  const containers = containersByPlace(model, facts.places, host);
  const keys = new Map<number, string>();
  for (const [{ inode }, [first]] of containers) {
    if (known(inode) !== undefined && first !== undefined) keys.set(known(inode) ?? 0, first);
  }
  const context = interfaceContext(facts, before, keys);
  const shown = new Set(wanted);
  return facts.links
    .filter(({ place }) => shown.has(place))
    .map((links) => {
      const { place } = links;
      const inode = known(place.inode);
      const within = containers.get(place) ?? [];
      const [container] = within;
      const name = inode === undefined ? undefined : facts.names.get(inode);
      const leaderPid = model.containers.find(({ key }) => key === container)?.initPid ?? place.pid;
      const sockets = facts.sockets?.find((each) => each.place === place);
      return {
        inode: place.inode,
        initial: inode !== undefined && inode === host,
        ...(name !== undefined && { name }),
        ...(container !== undefined && { container, containers: within }),
        ...(leaderPid !== undefined && { leaderPid }),
        ...(inode !== undefined && seesAll(model) && { nprocs: place.pids.length }),
        interfaces: interfacesOf(links, context),
        ...(sockets !== undefined && {
          sockets: socketsOf(sockets, facts, model, context.names.get(inode ?? -1)),
        }),
      };
    });
}

/** A namespace that ended while we looked is not one without interfaces. */
function shownLinks({ links }: NetworkFacts, wanted: readonly NetPlace[]): NamespaceLinks[] {
  const shown = new Set(wanted);
  return links.filter(
    (each) => shown.has(each.place) && !(isUnknown(each.links) && each.links.unknown === 'gone'),
  );
}

/** Outermost first, as the model lists them; not those that share the host's. */
function containersByPlace(
  { containers }: HostModel,
  places: readonly NetPlace[],
  host: number | undefined,
): Map<NetPlace, string[]> {
  const placeOfPid = new Map(places.flatMap((place) => place.pids.map((pid) => [pid, place] as const)));
  const found = new Map<NetPlace, string[]>();
  for (const { key, initPid } of containers) {
    const place = placeOfPid.get(initPid);
    if (place === undefined || place.inode === host) continue;
    found.set(place, [...(found.get(place) ?? []), key]);
  }
  return found;
}

function seesAll({ processes }: HostModel): boolean {
  for (const { namespaces } of processes.values()) if (isUnknown(namespaces)) return false;
  return true;
}

/** Why some namespaces show less, or nothing: an empty table must not look like an empty namespace. */
export function netNotes(facts: NetworkFacts, wanted: readonly NetPlace[]): SampleNote[] {
  const notes: SampleNote[] = [];
  const links = shownLinks(facts, wanted);
  const limited = links.flatMap((each) => whyLimited(each) ?? []);
  const [first] = limited;
  if (first !== undefined) {
    notes.push({
      about: 'interfaces',
      text: `${limited.length} of ${links.length} network namespaces may not be entered: their interfaces are known by name and counters at most, for example ${first.path}: ${first.errno}`,
    });
  }
  const tables = (facts.sockets ?? []).flatMap(({ sockets, missing }) => [
    ...(isUnknown(sockets) ? [sockets] : []),
    ...missing,
  ]);
  const [table] = tables;
  if (table !== undefined)
    notes.push({
      about: 'sockets',
      text: `${tables.length} tables of sockets could not be read, for example ${table.path}: ${table.errno}`,
    });
  if (facts.refused !== undefined) {
    const { path, errno } = facts.refused;
    notes.push({
      about: 'holders',
      text: `some processes do not show what they have open, for example ${path}: ${errno}`,
    });
  }
  return notes;
}

function whyLimited({ links }: NamespaceLinks) {
  if (isUnknown(links)) return links;
  const index = known(links)?.[0]?.index;
  return isUnknown(index) ? index : undefined;
}
