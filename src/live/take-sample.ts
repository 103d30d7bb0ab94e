/**
 * One look at the host: collectors in the order in which one needs what the other found. Asking for less reads less. A taker
 * that repeats keeps what it can between samples, so that each further one costs what has changed and what is shown.
 */

import { type CounterRequest, RepeatedCounters } from '../../collectors/cgroups.ts';
import { changing } from '../../collectors/host.ts';
import { ProcessTable, type TableScan } from '../../collectors/process-table.ts';
import type { ProcessScanInput } from '../../collectors/processes.ts';
import { SAMPLED } from '../../collectors/sampled.ts';
import { known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { type ClusterFacts, type Clusters, clustersOf, keepClusters } from '../model/build.ts';
import { clustersAfter } from '../model/clusters-after.ts';
import { isEngineHelper } from '../model/launchers.ts';
import { isSameTable } from '../model/mount-table.ts';
import type { EndedProcess, HostFacts, ProcessFacts, Sample } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';
import { keepMallocSmall, type SmallMalloc } from '../sys/malloc.ts';
import { RepeatedFiles } from '../sys/repeated-files.ts';
import { type ArrivalsWatch, startArrivals } from './arrivals.ts';
import type { ArrivalsNews } from './arrivals-looks.ts';
import { EngineNames } from './engine-names.ts';
import { InitAnswers } from './init-answers.ts';
import { ContainerTraffic, JoinedInits, type Sources } from './init-facts.ts';
import { withKeptDrafts } from './keep-drafts.ts';
import { notesOf } from './notes.ts';
import { almostSettleDown } from './small-heaps.ts';
import { startedAtMs } from './started-at.ts';

export interface SampleWants {
  /** False: no counters, hostnames or argv, only which containers there are (`ps -q`, completion). */
  readonly usage: boolean;
  /** False: what only private namespaces set apart is not looked for, which spares six links for most processes. */
  readonly sandboxes: boolean;
  /** Usage of every process as it is now, not only of those that stand for their container. */
  readonly everyProcess?: boolean;
  /** Read also what was read a moment ago, and need not be read again yet: somebody asked, or has just changed the host. */
  readonly anew?: boolean;
}

export interface Repeating {
  /** There will be many samples: counters stay open and processes are looked at by difference. */
  readonly repeats?: boolean;
  /** What the kernel says of who executes and who ends, where it may be asked. Closed with the taker. */
  readonly arrivals?: ArrivalsWatch | undefined;
  /** Closed with the taker. */
  readonly malloc?: SmallMalloc | undefined;
}

interface InitsWanted extends Pick<Sample, 'host' | 'processes'> {
  readonly engines: Sources['engines'];
  readonly wants: SampleWants;
  /** Undefined where nobody tells. */
  readonly executed: ReadonlySet<number> | undefined;
}

type Requests = ReadonlyMap<string, CounterRequest>;

export const EVERYTHING: SampleWants = { usage: true, sandboxes: true };

/** What rules 1 to 3 need of every process; the rest matters only for inits. */
const PLACING: readonly NamespaceType[] = ['mnt', 'pid'];
const OTHERS = NAMESPACE_TYPES.filter((type) => !PLACING.includes(type));
const NONE: ReadonlySet<number> = new Set();
const NOBODY: ReadonlyMap<number, number> = new Map();
const NO_COUNTERS: Sample['counters'] = new Map();
const FIRST_ROUND = { fresh: [], changed: [], isWhole: true, isQuiet: false, isTold: false };

/** For many samples, told of arrivals and ends by the kernel where it may be asked. */
export function repeatedTaker(files: KernelFiles): SampleTaker {
  const malloc = keepMallocSmall();
  const arrivals = startArrivals(files);
  almostSettleDown();
  return new SampleTaker(files, {
    repeats: true,
    arrivals: arrivals.ok ? arrivals.value : undefined,
    malloc,
  });
}

/** Keeps between samples what does not change with every one of them. */
export class SampleTaker {
  readonly files: KernelFiles;
  readonly #repeated: RepeatedFiles | undefined;
  readonly #arrivals: ArrivalsWatch | undefined;
  readonly #malloc: SmallMalloc | undefined;
  readonly #engines: EngineNames;
  readonly #inits: InitAnswers;
  readonly #counters: RepeatedCounters;
  readonly #traffic: ContainerTraffic;
  readonly #joined = new JoinedInits();
  #asked: { readonly clusters: Clusters; readonly requests: Requests } | undefined;
  #standing:
    | { readonly clusters: Clusters; readonly isEndTold: boolean; readonly pids: readonly number[] }
    | undefined;
  #table: { readonly of: ProcessTable; readonly isWithSandboxes: boolean } | undefined;
  #host: HostFacts | undefined;
  #previous: Sample | undefined;
  #left = NOBODY;

  constructor(files: KernelFiles, { repeats = false, arrivals, malloc }: Repeating = {}) {
    this.#arrivals = arrivals;
    this.#malloc = malloc;
    this.#repeated = repeats ? new RepeatedFiles(files.procRoot, files.sysRoot) : undefined;
    this.files = this.#repeated ?? files;
    this.#engines = new EngineNames(this.files);
    this.#inits = new InitAnswers(this.files);
    this.#counters = new RepeatedCounters(this.files);
    this.#traffic = new ContainerTraffic(this.files);
  }

  async take(wants: SampleWants = EVERYTHING): Promise<Sample> {
    const { files } = this;
    this.#repeated?.begin(wants.anew);
    const news = this.#arrivals?.drain();
    const host = this.#hostFacts();
    const scan = await this.#scan(host, wants, news);
    const before = this.#previous;
    const mountTables = SAMPLED.mounts.collect(files, {
      processes: scan.processes,
      ...(before !== undefined && { before: before.mountTables }),
      nowMs: Date.now(),
      startedAtMs: (ticks) => startedAtMs(host, ticks),
    });
    const kept =
      before && clustersStill(before, { processes: scan.processes, mountTables, host }, scan.moved);
    // What was concluded from a map of processes is remembered with it: another conclusion needs another map.
    const isToldAgain = scan.processes === before?.processes;
    const processes = isToldAgain && kept === undefined ? new Map(scan.processes) : scan.processes;
    if (kept !== undefined) keepClusters(processes, kept);
    else if (before !== undefined) {
      const found = clustersOf({ processes, mountTables, host });
      const old = { clusters: clustersOf(before), facts: before };
      const facts = { processes, mountTables };
      keepClusters(processes, withKeptDrafts({ clusters: found, facts }, old));
    }
    const clusters = clustersOf({ processes, mountTables, host });
    const counters = wants.usage ? this.#counters.read(this.#requests(clusters)) : NO_COUNTERS;
    const engines = await this.#engines.of(clusters, { host, processes, mountTables });
    const executed = news?.executed;
    const inits = this.#initFacts(clusters, { host, processes, engines, wants, executed });
    const sample: Sample = {
      takenAtMs: Date.now(),
      clockUsec: Math.round(performance.now() * 1000),
      host,
      processes,
      mountTables,
      counters,
      inits,
      notes: notesOf(host, scan),
      vanished: scan.vanished,
      ...(news !== undefined && { ended: unseen(news.ended, this.#left) }),
    };
    this.#left = scan.left;
    this.#previous = sample;
    return sample;
  }

  /** These processes as they are now, between two samples; without those that have ended. */
  freshen(pids: Iterable<number>): readonly ProcessFacts[] {
    if (this.#table !== undefined) return this.#table.of.freshen(pids);
    return [...pids].flatMap((pid) => this.#previous?.processes.get(pid) ?? []);
  }

  /** Gives back the descriptors that a taker that repeats keeps open. */
  async close(): Promise<void> {
    this.#table?.of.close();
    this.#repeated?.close();
    this.#arrivals?.close();
    this.#malloc?.close();
  }

  #hostFacts(): HostFacts {
    this.#host =
      this.#host === undefined
        ? SAMPLED.host.collect(this.files, undefined)
        : { ...this.#host, ...changing(this.files), bootTimeMs: this.#host.bootTimeMs };
    return this.#host;
  }

  async #scan(host: HostFacts, wants: SampleWants, news: ArrivalsNews | undefined): Promise<TableScan> {
    const input: ProcessScanInput = {
      ...(wants.sandboxes ? { types: NAMESPACE_TYPES } : { types: PLACING, typesAtBorders: OTHERS }),
      ownPidNamespace: known(host.self.namespaces)?.pid,
      hierarchies: host.hierarchies,
      wantsArgv: isEngineHelper,
    };
    if (this.#repeated === undefined)
      return { ...SAMPLED.processes.collect(this.files, input), moved: undefined, left: NOBODY };
    if (this.#table?.isWithSandboxes !== wants.sandboxes) {
      this.#table?.of.close();
      this.#table = { of: new ProcessTable(this.files, input), isWithSandboxes: wants.sandboxes };
      return this.#table.of.round({ ...FIRST_ROUND, nowTicks: nowTicks(host) });
    }
    const fresh = wants.everyProcess === true ? 'all' : this.#standingForContainers(news !== undefined);
    const changed = news === undefined ? NONE : [...news.executed, ...news.exited];
    return this.#table.of.round({
      fresh,
      changed,
      isWhole: news?.overflowed === true || wants.anew === true,
      isQuiet: isQuiet(host, this.#previous?.host),
      isTold: news !== undefined,
      nowTicks: nowTicks(host),
    });
  }

  /** Where no cgroup counts what processes use, all of them; inits too, unless their end would be told. */
  #standingForContainers(isEndTold: boolean): readonly number[] {
    if (this.#previous === undefined) return [];
    const clusters = clustersOf(this.#previous);
    const before = this.#standing;
    if (before?.clusters === clusters && before.isEndTold === isEndTold) return before.pids;
    const { drafts, places } = clusters;
    const pids: number[] = [];
    for (const draft of drafts) {
      const isCounted = (controller: string) =>
        places.get(draft).some(({ own, hierarchy }) => own && hierarchy.controllers.includes(controller)) ===
        true;
      if (['cpuacct', 'cpu'].some(isCounted) && isCounted('memory') && isCounted('pids')) {
        if (draft.init !== undefined && !isEndTold) pids.push(draft.init.pid);
      } else for (const pid of draft.pids) pids.push(pid);
    }
    this.#standing = { clusters, isEndTold, pids };
    return pids;
  }

  #initFacts(clusters: Clusters, wanted: InitsWanted): Sample['inits'] {
    const { wants, engines } = wanted;
    const answers = wants.usage ? this.#answers(clusters, wanted) : undefined;
    const traffic = wants.usage
      ? this.#traffic.of(clusters, (key) => this.#counters.usageFile(key))
      : undefined;
    return this.#joined.join(clusters, { answers, traffic, engines });
  }

  #answers(clusters: Clusters, { host, processes, executed }: InitsWanted) {
    return this.#inits.of(clusters, processes, host, executed);
  }

  #requests(clusters: Clusters): Requests {
    if (this.#asked?.clusters === clusters) return this.#asked.requests;
    const requests = new Map<string, CounterRequest>();
    for (const draft of clusters.drafts) requests.set(draft.key, { places: clusters.places.get(draft) });
    this.#asked = { clusters, requests };
    return requests;
  }
}

/** Those of the sample before, as far as they hold; undefined where all have to be looked at anew. */
function clustersStill(before: Sample, now: ClusterFacts, moved: TableScan['moved']): Clusters | undefined {
  if (moved === undefined || !isSameMounts(now.mountTables, before.mountTables)) return undefined;
  const clusters = clustersOf(before);
  return moved.size === 0 ? clusters : clustersAfter({ clusters, processes: before.processes }, now, moved);
}

/**
 * Without those that the sample before already missed: who ends between the news and the scan is told of one sample late.
 * @param left who had been there in the sample before that, with start times
 */
function unseen(ended: readonly EndedProcess[], left: ReadonlyMap<number, number>): readonly EndedProcess[] {
  return left.size === 0 ? ended : ended.filter(({ facts }) => left.get(facts.pid) !== facts.starttimeTicks);
}

function nowTicks({ uptimeSeconds, clockTicksPerSecond }: HostFacts): number {
  return (known(uptimeSeconds) ?? 0) * clockTicksPerSecond;
}

/** No fork and no exit was counted between the two, for which the kernel's own totals answer. */
function isQuiet(now: HostFacts, before: HostFacts | undefined): boolean {
  const counts = [known(now.forks), known(now.tasks)];
  return (
    !counts.includes(undefined) && counts[0] === known(before?.forks) && counts[1] === known(before?.tasks)
  );
}

function isSameMounts(a: Sample['mountTables'], b: Sample['mountTables']): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [mnt, table] of a) if (!isSameTable(b.get(mnt), table)) return false;
  return true;
}
