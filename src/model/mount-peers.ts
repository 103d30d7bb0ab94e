/**
 * Mount propagation: who else sees a mount that is made below one of ours, and whose new mounts we see. Peer group numbers are
 * the kernel's own and hold across mount namespaces, so the mount tables of all of them together tell. Pure.
 * @see mount_namespaces(7), Documentation/filesystems/sharedsubtree.rst
 */
import type { MountEntry } from '../kernel/proc/mountinfo.ts';

/** The mount table of one mount namespace, and whose it is. */
export interface MountNamespaceTable {
  /** Absent where the namespace itself may not be read, only its mounts. */
  readonly mntNs?: number;
  /** The process it was read through. */
  readonly pid: number;
  readonly comm: string;
  readonly isHost: boolean;
  /** Containers whose init is in it. */
  readonly containers: readonly { readonly key: string; readonly name: string }[];
  readonly mounts: readonly MountEntry[];
}

/** A mount that new mounts go to or come from. */
export interface RelatedMount {
  readonly id: number;
  /** As seen in its own namespace. */
  readonly target: string;
  /** A new mount arrives there only when its place lies below this. */
  readonly root: string;
  readonly mntNs?: number;
  readonly pid: number;
  readonly comm: string;
  readonly host?: true;
  readonly containers?: readonly string[];
  readonly names?: readonly string[];
  /** Not from our group itself: through the group of a mount in between. */
  readonly indirect?: true;
}

export interface Related {
  /** In the same peer group: each sees the other's new mounts. */
  readonly peers: readonly RelatedMount[];
  /** They see ours, we do not see theirs. */
  readonly slaves: readonly RelatedMount[];
  /** We see theirs, they do not see ours. */
  readonly masters: readonly RelatedMount[];
  /** There are more than these lists hold. */
  readonly moreRelated?: true;
}

interface Placed {
  readonly mount: MountEntry;
  readonly table: MountNamespaceTable;
}

interface Level {
  readonly mounts: readonly Placed[];
  readonly isIndirect: boolean;
}

/**
 * Looks through all tables once, and then answers for any of their mounts. No list gets longer than `most`: whoever may mount
 * at all can make groups of a hundred thousand members.
 */
export function propagationOf(
  tables: readonly MountNamespaceTable[],
  most: number,
): (mount: Pick<MountEntry, 'id' | 'propagation'>) => Related {
  const { members, slaves } = groups(tables);
  const below = new Map<number, Level[]>();
  const belowOf = (group: number): Level[] => {
    const levels = below.get(group) ?? downstream(group, slaves, most);
    below.set(group, levels);
    return levels;
  };
  return ({ id, propagation: { shared, master } }) => {
    const collected = new Collected(id, most);
    const peers = shared === undefined ? [] : collected.take([direct(members.get(shared) ?? [])]);
    return {
      peers,
      slaves: shared === undefined ? [] : collected.take(belowOf(shared)),
      masters: master === undefined ? [] : collected.take(upstream(master, members, most)),
      ...(collected.isCut && { moreRelated: true }),
    };
  };
}

/** Each mount once, however many tables of its namespace list it. */
class Collected {
  readonly #seen: Set<number>;
  isCut = false;

  constructor(
    self: number,
    readonly most: number,
  ) {
    this.#seen = new Set([self]);
  }

  take(levels: readonly Level[]): RelatedMount[] {
    const found: RelatedMount[] = [];
    for (const { mounts, isIndirect } of levels) {
      for (const { mount, table } of mounts) {
        if (this.#seen.has(mount.id)) continue;
        if (found.length >= this.most) {
          this.isCut = true;
          return found;
        }
        this.#seen.add(mount.id);
        found.push(related(mount, table, isIndirect));
      }
    }
    return found;
  }
}

const direct = (mounts: readonly Placed[]): Level => ({ mounts, isIndirect: false });

function groups(tables: readonly MountNamespaceTable[]) {
  const members = new Map<number, Placed[]>();
  const slaves = new Map<number, Placed[]>();
  const add = (to: Map<number, Placed[]>, group: number | undefined, placed: Placed) => {
    if (group === undefined) return;
    const sofar = to.get(group);
    if (sofar === undefined) to.set(group, [placed]);
    else sofar.push(placed);
  };
  for (const table of tables) {
    for (const mount of table.mounts) {
      add(members, mount.propagation.shared, { mount, table });
      add(slaves, mount.propagation.master, { mount, table });
    }
  }
  return { members, slaves };
}

/** The slaves of a group, then those of their groups, and so on; a little further than `most`, which tells that it is cut. */
function downstream(group: number, slaves: ReadonlyMap<number, readonly Placed[]>, most: number): Level[] {
  const levels: Level[] = [];
  const done = new Set([group]);
  let count = 0;
  for (let level = [group]; level.length > 0 && count <= most; ) {
    const isIndirect = levels.length > 0;
    const next: number[] = [];
    for (const mounts of level.flatMap((each) => [slaves.get(each) ?? []])) {
      levels.push({ mounts, isIndirect });
      count += mounts.length;
      for (const { mount } of mounts) {
        const { shared } = mount.propagation;
        if (shared === undefined || done.has(shared)) continue;
        done.add(shared);
        next.push(shared);
      }
    }
    level = next;
  }
  return levels;
}

function upstream(group: number, members: ReadonlyMap<number, readonly Placed[]>, most: number): Level[] {
  const levels: Level[] = [];
  const done = new Set<number>();
  let count = 0;
  for (let next: number | undefined = group; next !== undefined && !done.has(next) && count <= most; ) {
    const mounts: readonly Placed[] = members.get(next) ?? [];
    levels.push({ mounts, isIndirect: done.size > 0 });
    count += mounts.length;
    done.add(next);
    next = mounts.find(({ mount }) => mount.propagation.master !== undefined)?.mount.propagation.master;
  }
  return levels;
}

function related(mount: MountEntry, table: MountNamespaceTable, isIndirect: boolean): RelatedMount {
  const { mntNs, pid, comm, isHost, containers } = table;
  return {
    id: mount.id,
    target: mount.target,
    root: mount.root,
    ...(mntNs !== undefined && { mntNs }),
    pid,
    comm,
    ...(isHost && { host: true }),
    ...(containers.length > 0 && {
      containers: containers.map(({ key }) => key),
      names: containers.map(({ name }) => name),
    }),
    ...(isIndirect && { indirect: true }),
  };
}

/** Who that is, for people: `host`, the containers' names, or the process in whose namespace it is. */
export function ownersOf(mounts: readonly RelatedMount[]): string[] {
  const names = mounts.flatMap(({ host, names: containers, comm, pid }) =>
    host === true ? ['host'] : (containers ?? [`${comm} (${pid})`]),
  );
  return [...new Set(names)];
}
