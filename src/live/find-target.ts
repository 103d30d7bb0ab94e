/**
 * Finding one container by a TARGET, for commands that act on it: in far less time than a sample takes, and with the same
 * answer. Every container is found and named as in the whole model, for a name can mean any of them; all that is known
 * besides is read of the one that is meant, when it is asked for.
 */
import { freezerIn } from '../../collectors/freezer.ts';
import { type HostAround, hostAround, ownMounts, ownNamespaces } from '../../collectors/host.ts';
import { inits } from '../../collectors/inits.ts';
import { tablesWhenAsked } from '../../collectors/mounts.ts';
import { namespaces } from '../../collectors/namespaces.ts';
import { processesTogether } from '../../collectors/processes.ts';
import { type Fact, isKnown, known } from '../kernel/reading.ts';
import { type ClusterFacts, type Clusters, clustersOf } from '../model/build.ts';
import { candidatesOf, type NamedDraft } from '../model/candidates.ts';
import { frozenByOf, stateOf } from '../model/container-state.ts';
import type { ContainerState, ContainerTarget } from '../model/host-model.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { isNamedByInit, type NamingFacts } from '../model/names.ts';
import { cgroupOf } from '../model/ownership.ts';
import type { FreezerFacts, NamespaceInodes, ProcessFacts } from '../model/sample.ts';
import { resolveTarget } from '../model/target.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { askEngines } from './ask-engines.ts';
import { FINDER_LINKS } from './finder-links.ts';

export interface FoundTarget {
  readonly container: ContainerTarget;
  /** `hierarchies` says where the paths of `container.cgroup` are mounted. */
  readonly host: HostAround;
}

export interface TargetFinder {
  /** @throws {TargetError} when nothing fits, or when several containers do: its message lists them */
  find(word: string): FoundTarget;
}

/**
 * The container that `word` means, as CONTRACT has it: a name, an id or four and more characters of its start, a host pid, a
 * cgroup path, or a namespace. Whoever acts on it holds its init by pidfd and start time first (`initPid`, `initStarttimeTicks`).
 * @throws {TargetError} as `TargetFinder.find`
 */
export async function findTarget(files: KernelFiles, word: string): Promise<FoundTarget> {
  return (await targetFinder(files)).find(word);
}

type Found = ReadonlyMap<number, ProcessFacts>;

/** Those of the other types are read where a word names a namespace. */
function allNamespaces(files: KernelFiles, { pid, namespaces: seen }: ProcessFacts): Fact<NamespaceInodes> {
  if (!isKnown(seen)) return seen;
  return { ...known(namespaces.collect(files, pid)), ...seen };
}

/** For several words and one look at the host. */
export async function targetFinder(files: KernelFiles): Promise<TargetFinder> {
  const mounts = ownMounts(files);
  let own: Fact<NamespaceInodes> | undefined;
  const ownIn = (found: Found) => {
    own ??= ownNamespaces(files, found);
    return own;
  };
  const input = {
    ...FINDER_LINKS,
    ownPidNamespace: (found: Found) => known(ownIn(found))?.pid,
    hierarchies: mounts.hierarchies,
    wantsArgv: isEngineHelper,
    isArgvLate: true,
  };
  // Somebody who waits for a name is given both processors.
  const { processes } = await processesTogether(files, input, () => undefined);
  const host = hostAround(files, mounts, ownIn(processes));
  const facts = { host, processes, mountTables: tablesWhenAsked(files, processes) };
  const clusters = clustersOf(facts);
  const names = await namesOf(files, clusters, facts);
  const candidates = candidatesOf(clusters, { ...facts, inits: names }, (init) => allNamespaces(files, init));
  return {
    find: (word) => ({
      container: new FoundContainer(files, { host, processes }, resolveTarget(candidates, word)),
      host,
    }),
  };
}

/** What engines say of every container, and inits of those whose name or runtime nothing else tells. */
async function namesOf(
  files: KernelFiles,
  clusters: Clusters,
  facts: ClusterFacts & { readonly host: HostAround },
): Promise<NamingFacts['inits']> {
  const { drafts, host } = clusters;
  const engines = await askEngines(files, drafts, clusters, facts, facts.host.ownMountinfo);
  const answers = inits.collect(files, {
    questions: drafts.flatMap((draft) => {
      const { key, mark, init } = draft;
      if (init === undefined || !isNamedByInit(draft, engines.get(key))) return [];
      return { key, init, wantsEnviron: mark === undefined, wantsArgv: false };
    }),
    host,
    hostname: () => facts.host.hostname,
  });
  return new Map(
    drafts.map(({ key }) => {
      const { hostname, environContainer } = answers.get(key) ?? {};
      const engine = engines.get(key);
      return [key, { hostname, environContainer, ...(engine !== undefined && { engine }) }];
    }),
  );
}

type Seen = Pick<ClusterFacts, 'processes'> & { readonly host: HostAround };

/** As `porthole inspect` has it. */
class FoundContainer implements ContainerTarget {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly initPid: number;
  readonly initStarttimeTicks: number;
  readonly #named: NamedDraft;
  readonly #files: KernelFiles;
  readonly #seen: Seen;
  #cgroup: ContainerTarget['cgroup'] | undefined;
  #freezer: FreezerFacts | undefined;

  constructor(files: KernelFiles, seen: Seen, named: NamedDraft) {
    this.key = named.key;
    this.name = named.name;
    this.runtime = named.runtime;
    if (named.id !== undefined) this.id = named.id;
    this.initPid = named.init.pid;
    this.initStarttimeTicks = named.init.starttimeTicks;
    this.#named = named;
    this.#files = files;
    this.#seen = seen;
  }

  get pids(): readonly number[] {
    return [...this.#named.draft.pids].sort((a, b) => a - b);
  }

  get starttimes(): ReadonlyMap<number, number> {
    const { processes } = this.#seen;
    const members = this.#named.draft.pids.flatMap((pid) => processes.get(pid) ?? []);
    return new Map(members.map(({ pid, starttimeTicks }) => [pid, starttimeTicks]));
  }

  get cgroup(): ContainerTarget['cgroup'] {
    this.#cgroup ??= cgroupOf(this.#named.draft, this.#named.places, this.#seen.host.cgroupMode);
    return this.#cgroup;
  }

  get state(): ContainerState {
    return stateOf(this.#named.init, this.#freezerFacts());
  }

  get frozenBy(): string | undefined {
    return frozenByOf(this.cgroup, this.#freezerFacts());
  }

  /** As it was when somebody asked first. */
  #freezerFacts(): FreezerFacts {
    this.#freezer ??= freezerIn(this.#files, this.#named.places);
    return this.#freezer;
  }
}
