/** What engines' files (or docker's socket) say about containers: asked once. */
import { UNKNOWN_RUNTIME } from '../../collectors/engines/engine.ts';
import { runtimes } from '../../collectors/runtimes.ts';
import { known, type Reading } from '../kernel/reading.ts';
import type { Clusters } from '../model/build.ts';
import type { Draft } from '../model/draft.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { madeForIt } from '../model/ownership.ts';
import type { EngineFacts, Sample } from '../model/sample.ts';
import { askDockerSocket } from '../sys/docker-socket.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

/**
 * By the key of the draft: what engines' files, or docker's socket, say about each of `due`.
 * @param ownMountinfo of /proc/self, for who has read it
 */
export async function askEngines(
  files: KernelFiles,
  due: readonly Draft[],
  clusters: Clusters,
  { processes, mountTables }: Pick<Sample, 'processes' | 'mountTables'>,
  ownMountinfo?: Reading<string>,
): Promise<Map<string, EngineFacts>> {
  const answers = runtimes.collect(files, {
    containers: due.map((draft) => ({
      key: draft.key,
      runtime: draft.vague ? UNKNOWN_RUNTIME : draft.runtime,
      id: draft.id,
      initPid: draft.init?.pid ?? 0,
      initPpid: draft.init?.ppid ?? 0,
      mnt: known(draft.init?.namespaces)?.mnt,
      get ownCgroup() {
        return madeForIt(draft, clusters.places.get(draft), clusters.drafts, processes);
      },
      launcher: launcherElsewhere(draft, clusters, processes),
    })),
    mountTables,
    ...(ownMountinfo !== undefined && { ownMountinfo }),
    claimedIds: new Set(clusters.drafts.flatMap(({ id }) => id ?? [])),
  });
  const nameless = due.filter((draft) => draft.runtime === 'docker' && answers.get(draft.key) === undefined);
  const onSocket = nameless.length > 0 && files.ownProc ? await askDockerSocket() : [];
  const found = new Map<string, EngineFacts>();
  for (const draft of due) {
    const facts = answers.get(draft.key) ?? fromSocket(onSocket, draft);
    if (facts !== undefined) found.set(draft.key, facts);
  }
  return found;
}

/** An engine's helper outside all containers sees its own files: rootless engines and snaps have mounts of their own. */
function launcherElsewhere(draft: Draft, clusters: Clusters, processes: Sample['processes']) {
  const parent = processes.get(draft.init?.ppid ?? -1);
  const inodes = known(parent?.namespaces);
  if (parent === undefined || inodes?.mnt === undefined || inodes.mnt === clusters.host.mnt) return undefined;
  if (inodes.pid !== clusters.host.pid || !isEngineHelper(parent.comm)) return undefined;
  return { pid: parent.pid, mnt: inodes.mnt };
}

function fromSocket(
  listed: Awaited<ReturnType<typeof askDockerSocket>>,
  draft: Draft,
): EngineFacts | undefined {
  const entry = listed.find(({ id }) => id === draft.id);
  if (entry === undefined) return undefined;
  return { runtime: 'docker', id: entry.id, name: entry.name, image: entry.image, source: 'docker socket' };
}
