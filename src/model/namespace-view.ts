/** Everything found about namespaces, joined to one row each, as `ns --json` gives them (CONTRACT, `ns`). Pure. */
import type { IdRange } from '../kernel/proc/id-map.ts';
import { type Fact, isKnown, isUnknown, known } from '../kernel/reading.ts';
import {
  INITIAL_INODES,
  KTHREADD_PID,
  NAMESPACE_TYPES,
  type NamespaceType,
} from '../kernel/tables/namespaces.ts';
import { type ContainerTree, containerOfHolders } from './namespace-container.ts';
import {
  HOLDER_KINDS,
  type Holder,
  type HolderKind,
  type NamespaceDetails,
  type NamespaceRelations,
  type NamespaceSighting,
} from './namespace-facts.ts';
import { MOST_LISTED, type NamespaceUsers } from './namespace-users.ts';
import type { NamespaceInodes, ProcessFacts } from './sample.ts';

export interface NamespaceView {
  readonly type: NamespaceType;
  readonly inode: number;
  readonly initial: boolean;
  /** Processes in it, kernel threads too; threads apart from their process do not count. */
  readonly nprocs: number;
  /** Some processes may not be asked which namespaces they are in: there may be more than `nprocs`. */
  readonly isPartial?: true;
  /** The process that has been in it longest. */
  readonly leaderPid?: number;
  readonly leaderUid?: Fact<number>;
  readonly command?: Fact<string>;
  readonly ownerUserNs?: Fact<number>;
  /** Who made the user namespace that owns it; of a user namespace, who made it. */
  readonly ownerUid?: Fact<number>;
  readonly parent?: Fact<number>;
  readonly container?: string;
  readonly heldBy: readonly Holder[];
  /** How many there are of each kind; `heldBy` lists the first ten of each. */
  readonly holders: Readonly<Partial<Record<HolderKind, number>>>;
  readonly hostname?: Fact<string>;
  readonly interfaces?: Fact<readonly string[]>;
  readonly uidMap?: Fact<readonly IdRange[]>;
  readonly gidMap?: Fact<readonly IdRange[]>;
}

export interface LeaderFacts {
  readonly command: Fact<string>;
  readonly uid: Fact<number>;
}

export interface NamespaceInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  readonly users: ReadonlyMap<number, NamespaceUsers>;
  readonly sightings: readonly NamespaceSighting[];
  /** Of every namespace found, by inode. */
  readonly relations: ReadonlyMap<number, NamespaceRelations>;
  readonly details: ReadonlyMap<number, NamespaceDetails>;
  readonly leaders: ReadonlyMap<number, LeaderFacts>;
  readonly containerOfPid: ReadonlyMap<number, string>;
  readonly containers: ContainerTree;
  readonly host: NamespaceInodes;
}

/** By type, in the kernel's usual order, then by inode. */
export function namespaceViews(input: NamespaceInput): NamespaceView[] {
  const types = typesOf(input);
  const held = holdersOf(input);
  const containers = containersOf(input, types, held);
  const isPartial = [...input.processes.values()].some(({ namespaces }) => isUnknown(namespaces));
  const rows = [...types].map(([inode, type]) => {
    const users = input.users.get(inode);
    const leader = users && input.leaders.get(users.leader.pid);
    const holders = held.get(inode) ?? [];
    const container = containers.get(inode);
    return {
      type,
      inode,
      initial: isInitial(type, inode, input.processes),
      nprocs: users?.count ?? 0,
      ...(isPartial && { isPartial: true as const }),
      ...(users !== undefined && { leaderPid: users.leader.pid }),
      ...(leader !== undefined && withoutAbsent({ leaderUid: leader.uid, command: leader.command })),
      ...relationsOf(inode, input),
      ...(container !== undefined && { container }),
      heldBy: listed(holders),
      holders: counted(holders, users?.count ?? 0),
      ...input.details.get(inode),
    };
  });
  return rows.sort((a, b) => typeOrder(a.type) - typeOrder(b.type) || a.inode - b.inode);
}

const typeOrder = (type: NamespaceType) => NAMESPACE_TYPES.indexOf(type);

function typesOf({ users, sightings, relations }: NamespaceInput): Map<number, NamespaceType> {
  const types = new Map<number, NamespaceType>();
  for (const [inode, { type }] of users) types.set(inode, type);
  for (const { inode, type } of sightings) types.set(inode, type);
  for (const [inode, { type }] of relations) types.set(inode, type);
  return types;
}

/** The fixed numbers; before 6.18 net and mnt have none, but the kernel's own threads are in the initial ones. */
export function isInitial(
  type: NamespaceType,
  inode: number,
  processes: ReadonlyMap<number, ProcessFacts>,
): boolean {
  if (INITIAL_INODES[type] === inode) return true;
  const kthreadd = processes.get(KTHREADD_PID);
  return kthreadd?.isKernelThread === true && known(kthreadd.namespaces)?.[type] === inode;
}

function holdersOf({ users, sightings, relations }: NamespaceInput): Map<number, Holder[]> {
  const held = new Map<number, Holder[]>();
  const add = (inode: number, holder: Holder) => {
    const sofar = held.get(inode);
    if (sofar === undefined) held.set(inode, [holder]);
    else sofar.push(holder);
  };
  for (const [inode, { pids }] of users) for (const pid of pids) add(inode, { kind: 'process', pid });
  for (const { inode, holder } of sightings) add(inode, holder);
  for (const [inode, { type, parent, ownerUserNs }] of relations) {
    const above = new Set([known(parent), known(ownerUserNs)]);
    for (const number of above) if (number !== undefined) add(number, { kind: 'descendant', type, inode });
  }
  return held;
}

function listed(holders: readonly Holder[]): Holder[] {
  return HOLDER_KINDS.flatMap((kind) => holders.filter((each) => each.kind === kind).slice(0, MOST_LISTED));
}

function counted(holders: readonly Holder[], processes: number): NamespaceView['holders'] {
  const counts: Partial<Record<HolderKind, number>> = {};
  for (const { kind } of holders) counts[kind] = (counts[kind] ?? 0) + 1;
  if (processes > 0) counts.process = processes;
  return counts;
}

function relationsOf(inode: number, { relations }: NamespaceInput) {
  const own = relations.get(inode);
  const owner = own?.ownerUserNs;
  const ownerUid = own?.type === 'user' ? own.ownerUid : uidOf(owner, relations);
  return withoutAbsent({ ownerUserNs: owner, ownerUid, parent: own?.parent });
}

function uidOf(owner: Fact<number>, relations: ReadonlyMap<number, NamespaceRelations>): Fact<number> {
  return isKnown(owner) ? relations.get(owner)?.ownerUid : owner;
}

function containersOf(
  input: NamespaceInput,
  types: ReadonlyMap<number, NamespaceType>,
  held: ReadonlyMap<number, readonly Holder[]>,
): Map<number, string | undefined> {
  const found = new Map<number, string | undefined>();
  for (const [inode, users] of input.users) found.set(inode, input.containers.ofUsers(users));
  const rest = [...types.keys()].filter((inode) => !found.has(inode));
  // A chain of them (a bind in a mount namespace kept by a bind) takes as many rounds as it is long.
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const inode of rest) {
      if (found.get(inode) !== undefined) continue;
      const holders = (held.get(inode) ?? []).map((holder) => containerOf(holder, input, found));
      const container = containerOfHolders(holders);
      if (container === undefined) continue;
      found.set(inode, container);
      isSettled = false;
    }
  }
  return found;
}

function containerOf(
  { pid, mntNs, inode }: Holder,
  { containerOfPid }: NamespaceInput,
  found: ReadonlyMap<number, string | undefined>,
): string | undefined {
  if (pid !== undefined) return containerOfPid.get(pid);
  return found.get(mntNs ?? inode ?? 0);
}

/** Fields that do not apply are left out. */
function withoutAbsent<T extends object>(fields: T): Partial<T> {
  const kept: Partial<T> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept;
}
