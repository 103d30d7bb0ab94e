/**
 * Which namespaces count as "the host's". Never pid 1's: root may be refused there. The kernel's fixed inodes of the
 * initial namespaces when somebody is in them, else kthreadd's, else our own (inside a container that is the best there
 * is), else what most processes show. Pure.
 */
import { isKnown, known } from '../kernel/reading.ts';
import {
  INITIAL_INODES,
  KTHREADD_PID,
  NAMESPACE_TYPES,
  type NamespaceType,
} from '../kernel/tables/namespaces.ts';
import type { NamespaceInodes, ObserverFacts, ProcessFacts } from './sample.ts';

export function hostNamespaces(
  processes: ReadonlyMap<number, ProcessFacts>,
  self: Pick<ObserverFacts, 'namespaces' | 'ownProc'>,
): NamespaceInodes {
  const counts = countByType(processes);
  const own = known(self.namespaces);
  const kthreadd = processes.get(KTHREADD_PID);
  const ofKernel = kthreadd?.isKernelThread === true ? known(kthreadd.namespaces) : undefined;
  const found: Partial<Record<NamespaceType, number>> = {};
  for (const type of NAMESPACE_TYPES) {
    const initial = INITIAL_INODES[type];
    const ofType = counts.get(type) ?? new Map<number, number>();
    const seesInitial = initial !== undefined && (ofType.has(initial) || own?.[type] === initial);
    const inode = seesInitial
      ? initial
      : (ofKernel?.[type] ?? (self.ownProc ? own?.[type] : undefined) ?? elsewhere(type, processes, ofType));
    if (inode !== undefined) found[type] = inode;
  }
  return found;
}

/**
 * Is it what it was, though these came, went or changed? It hangs on others by kthreadd, and by whether anybody is in an initial
 * namespace that we are not in; where it hangs on how many they are, nothing is sure.
 * @param moved as they were, and as they are
 */
export function isSureReference(
  moved: Iterable<ProcessFacts>,
  self: Pick<ObserverFacts, 'namespaces' | 'ownProc'>,
): boolean {
  const own = known(self.namespaces);
  if (!self.ownProc || own === undefined) return false;
  const others = NAMESPACE_TYPES.filter((type) => own[type] !== INITIAL_INODES[type]);
  if (others.some((type) => own[type] === undefined)) return false;
  for (const { pid, namespaces } of moved) {
    const inodes = known(namespaces);
    if (pid === KTHREADD_PID || others.some((type) => inodes?.[type] === INITIAL_INODES[type])) return false;
  }
  return true;
}

/** These have had the same inode on every kernel with namespaces; net and mnt only since 6.18. */
const ALWAYS_FIXED: readonly NamespaceType[] = ['pid', 'user', 'uts', 'ipc', 'cgroup', 'time'];

/** Looking through another mount of /proc, where our own namespaces say nothing and most links may be denied. */
function elsewhere(
  type: NamespaceType,
  processes: ReadonlyMap<number, ProcessFacts>,
  counts: ReadonlyMap<number, number>,
): number | undefined {
  if (ALWAYS_FIXED.includes(type)) return INITIAL_INODES[type];
  const users = [...processes.values()].filter((facts) => !facts.isKernelThread).length;
  const readable = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return readable * 2 > users ? mostCommon(counts) : undefined;
}

function countByType(processes: ReadonlyMap<number, ProcessFacts>): Map<NamespaceType, Map<number, number>> {
  const counts = new Map<NamespaceType, Map<number, number>>();
  for (const type of NAMESPACE_TYPES) counts.set(type, new Map());
  // Processes that stand in the same ones mostly share the object.
  const users = new Map<NamespaceInodes, number>();
  let last: NamespaceInodes | undefined;
  let inARow = 0;
  const note = () => last !== undefined && users.set(last, (users.get(last) ?? 0) + inARow);
  for (const { namespaces } of processes.values()) {
    if (!isKnown(namespaces)) continue;
    if (namespaces !== last) {
      note();
      last = namespaces;
      inARow = 0;
    }
    inARow += 1;
  }
  note();
  for (const [inodes, count] of users) {
    for (const type of NAMESPACE_TYPES) {
      const inode = inodes[type];
      const ofType = counts.get(type);
      if (inode !== undefined && ofType !== undefined) ofType.set(inode, (ofType.get(inode) ?? 0) + count);
    }
  }
  return counts;
}

function mostCommon(counts: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (const [inode, count] of counts) {
    if (count > most) [best, most] = [inode, count];
  }
  return best;
}
