/**
 * Every way to find namespaces that processes do not show: threads, descriptors, sockets, files they are bound to, and the
 * kernel's own list. For `ns`, and for `net`, which looks into those it would miss otherwise.
 */
import type { DescriptorScan } from '../../collectors/descriptors.ts';
import type { ForChildren } from '../../collectors/for-children.ts';
import { namespaceBinds } from '../../collectors/namespace-binds.ts';
import { namespaceList } from '../../collectors/namespace-list.ts';
import { namespaceSockets } from '../../collectors/namespace-sockets.ts';
import { namespaceThreads } from '../../collectors/namespace-threads.ts';
import { type FailedReading, known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import type { NamespaceSighting } from '../model/namespace-facts.ts';
import type { MountTable, ProcessFacts, SampleNote } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import type { NamespaceDoors } from '../sys/namespace-door.ts';

export interface DiscoveryInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  readonly forChildren: ReadonlyMap<number, ForChildren>;
  /** Of all processes, sockets too. */
  readonly open: DescriptorScan;
  readonly mountTables: ReadonlyMap<number, MountTable>;
  /** Has those of processes (`noteUsers`), and gets a way into each that is found; whoever made it closes it. */
  readonly doors: NamespaceDoors;
}

export interface Discovery {
  /** Other than by processes that are in them. */
  readonly sightings: readonly NamespaceSighting[];
  /** What could not be looked into, by what it is. */
  readonly refusals: readonly (readonly [what: string, readonly FailedReading[]])[];
}

export function discoverNamespaces(
  files: KernelFiles,
  { processes, forChildren, open, mountTables, doors }: DiscoveryInput,
): Discovery {
  const sightings: NamespaceSighting[] = [];
  noteChildren(files, forChildren, doors, sightings);
  const threads = namespaceThreads.collect(files, { processes, forChildren });
  for (const { type, inode, holder, path } of threads.sightings) {
    doors.note(type, inode, { how: 'link', path });
    sightings.push({ type, inode, holder });
  }
  for (const { pid, fd, kind, inode } of open.descriptors) {
    if (kind === 'socket' || pid === process.pid) continue;
    doors.note(kind, inode, { how: 'descriptor', path: files.proc(`${pid}/fd/${fd}`) });
    sightings.push({ type: kind, inode, holder: { kind: 'fd', pid, fd } });
  }
  const sockets = namespaceSockets.collect(files, { descriptors: open.descriptors, processes, doors });
  const unlisted = namespaceList.collect(files, { doors });
  const binds = namespaceBinds.collect(files, { processes, mountTables, doors });
  return {
    sightings: [...sightings, ...sockets.sightings, ...binds.sightings],
    refusals: [
      ['threads', threads.refused],
      ['descriptors', ofUserProcesses(files, open.refused, processes)],
      ['sockets', sockets.refused],
      ['mount namespaces', binds.refused],
      ['listed namespaces', unlisted],
    ],
  };
}

/** What could not be looked into, said once for each kind. */
export function refusalNotes({ refusals }: Discovery): SampleNote[] {
  return refusals.flatMap(([what, refused]) => {
    const [example] = refused;
    if (example === undefined) return [];
    const text = `${what}: ${refused.length} could not be looked into, for example ${example.path}: ${example.errno}`;
    return [{ about: what, text }];
  });
}

/** Ways through the processes that are in them. */
export function noteUsers(
  files: KernelFiles,
  processes: DiscoveryInput['processes'],
  doors: NamespaceDoors,
): void {
  for (const { pid, namespaces } of processes.values()) {
    const inodes = known(namespaces);
    if (inodes === undefined) continue;
    for (const type of NAMESPACE_TYPES) {
      const inode = inodes[type];
      if (inode === undefined || !doors.wants(inode)) continue;
      doors.note(type, inode, { how: 'link', path: files.proc(`${pid}/ns/${type}`) });
    }
  }
}

function noteChildren(
  files: KernelFiles,
  forChildren: DiscoveryInput['forChildren'],
  doors: NamespaceDoors,
  sightings: NamespaceSighting[],
): void {
  for (const [pid, children] of forChildren) {
    for (const type of ['pid', 'time'] as const) {
      const inode = children[type];
      if (inode === undefined) continue;
      doors.note(type, inode, { how: 'link', path: files.proc(`${pid}/ns/${type}_for_children`) });
      sightings.push({ type, inode, holder: { kind: 'child', pid } });
    }
  }
}

/** Kernel threads have no descriptors: it is nothing to us that they do not show any. */
function ofUserProcesses(
  files: KernelFiles,
  refused: readonly FailedReading[],
  processes: DiscoveryInput['processes'],
): readonly FailedReading[] {
  if (refused.length === 0) return refused;
  const others = new Set<string>();
  for (const { pid, isKernelThread } of processes.values())
    if (isKernelThread) others.add(files.proc(`${pid}/fd`));
  return refused.filter(({ path }) => !others.has(path));
}
