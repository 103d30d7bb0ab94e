/**
 * The namespaces a process is in, from /proc/PID/ns. Needs ptrace read access to the process; a zombie shows only user
 * and pid, an old kernel lacks some types: those are missing keys, not errors.
 */
import { parseNsInode } from '../src/kernel/proc/ns-link.ts';
import type { Fact } from '../src/kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceInodes } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';

/** Of one process directory. The first refusal answers for all eight: they share one permission check. */
export function namespacesOf(
  files: KernelFiles,
  directory: string,
  types: readonly NamespaceType[] = NAMESPACE_TYPES,
): Fact<NamespaceInodes> {
  const inodes: Partial<Record<NamespaceType, number>> = {};
  for (const type of types) {
    const link = files.link(`${directory}/ns/${type}`);
    if (link.ok) inodes[type] = parseNsInode(link.value);
    else if (link.why !== 'absent') return { unknown: link.why, path: link.path, errno: link.errno };
  }
  return inodes;
}

export const namespaces: Collector<number, Fact<NamespaceInodes>> = {
  id: 'namespaces',
  reads: ['/proc/PID/ns/*'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'arrivals',
  collect: (files, pid) => namespacesOf(files, files.proc(String(pid))),
};
