/**
 * Joins a sample with the one before it into the model: containers with names, state, usage, rates and limits.
 * Pure: the same sample gives the same model, live, recorded or unpacked from a bundle.
 */

import { toNumber } from '../kernel/count.ts';
import { type Fact, isKnown, isUnknown, known, mapFact } from '../kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { clusterContainers } from './cluster.ts';
import { frozenByOf, stateOf } from './container-state.ts';
import type { Draft } from './draft.ts';
import { endedContainers } from './ended.ts';
import { evidenceOf } from './evidence.ts';
import type { Container, HostModel } from './host-model.ts';
import { hostNamespaces } from './host-namespaces.ts';
import { isZombie } from './init-choice.ts';
import { idOf, nameOf } from './names.ts';
import { type CgroupPlace, cgroupOf, LazyPlaces, type Places } from './ownership.ts';
import type {
  CgroupCounters,
  EngineFacts,
  HostFacts,
  InitFacts,
  NamespaceInodes,
  ObserverFacts,
  ProcessFacts,
  Sample,
} from './sample.ts';
import { depthOf, innermostOf, inTreeOrder } from './tree-order.ts';
import { cpuOf, ioOf, memoryOf, netOf, pidsOf, pressureOf } from './usage.ts';

/** Which containers there are, before their counters are known: what the sampler needs to know what to read. */
export interface Clusters {
  readonly drafts: readonly Draft[];
  readonly places: Places;
  readonly host: NamespaceInodes;
}

/** What of a sample decides which containers there are. */
export interface ClusterFacts extends Pick<Sample, 'processes' | 'mountTables'> {
  readonly host: Pick<HostFacts, 'hierarchies'> & {
    readonly self: Pick<ObserverFacts, 'namespaces' | 'ownProc'>;
  };
}

const clustersOfSample = new WeakMap<ReadonlyMap<number, ProcessFacts>, Clusters>();

/** Computed once per sample, though both the sampler and `buildModel` ask. */
export function clustersOf({ processes, mountTables, host }: ClusterFacts): Clusters {
  const seen = clustersOfSample.get(processes);
  if (seen !== undefined) return seen;
  const found = draftsOf({ processes, mountTables, host });
  const clusters = { ...found, places: new LazyPlaces(found.drafts, processes, host.hierarchies) };
  clustersOfSample.set(processes, clusters);
  return clusters;
}

/** The same for those who do not ask for cgroups. */
export function draftsOf({ processes, mountTables, host }: ClusterFacts): Omit<Clusters, 'places'> {
  const namespaces = hostNamespaces(processes, host.self);
  return { drafts: clusterContainers({ processes, mountTables, host: namespaces }), host: namespaces };
}

/** When nothing that places processes has changed since `clusters` were found: they hold for these processes as well. */
export function keepClusters(processes: ReadonlyMap<number, ProcessFacts>, clusters: Clusters): void {
  clustersOfSample.set(processes, clusters);
}

export function buildModel(sample: Sample, previous?: Sample): HostModel {
  const clusters = clustersOf(sample);
  const living = livingContainers(clusters, sample, previous);
  const ended = endedBetween(sample, previous, living);
  const hostCpuRatio = hostCpu(sample, previous);
  return {
    takenAtMs: sample.takenAtMs,
    host: sample.host,
    ...(hostCpuRatio !== undefined && { hostCpuRatio }),
    containers: ended.length === 0 ? living : [...living, ...ended],
    processes: sample.processes,
    containerOfPid: innermostOf(clusters.drafts),
    notes: sample.notes,
    vanished: sample.vanished,
  };
}

/** All containers as they were built together. */
interface Round {
  /** The last one of which it is true. */
  sample: Sample;
  /** Had nothing moved in any of them since the sample before? */
  isStill: boolean;
  containers: readonly Container[];
}

const roundOf = new WeakMap<Clusters, Round>();

/** The very same array as long as nothing moves anywhere. */
function livingContainers(
  clusters: Clusters,
  sample: Sample,
  previous: Sample | undefined,
): readonly Container[] {
  const { drafts, places, host } = clusters;
  const last = roundOf.get(clusters);
  if (last?.isStill === true && last.sample === previous && isQuiet(sample, previous)) {
    last.sample = sample;
    return last.containers;
  }
  const round: Round = { sample, isStill: true, containers: [] };
  const containers = inTreeOrder(drafts).map((draft) =>
    containerFrom(draft, places.get(draft), host, round, previous),
  );
  round.containers = withSharedPods(containers, host);
  roundOf.set(clusters, round);
  return round.containers;
}

/** Whoever reads them again and finds nothing new gives what was given before. */
function isQuiet(now: Sample, before: Sample): boolean {
  return (
    now.counters === before.counters &&
    now.inits === before.inits &&
    now.processes === before.processes &&
    now.host.memTotalBytes === before.host.memTotalBytes
  );
}

/** What stays as it is while neither the processes nor what is known of their names change. */
interface Settled {
  readonly draft: Draft;
  readonly engine: EngineFacts | undefined;
  readonly hostname: Fact<string>;
  readonly environContainer: Fact<string>;
  readonly named: ReturnType<typeof nameOf>;
  readonly pids: readonly number[];
  readonly pod: Container['pod'];
  readonly startedAt: string;
  readonly depth: number;
  readonly privateNamespaces: Container['privateNamespaces'];
  readonly cgroup: Container['cgroup'];
  readonly evidence: readonly string[];
}

const settledOf = new WeakMap<Draft, Settled>();

function settle(
  draft: Draft,
  init: ProcessFacts,
  places: readonly CgroupPlace[],
  host: NamespaceInodes,
  sample: Sample,
): Settled {
  const { engine, hostname, environContainer } = sample.inits.get(draft.key) ?? {};
  const before = settledOf.get(draft);
  const isSame =
    before?.engine === engine &&
    before?.hostname === hostname &&
    before?.environContainer === environContainer;
  if (before !== undefined && isSame) return before;
  const settled: Settled = {
    draft,
    engine,
    hostname,
    environContainer,
    named: nameOf(draft, engine, sample),
    pids: [...draft.pids].sort((a, b) => a - b),
    pod: podOf(draft, engine),
    startedAt: startedAt(init, sample),
    depth: depthOf(draft),
    privateNamespaces: privateNamespaces(init, host),
    cgroup: cgroupOf(draft, places, sample.host.cgroupMode),
    evidence: evidenceOf(draft, host, sample),
  };
  settledOf.set(draft, settled);
  return settled;
}

function endedBetween(
  sample: Sample,
  previous: Sample | undefined,
  living: readonly Container[],
): readonly Container[] {
  if (sample.ended === undefined || sample.ended.length === 0) return [];
  const before = previous === undefined ? [] : clustersOf(previous).drafts;
  const { host } = clustersOf(sample);
  return endedContainers(sample.ended, sample, host, living, new Set(before.map(({ key }) => key)));
}

function containerFrom(
  draft: Draft,
  places: readonly CgroupPlace[],
  host: NamespaceInodes,
  round: Round,
  previous: Sample | undefined,
): Container {
  const { sample } = round;
  // The draft may be older than the sample.
  const init = draft.init && (sample.processes.get(draft.init.pid) ?? draft.init);
  if (init === undefined) throw new Error(`container ${draft.key} has no init process`);
  const kept = settle(draft, init, places, host, sample);
  const before = builtFrom.get(draft);
  const isStill = previous !== undefined && isStanding(draft, init, sample, previous);
  if (!isStill) round.isStill = false;
  if (isStill && before?.round.sample === previous && before.settled === kept && before.isStill) {
    before.round = round;
    return before.container;
  }
  const container = freshContainer(draft, init, kept, sample, previous);
  builtFrom.set(draft, { round, settled: kept, isStill, container });
  return container;
}

/** A container as it was built, and whether nothing had moved since the sample before. */
interface Built {
  /** The last in which it was. */
  round: Round;
  readonly settled: Settled;
  readonly isStill: boolean;
  readonly container: Container;
}

const builtFrom = new WeakMap<Draft, Built>();

/**
 * Did none of its counters move between the two? Twice in a row, all its rates are 0 and it is what it was: the very same
 * object, which whoever shows it need not look at again.
 */
function isStanding(draft: Draft, init: ProcessFacts, sample: Sample, previous: Sample): boolean {
  const now = sample.counters.get(draft.key);
  const then = previous.counters.get(draft.key);
  if (now === undefined || then === undefined || sample.host.memTotalBytes !== previous.host.memTotalBytes)
    return false;
  return (
    isCounted(now) &&
    (now === then || COUNTED_PARTS.every((part) => now[part] === then[part])) &&
    isSameInit(sample.inits.get(draft.key), previous.inits.get(draft.key)) &&
    (sample.processes === previous.processes || isSameProcess(init, previous))
  );
}

const COUNTED_PARTS = ['cpu', 'memory', 'io', 'pids', 'freezer', 'pressure'] as const;

/** By its cgroups alone, not by its processes. */
function isCounted({ cpu, memory, io, pids }: CgroupCounters): boolean {
  return (
    cpu.usageUsec !== undefined &&
    memory.currentBytes !== undefined &&
    io.readBytes !== undefined &&
    pids.current !== undefined
  );
}

function isSameProcess(init: ProcessFacts, { processes }: Sample): boolean {
  const before = processes.get(init.pid);
  return isZombie(init) === isZombie(before ?? init) && init.namespaces === before?.namespaces;
}

function isSameInit(now: InitFacts | undefined, then: InitFacts | undefined): boolean {
  if (now === then) return true;
  const net = known(now?.net);
  const before = known(then?.net);
  return (
    now?.argv === then?.argv &&
    net?.rxBytes === before?.rxBytes &&
    net?.txBytes === before?.txBytes &&
    isUnknown(now?.net) === isUnknown(then?.net)
  );
}

function freshContainer(
  draft: Draft,
  init: ProcessFacts,
  { engine, named, pids, pod, ...settled }: Settled,
  sample: Sample,
  previous: Sample | undefined,
): Container {
  const initFacts = sample.inits.get(draft.key);
  const counters = sample.counters.get(draft.key);
  const members = draft.pids.flatMap((pid) => sample.processes.get(pid) ?? []);
  const context = { draft, counters, initFacts, members, sample, previous };
  const id = idOf(draft, named, engine);
  const net = netOf(context);
  const pressure = pressureOf(counters);
  const frozenBy = frozenByOf(settled.cgroup, counters?.freezer);
  return {
    key: draft.key,
    name: named.name,
    runtime: named.runtime,
    ...(id !== undefined && { id }),
    kind: kindOf(draft, init, engine),
    ...(engine?.image !== undefined && { image: engine.image }),
    ...(engine?.labels !== undefined && { labels: engine.labels }),
    initPid: init.pid,
    initStarttimeTicks: init.starttimeTicks,
    pids,
    ...(draft.parent !== undefined && { parent: draft.parent.key }),
    ...(pod !== undefined && { pod }),
    state: stateOf(init, counters?.freezer),
    ...(frozenBy !== undefined && { frozenBy }),
    startedAt: settled.startedAt,
    hostname: initFacts?.hostname,
    command: mapFact(initFacts?.argv, (argv) => (argv.length === 0 ? `[${init.comm}]` : argv.join(' '))),
    argv: initFacts?.argv,
    depth: settled.depth,
    namespaces: init.namespaces,
    privateNamespaces: settled.privateNamespaces,
    cgroup: settled.cgroup,
    cpu: cpuOf(context),
    memory: memoryOf(context),
    io: ioOf(context),
    ...pidsOf(context),
    ...(pressure !== undefined && { pressure }),
    ...(net !== undefined && { net }),
    evidence: settled.evidence,
    nameSource: named.source,
  };
}

function startedAt(init: ProcessFacts, { host }: Sample): string {
  return new Date(host.bootTimeMs + (init.starttimeTicks * 1000) / host.clockTicksPerSecond).toISOString();
}

function privateNamespaces(init: ProcessFacts, host: NamespaceInodes): Fact<readonly NamespaceType[]> {
  return mapFact(init.namespaces, (inodes) =>
    NAMESPACE_TYPES.filter(
      (type) => inodes[type] !== undefined && host[type] !== undefined && inodes[type] !== host[type],
    ),
  );
}

function podOf(draft: Draft, engine: EngineFacts | undefined): Container['pod'] {
  const id = draft.pod ?? engine?.pod?.id;
  if (id === undefined) return undefined;
  const { name, namespace } = engine?.pod ?? {};
  return { id, ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) };
}

/** A root of its own and an engine that knows it: a container that shares the host's pid namespace. */
function kindOf(draft: Draft, init: ProcessFacts, engine: EngineFacts | undefined): Container['kind'] {
  if (engine?.isPodSandbox ?? isPause(draft, init)) return 'pod-sandbox';
  return draft.kind === 'jail' && draft.vague && engine !== undefined ? 'container' : draft.kind;
}

/**
 * The container that only holds a pod's namespaces open: `pause` of Kubernetes, catatonit alone in podman's infra
 * container. With a child, catatonit is the init that `podman run --init` puts in.
 */
function isPause(draft: Draft, init: ProcessFacts): boolean {
  if (draft.pod === undefined || draft.mark === undefined) return false;
  return init.comm === 'pause' || (init.comm === 'catatonit' && draft.pids.length === 1);
}

/** A container whose cgroup and engine do not tell its pod is in that of the sandbox beside it with its net namespace. */
function withSharedPods(containers: readonly Container[], host: NamespaceInodes): readonly Container[] {
  const sandboxes = new Map<number, Container>();
  for (const each of containers) {
    const net = known(each.namespaces)?.net;
    if (each.kind === 'pod-sandbox' && net !== undefined && net !== host.net) sandboxes.set(net, each);
  }
  if (sandboxes.size === 0) return containers;
  return containers.map((each) => {
    const sandbox = sandboxes.get(known(each.namespaces)?.net ?? 0);
    const isBeside = sandbox !== undefined && sandbox.parent === each.parent;
    return each.pod === undefined && isBeside && sandbox.pod !== undefined
      ? { ...each, pod: sandbox.pod }
      : each;
  });
}

function hostCpu(sample: Sample, previous: Sample | undefined): number | undefined {
  const now = sample.host.cpuTicks;
  const before = previous?.host.cpuTicks;
  if (!isKnown(now) || before === undefined || isUnknown(before)) return undefined;
  const total = toNumber(now.total) - toNumber(before.total);
  return total > 0 ? Math.min(1, Math.max(0, (now.busy - before.busy) / total)) : undefined;
}
