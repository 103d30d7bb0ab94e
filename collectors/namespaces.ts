/**
 * The namespaces a process is in, from /proc/PID/ns. Needs ptrace read access to the process; a zombie shows only user
 * and pid, an old kernel lacks some types: those are missing keys, not errors.
 */
import { type Fact, factOf } from '../src/kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceInodes } from '../src/model/sample.ts';
import { ProcessCursor } from '../src/sys/process-cursor.ts';
import type { Collector } from './collector.ts';

/** Of the process entered. The first refusal answers for all eight: they share one permission check. */
export function namespacesOf(
  cursor: ProcessCursor,
  types: readonly NamespaceType[] = NAMESPACE_TYPES,
): Fact<NamespaceInodes> {
  const inodes: Partial<Record<NamespaceType, number>> = {};
  for (const type of types) {
    const inode = cursor.namespace(type);
    if (typeof inode === 'number') inodes[type] = inode;
    else if (inode.why !== 'absent') return { unknown: inode.why, path: inode.path, errno: inode.errno };
  }
  return inodes;
}

/** Of a process by pid, or our own. */
export const namespaces: Collector<number | 'self', Fact<NamespaceInodes>> = {
  id: 'namespaces',
  reads: ['/proc/PID/ns/*'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'arrivals',
  collect(files, pid) {
    const cursor = new ProcessCursor(files);
    try {
      const failed = cursor.enter(String(pid));
      return failed === undefined ? namespacesOf(cursor) : factOf<NamespaceInodes>(failed);
    } finally {
      cursor.close();
    }
  },
};
