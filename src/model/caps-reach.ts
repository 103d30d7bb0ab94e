/**
 * What a set of capabilities means on the host. Capabilities hold over a user namespace and what it owns: in the initial one over
 * the host, in any other over the ids mapped into it and the namespaces it owns, and nothing else. Pure.
 * @see user_namespaces(7)
 */
import { type Fact, isUnknown, known } from '../kernel/reading.ts';
import { CAPABILITY_MEANINGS, type CapabilityReach } from '../kernel/tables/capability-meanings.ts';
import { INITIAL_INODES, NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import type { NamespaceInodes } from './sample.ts';

/**
 * - `host`: over the host itself, or over a namespace the process shares with it
 * - `own`: over a namespace of its own only, or over ids and processes of its user namespace
 * - `partly`: over some of what it is about
 * - `nothing`: nobody asks for it here
 */
export type Reach = 'host' | 'own' | 'partly' | 'nothing';

export interface ReachInput {
  readonly userNamespace: { readonly inode: Fact<number> };
  /** Of the process. */
  readonly namespaces: Fact<NamespaceInodes>;
  readonly host: NamespaceInodes;
  /** Inode of the user namespace that owns each of its namespaces. */
  readonly owners: Readonly<Partial<Record<NamespaceType, Fact<number>>>>;
}

/** Unknown when its user namespace may not be read; absent for capabilities that we do not know. */
export function reachOf(name: string, { userNamespace, namespaces, host, owners }: ReachInput): Fact<Reach> {
  const meaning = CAPABILITY_MEANINGS[name];
  if (isUnknown(userNamespace.inode)) return userNamespace.inode;
  const inodes = known(namespaces);
  if (meaning === undefined || inodes?.user === undefined) return undefined;
  const isInitial = inodes.user === (INITIAL_INODES.user ?? host.user);
  const type = namespaceAskedOf(meaning.reach);
  if (type !== undefined) return overNamespace(type, { inodes, host, owner: owners[type], isInitial });
  if (isInitial) return 'host';
  if (meaning.reach === 'initial') return 'nothing';
  return meaning.reach === 'several' ? 'partly' : 'own';
}

function namespaceAskedOf(reach: CapabilityReach): NamespaceType | undefined {
  return NAMESPACE_TYPES.find((type) => type === reach && type !== 'user');
}

function overNamespace(
  type: NamespaceType,
  of: {
    readonly inodes: NamespaceInodes;
    readonly host: NamespaceInodes;
    readonly owner: Fact<number>;
    readonly isInitial: boolean;
  },
): Fact<Reach> {
  const { inodes, host, owner, isInitial } = of;
  if (isInitial) return inodes[type] === host[type] ? 'host' : 'own';
  if (isUnknown(owner)) return owner.errno === 'EPERM' ? 'nothing' : owner;
  // Owned by a user namespace above: what is held below does not count there.
  return owner === inodes.user ? 'own' : 'nothing';
}

/** Which of its namespaces the process's user namespace owns, and which belong to one above. */
export function ownedNamespaces({ namespaces, owners }: Pick<ReachInput, 'namespaces' | 'owners'>): {
  readonly owned: readonly NamespaceType[];
  readonly foreign: readonly NamespaceType[];
} {
  const user = known(namespaces)?.user;
  const owned: NamespaceType[] = [];
  const foreign: NamespaceType[] = [];
  for (const type of NAMESPACE_TYPES) {
    const owner = owners[type];
    if (owner === undefined || user === undefined) continue;
    // EPERM: the owner lies above the reader's own user namespace.
    if (isUnknown(owner)) {
      if (owner.errno === 'EPERM') foreign.push(type);
    } else (owner === user ? owned : foreign).push(type);
  }
  return { owned, foreign };
}
