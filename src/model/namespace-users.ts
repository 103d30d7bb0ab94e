/** Which processes are in each namespace: how many, since when, and whether they are in containers. Pure. */
import { known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import type { NamespaceInodes, ProcessFacts } from './sample.ts';

export interface NamespaceUsers {
  readonly type: NamespaceType;
  readonly count: number;
  /** The process that started first: in a pid namespace its init. */
  readonly leader: ProcessFacts;
  /** The first ones, in the order in which they started. */
  readonly pids: readonly number[];
  /** Keys of the containers they are in. Of the host's own namespaces nobody asks. */
  readonly containers: ReadonlySet<string>;
  /** Those in no container. */
  readonly outsiders: readonly ProcessFacts[];
}

/** More of a kind are counted, not listed. */
export const MOST_LISTED = 10;

interface Growing extends NamespaceUsers {
  count: number;
  readonly pids: number[];
  readonly containers: Set<string>;
  readonly outsiders: ProcessFacts[];
}

/** By inode. */
export function namespaceUsers(
  processes: ReadonlyMap<number, ProcessFacts>,
  containerOfPid: ReadonlyMap<number, string>,
  host: NamespaceInodes,
): Map<number, NamespaceUsers> {
  const users = new Map<number, Growing>();
  const byStart = [...processes.values()].sort(
    (a, b) => a.starttimeTicks - b.starttimeTicks || a.pid - b.pid,
  );
  for (const facts of byStart) {
    const inodes = known(facts.namespaces);
    if (inodes === undefined) continue;
    const container = containerOfPid.get(facts.pid);
    for (const type of NAMESPACE_TYPES) {
      const inode = inodes[type];
      if (inode === undefined) continue;
      let each = users.get(inode);
      if (each === undefined) {
        each = { type, count: 0, leader: facts, pids: [], containers: new Set(), outsiders: [] };
        users.set(inode, each);
      }
      each.count += 1;
      if (each.pids.length < MOST_LISTED) each.pids.push(facts.pid);
      if (inode === host[type]) continue;
      if (container === undefined) each.outsiders.push(facts);
      else each.containers.add(container);
    }
  }
  return users;
}
