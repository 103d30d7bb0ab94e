/**
 * Owner and parent of every namespace that is known, by ioctl, and of those found by that in their turn, until nothing new
 * comes up: a user or pid namespace may be there only because another one lies below it.
 */

import type { Reading } from '../src/kernel/reading.ts';
import { type Fact, type FailedReading, factOf, isUnknown } from '../src/kernel/reading.ts';
import { INITIAL_INODES, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceRelations } from '../src/model/namespace-facts.ts';
import type { NamespaceDoors } from '../src/sys/namespace-door.ts';
import { type OpenNamespace, ownerOf, ownerUidOf, parentOf } from '../src/sys/nsfs.ts';
import { type RelationAnswer, relationsMeanwhile } from '../src/sys/relation-batch.ts';
import type { Collector } from './collector.ts';

export interface RelationsInput {
  readonly doors: NamespaceDoors;
  /** What is known already, by inode. */
  readonly asked?: ReadonlyMap<number, RelationAnswer>;
}

/** By inode. */
export const namespaceRelations: Collector<RelationsInput, Map<number, NamespaceRelations>> = {
  id: 'namespaceRelations',
  reads: ['/proc/PID/ns/*', '/proc/PID/fd/*', '/proc/PID/root'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'slow',
  collect(_files, { doors, asked: answers }) {
    const relations = new Map<number, NamespaceRelations>();
    // Parents and owners are appended while this loop runs.
    for (const [inode, { type }] of doors.entries()) {
      const answer = answers?.get(inode);
      if (answer !== undefined && isReached(answer, doors)) {
        relations.set(inode, relationsFrom(type, answer));
        continue;
      }
      const asked = doors.through(inode, (fd, path) => ask(fd, path, type, inode, doors));
      relations.set(inode, asked.ok ? asked.value : unreachable(type, asked));
    }
    return relations;
  },
};

/**
 * Asks those that a process leads to all at once, by another thread while ours goes on. Found out are only numbers: where
 * one of them is of a namespace that is not known yet, `namespaceRelations` asks again and keeps it open.
 */
export function askMeanwhile(doors: NamespaceDoors): Promise<Map<number, RelationAnswer>> {
  return relationsMeanwhile([...doors.links()]);
}

function isReached({ owner, parent }: RelationAnswer, doors: NamespaceDoors): boolean {
  return (owner === undefined || doors.has(owner)) && (parent === undefined || doors.has(parent));
}

function relationsFrom(type: NamespaceType, { owner, parent, uid }: RelationAnswer): NamespaceRelations {
  return { type, ownerUserNs: type === 'user' ? parent : owner, parent, ownerUid: uid };
}

function ask(
  fd: number,
  path: string,
  type: NamespaceType,
  inode: number,
  doors: NamespaceDoors,
): NamespaceRelations {
  const above = (type: NamespaceType, found: Reading<OpenNamespace>): Fact<number> => {
    if (!found.ok) return withoutParent(type, inode) ? undefined : factOf<number>(found);
    const { inode: number } = found.value;
    doors.keep(type, found.value);
    return number;
  };
  if (type === 'user') {
    // The kernel calls its parent its owner.
    const parent = above('user', parentOf(fd, path));
    return { type, ownerUserNs: parent, parent, ownerUid: factOf(ownerUidOf(fd, path)) };
  }
  return {
    type,
    ownerUserNs: above('user', ownerOf(fd, path)),
    parent: type === 'pid' ? above('pid', parentOf(fd, path)) : undefined,
    ownerUid: undefined,
  };
}

/** EPERM means that there is none, or that it lies outside our own: only the number tells. */
function withoutParent(type: NamespaceType, inode: number): boolean {
  return INITIAL_INODES[type] === inode;
}

function unreachable(type: NamespaceType, failed: FailedReading): NamespaceRelations {
  const unknown = factOf<number>(failed);
  const hasParent = type === 'user' || type === 'pid';
  return {
    type,
    ownerUserNs: unknown,
    parent: hasParent && isUnknown(unknown) ? unknown : undefined,
    ownerUid: type === 'user' ? unknown : undefined,
  };
}
