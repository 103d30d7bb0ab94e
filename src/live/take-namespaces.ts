/**
 * One look at every namespace of the host: each way to find some in turn, then what the kernel says of all of them, then
 * the join. Apart from the samples of `ps`, because it reads what nothing else shows.
 */
import { descriptors } from '../../collectors/descriptors.ts';
import { host } from '../../collectors/host.ts';
import { mounts } from '../../collectors/mounts.ts';
import { namespaceBinds } from '../../collectors/namespace-binds.ts';
import { namespaceDetails } from '../../collectors/namespace-details.ts';
import { namespaceLeaders } from '../../collectors/namespace-leaders.ts';
import { namespaceList } from '../../collectors/namespace-list.ts';
import { namespaceRelations } from '../../collectors/namespace-relations.ts';
import { namespaceSockets } from '../../collectors/namespace-sockets.ts';
import { namespaceThreads } from '../../collectors/namespace-threads.ts';
import { type CompleteProcessScan, processes } from '../../collectors/processes.ts';
import { type FailedReading, isUnknown, known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import { clustersOf } from '../model/build.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { ContainerTree } from '../model/namespace-container.ts';
import type { NamespaceSighting } from '../model/namespace-facts.ts';
import { namespaceUsers } from '../model/namespace-users.ts';
import { type NamespaceView, namespaceViews } from '../model/namespace-view.ts';
import type { SampleNote } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { NamespaceDoors } from '../sys/namespace-door.ts';

export interface NamespaceLook {
  readonly takenAtMs: number;
  readonly namespaces: readonly NamespaceView[];
  readonly notes: readonly SampleNote[];
}

export function takeNamespaces(files: KernelFiles): NamespaceLook {
  const doors = new NamespaceDoors();
  try {
    return take(files, doors);
  } finally {
    doors.close();
  }
}

function take(files: KernelFiles, doors: NamespaceDoors): NamespaceLook {
  const observer = host.collect(files, undefined);
  const own = known(observer.self.namespaces);
  const scan = processes.collect(files, {
    types: NAMESPACE_TYPES,
    isComplete: true,
    ownPidNamespace: own?.pid,
    hierarchies: observer.hierarchies,
    wantsArgv: isEngineHelper,
  });
  const sightings: NamespaceSighting[] = [];
  noteProcesses(files, scan, doors, sightings);
  const threads = namespaceThreads.collect(files, scan);
  for (const { type, inode, holder, path } of threads.sightings) {
    doors.note(type, inode, { how: 'link', path });
    sightings.push({ type, inode, holder });
  }
  const open = descriptors.collect(files, { pids: userPids(scan), sockets: true });
  for (const { pid, fd, kind, inode } of open.descriptors) {
    if (kind === 'socket' || pid === process.pid) continue;
    doors.note(kind, inode, { how: 'descriptor', path: files.proc(`${pid}/fd/${fd}`) });
    sightings.push({ type: kind, inode, holder: { kind: 'fd', pid, fd } });
  }
  const sockets = namespaceSockets.collect(files, {
    descriptors: open.descriptors,
    processes: scan.processes,
    doors,
  });
  const unlisted = namespaceList.collect(files, { doors });
  const mountTables = mounts.collect(files, {
    processes: scan.processes,
    nowMs: Date.now(),
    startedAtMs: () => 0,
  });
  const binds = namespaceBinds.collect(files, { processes: scan.processes, mountTables, doors });
  const relations = namespaceRelations.collect(files, { doors });
  const clusters = clustersOf({ processes: scan.processes, mountTables, host: observer });
  const containerOfPid = new Map<number, string>();
  for (const { key, pids } of clusters.drafts) for (const pid of pids) containerOfPid.set(pid, key);
  const users = namespaceUsers(scan.processes, containerOfPid, clusters.host);
  const namespaces = namespaceViews({
    processes: scan.processes,
    users,
    sightings: [...sightings, ...sockets.sightings, ...binds.sightings],
    relations,
    details: namespaceDetails.collect(files, { doors, users, ownUts: own?.uts }),
    leaders: namespaceLeaders.collect(
      files,
      [...users.values()].map(({ leader }) => leader),
    ),
    containerOfPid,
    containers: new ContainerTree(clusters.drafts, scan.processes),
    host: clusters.host,
  });
  const notes = notesOf(scan, [
    ['threads', threads.refused],
    ['descriptors', open.refused],
    ['sockets', sockets.refused],
    ['mount namespaces', binds.refused],
    ['listed namespaces', unlisted],
  ]);
  return { takenAtMs: Date.now(), namespaces, notes };
}

function noteProcesses(
  files: KernelFiles,
  { processes, forChildren }: CompleteProcessScan,
  doors: NamespaceDoors,
  sightings: NamespaceSighting[],
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
  for (const [pid, children] of forChildren) {
    for (const type of ['pid', 'time'] as const) {
      const inode = children[type];
      if (inode === undefined) continue;
      doors.note(type, inode, { how: 'link', path: files.proc(`${pid}/ns/${type}_for_children`) });
      sightings.push({ type, inode, holder: { kind: 'child', pid } });
    }
  }
}

/** Kernel threads have no descriptors; of a process that denies its namespaces there are no others to be had. */
function userPids({ processes }: CompleteProcessScan): number[] {
  return [...processes.values()].filter((facts) => !facts.isKernelThread).map(({ pid }) => pid);
}

/** What the whole look suffers from, said once. */
function notesOf(
  { processes, unnamed }: CompleteProcessScan,
  refusals: readonly (readonly [what: string, readonly FailedReading[]])[],
): SampleNote[] {
  const notes: SampleNote[] = [];
  const denied = [...processes.values()].filter(({ namespaces }) => isUnknown(namespaces)).length;
  if (denied > 0) {
    notes.push({
      about: 'rights',
      text: `namespaces of ${denied} of ${processes.size} processes may not be read: there may be more of them, and more processes in each; porthole doctor says what is missing`,
    });
  }
  for (const [what, refused] of refusals) {
    const [example] = refused;
    if (example === undefined) continue;
    const text = `${what}: ${refused.length} could not be looked into, for example ${example.path}: ${example.errno}`;
    notes.push({ about: what, text });
  }
  if (unnamed > 0) {
    const text = `${unnamed} processes made a pid namespace that has no process yet: the kernel does not show it before`;
    notes.push({ about: 'unnamed', text });
  }
  return notes;
}
