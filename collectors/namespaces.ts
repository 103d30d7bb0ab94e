/**
 * The namespaces a process is in, from /proc/PID/ns. Needs ptrace read access to the process; a zombie shows only user
 * and pid, an old kernel lacks some types: those are missing keys, not errors.
 */
import { type Fact, factOf } from '../src/kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceInodes } from '../src/model/sample.ts';
import { ProcessDirectories, type ProcessDirectory } from '../src/sys/process-directory.ts';
import type { Collector } from './collector.ts';

/** Of one process directory. The first refusal answers for all eight: they share one permission check. */
export function namespacesOf(
  directory: ProcessDirectory,
  types: readonly NamespaceType[] = NAMESPACE_TYPES,
): Fact<NamespaceInodes> {
  const inodes: Partial<Record<NamespaceType, number>> = {};
  for (const type of types) {
    const inode = directory.namespace(type);
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
    const directories = new ProcessDirectories(files);
    try {
      const opened = directories.open(String(pid));
      if (!opened.ok) return factOf<NamespaceInodes>(opened);
      const found = namespacesOf(opened.value);
      opened.value.close();
      return found;
    } finally {
      directories.close();
    }
  },
};
