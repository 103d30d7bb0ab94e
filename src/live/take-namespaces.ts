/**
 * One look at every namespace of the host: each way to find some in turn, then what the kernel says of all of them, then
 * the join. Apart from the samples of `ps`, because it reads what nothing else shows.
 */
import { type DescriptorScan, descriptorsMeanwhile } from '../../collectors/descriptors.ts';
import { host } from '../../collectors/host.ts';
import { mounts } from '../../collectors/mounts.ts';
import { namespaceDetails } from '../../collectors/namespace-details.ts';
import { namespaceLeaders } from '../../collectors/namespace-leaders.ts';
import { askMeanwhile, namespaceRelations } from '../../collectors/namespace-relations.ts';
import { type CompleteProcessScan, processesTogether } from '../../collectors/processes.ts';
import { isUnknown, known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import { clustersOf, draftsOf } from '../model/build.ts';
import type { HostModel } from '../model/host-model.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { ContainerTree } from '../model/namespace-container.ts';
import { namespaceUsers } from '../model/namespace-users.ts';
import { type NamespaceView, namespaceViews } from '../model/namespace-view.ts';
import type { HostFacts, Sample, SampleNote } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { NamespaceDoors } from '../sys/namespace-door.ts';
import { type Discovery, discoverNamespaces, noteUsers, refusalNotes } from './discover-namespaces.ts';

export interface NamespaceLook {
  readonly takenAtMs: number;
  readonly namespaces: readonly NamespaceView[];
  readonly notes: readonly SampleNote[];
}

/** A sample and its model tell which container is what, and how the host is mounted: that is not looked for again then. */
export interface NamespaceSurroundings {
  readonly sample: Sample;
  readonly model: HostModel;
}

/** Reads every process all the same: samples pass over kernel threads' namespaces and those for children. */
export async function takeNamespaces(
  files: KernelFiles,
  surroundings?: NamespaceSurroundings,
): Promise<NamespaceLook> {
  const doors = new NamespaceDoors();
  try {
    return await take(files, doors, surroundings);
  } finally {
    doors.close();
  }
}

async function take(
  files: KernelFiles,
  doors: NamespaceDoors,
  surroundings: NamespaceSurroundings | undefined,
): Promise<NamespaceLook> {
  const observer = surroundings?.sample.host ?? host.collect(files, undefined);
  const own = known(observer.self.namespaces);
  let listed: Promise<DescriptorScan> | undefined;
  const scan = await processesTogether(
    files,
    {
      types: NAMESPACE_TYPES,
      isComplete: true,
      ownPidNamespace: own?.pid,
      hierarchies: observer.hierarchies,
      // Of whoever serves a container it tells which.
      wantsArgv: surroundings === undefined ? isEngineHelper : () => false,
    },
    (pids) => {
      listed = descriptorsMeanwhile(files, { pids, sockets: true });
    },
  );
  noteUsers(files, scan.processes, doors);
  const answers = askMeanwhile(doors);
  const { mountTables, clusters, containerOfPid } =
    surroundings === undefined ? placed(files, scan.processes, observer) : alreadyPlaced(surroundings);
  const users = namespaceUsers(scan.processes, containerOfPid, clusters.host);
  const [asked, open = { descriptors: [], refused: [] }] = await Promise.all([answers, listed]);
  const { processes, forChildren } = scan;
  const found = discoverNamespaces(files, { processes, forChildren, open, mountTables, doors });
  const relations = namespaceRelations.collect(files, { doors, asked });
  const namespaces = namespaceViews({
    processes: scan.processes,
    users,
    sightings: found.sightings,
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
  const notes = notesOf(scan, found);
  return { takenAtMs: Date.now(), namespaces, notes };
}

/** Who is in which container. */
interface Placed {
  readonly mountTables: Sample['mountTables'];
  readonly clusters: ReturnType<typeof draftsOf>;
  readonly containerOfPid: ReadonlyMap<number, string>;
}

function placed(files: KernelFiles, processes: Sample['processes'], observer: HostFacts): Placed {
  const mountTables = mounts.collect(files, { processes, nowMs: Date.now(), startedAtMs: () => 0 });
  const clusters = draftsOf({ processes, mountTables, host: observer });
  const containerOfPid = new Map<number, string>();
  for (const { key, pids } of clusters.drafts) for (const pid of pids) containerOfPid.set(pid, key);
  return { mountTables, clusters, containerOfPid };
}

function alreadyPlaced({ sample, model }: NamespaceSurroundings): Placed {
  const { mountTables } = sample;
  return { mountTables, clusters: clustersOf(sample), containerOfPid: model.containerOfPid };
}

/** What the whole look suffers from, said once. */
function notesOf({ processes, unnamed }: CompleteProcessScan, found: Discovery): SampleNote[] {
  const notes: SampleNote[] = [];
  const denied = [...processes.values()].filter(({ namespaces }) => isUnknown(namespaces)).length;
  if (denied > 0) {
    notes.push({
      about: 'rights',
      text: `namespaces of ${denied} of ${processes.size} processes may not be read: there may be more of them, and more processes in each; porthole doctor says what is missing`,
    });
  }
  notes.push(...refusalNotes(found));
  if (unnamed > 0) {
    const text = `${unnamed} processes made a pid namespace that has no process yet: the kernel does not show it before`;
    notes.push({ about: 'unnamed', text });
  }
  return notes;
}
