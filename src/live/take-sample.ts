/**
 * One look at the host: collectors in the order in which one needs what the other found. Asking for less reads less.
 */
import { UNKNOWN_RUNTIME } from '../../collectors/engines/engine.ts';
import { changing } from '../../collectors/host.ts';
import { COLLECTORS } from '../../collectors/index.ts';
import type { ProcessScan } from '../../collectors/processes.ts';
import { isUnknown, known } from '../kernel/reading.ts';
import { decodeCapabilities } from '../kernel/tables/capabilities.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../kernel/tables/namespaces.ts';
import { type Clusters, clustersOf } from '../model/build.ts';
import type { Draft } from '../model/draft.ts';
import { isEngineHelper } from '../model/launchers.ts';
import type { EngineFacts, HostFacts, InitFacts, Sample, SampleNote } from '../model/sample.ts';
import { askDockerSocket } from '../sys/docker-socket.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

export interface SampleWants {
  /** False: no counters, hostnames or argv, only which containers there are (`ps -q`, completion). */
  readonly usage: boolean;
  /** False: what only private namespaces set apart is not looked for, which spares six links for most processes. */
  readonly sandboxes: boolean;
}

export const EVERYTHING: SampleWants = { usage: true, sandboxes: true };

/** What rules 1 to 3 need of every process; the rest matters only for inits. */
const PLACING: readonly NamespaceType[] = ['mnt', 'pid'];
const OTHERS = NAMESPACE_TYPES.filter((type) => !PLACING.includes(type));

/** Keeps between samples what does not change with every one of them. */
export class SampleTaker {
  #host: HostFacts | undefined;
  #previous: Sample | undefined;
  #engines = new Map<string, EngineAnswer>();

  constructor(readonly files: KernelFiles) {}

  async take(wants: SampleWants = EVERYTHING): Promise<Sample> {
    const { files } = this;
    const host = this.#hostFacts();
    const scan = COLLECTORS.processes.collect(files, {
      ...(wants.sandboxes ? { types: NAMESPACE_TYPES } : { types: PLACING, typesAtBorders: OTHERS }),
      ownPidNamespace: known(host.self.namespaces)?.pid,
      hierarchies: host.hierarchies,
      wantsArgv: isEngineHelper,
    });
    const before = this.#previous?.mountTables;
    const mountTables = COLLECTORS.mounts.collect(files, {
      processes: scan.processes,
      ...(before !== undefined && { before }),
      nowMs: Date.now(),
      startedAtMs: (ticks) => startedAtMs(host, ticks),
    });
    const clusters = clustersOf({ processes: scan.processes, mountTables, host });
    const requests = new Map(
      clusters.drafts.map((draft) => [draft.key, { places: clusters.places.get(draft) ?? [] }]),
    );
    const counters = wants.usage ? COLLECTORS.cgroups.collect(files, requests) : new Map();
    const engines = await this.#enginesOf(clusters, host, scan.processes, mountTables);
    const inits = initFacts(files, clusters, host, engines, wants);
    const sample: Sample = {
      takenAtMs: Date.now(),
      clockUsec: Math.round(performance.now() * 1000),
      host,
      processes: scan.processes,
      mountTables,
      counters,
      inits,
      notes: notesOf(host, scan),
      vanished: scan.vanished,
    };
    this.#previous = sample;
    return sample;
  }

  #hostFacts(): HostFacts {
    this.#host =
      this.#host === undefined
        ? COLLECTORS.host.collect(this.files, undefined)
        : { ...this.#host, ...changing(this.files), bootTimeMs: this.#host.bootTimeMs };
    return this.#host;
  }

  /** Asked again while a container is young and nameless, and now and then later: engines write late, and rename. */
  async #enginesOf(
    clusters: Clusters,
    host: HostFacts,
    processes: Sample['processes'],
    mountTables: Sample['mountTables'],
  ): Promise<Map<string, EngineFacts | undefined>> {
    const nowMs = Date.now();
    const due = this.#dueForEngines(clusters.drafts, host, nowMs);
    const answers = COLLECTORS.runtimes.collect(this.files, {
      containers: due.map((draft) => ({
        key: draft.key,
        runtime: draft.vague ? UNKNOWN_RUNTIME : draft.runtime,
        id: draft.id,
        initPid: draft.init?.pid ?? 0,
        initPpid: draft.init?.ppid ?? 0,
        mnt: known(draft.init?.namespaces)?.mnt,
        ownCgroup: clusters.places.get(draft)?.find((place) => place.own)?.path,
        launcher: launcherElsewhere(draft, clusters, processes),
      })),
      mountTables,
      claimedIds: new Set(clusters.drafts.flatMap(({ id }) => id ?? [])),
    });
    const nameless = due.filter(
      (draft) => draft.runtime === 'docker' && answers.get(draft.key) === undefined,
    );
    const onSocket = nameless.length > 0 && this.files.ownProc ? await askDockerSocket() : [];
    const asked = new Set(due);
    const current = new Map<string, EngineAnswer>();
    for (const draft of clusters.drafts) {
      const key = engineKey(draft);
      const old = this.#engines.get(key);
      const facts = asked.has(draft) ? (answers.get(draft.key) ?? fromSocket(onSocket, draft)) : undefined;
      const askedAtMs = asked.has(draft) ? nowMs : (old?.askedAtMs ?? nowMs);
      current.set(key, { facts: facts ?? old?.facts, askedAtMs });
    }
    this.#engines = current;
    return new Map(clusters.drafts.map((draft) => [draft.key, current.get(engineKey(draft))?.facts]));
  }

  #dueForEngines(drafts: readonly Draft[], host: HostFacts, nowMs: number): Draft[] {
    const fresh: Draft[] = [];
    const stale: Draft[] = [];
    for (const draft of drafts) {
      const answer = this.#engines.get(engineKey(draft));
      const ageMs = nowMs - startedAtMs(host, draft.init?.starttimeTicks ?? 0);
      if (answer === undefined || (answer.facts === undefined && ageMs < YOUNG_MS)) fresh.push(draft);
      else if (nowMs - answer.askedAtMs > ASK_AGAIN_AFTER_MS) stale.push(draft);
    }
    return [...fresh, ...stale.slice(0, MOST_STALE_PER_SAMPLE)];
  }
}

interface EngineAnswer {
  readonly facts: EngineFacts | undefined;
  readonly askedAtMs: number;
}

const YOUNG_MS = 15_000;
const ASK_AGAIN_AFTER_MS = 60_000;
const MOST_STALE_PER_SAMPLE = 10;

function startedAtMs({ bootTimeMs, clockTicksPerSecond }: HostFacts, ticks: number): number {
  return bootTimeMs + (ticks * 1000) / clockTicksPerSecond;
}

/** An engine's helper outside all containers sees its own files: rootless engines and snaps have mounts of their own. */
function launcherElsewhere(draft: Draft, clusters: Clusters, processes: Sample['processes']) {
  const parent = processes.get(draft.init?.ppid ?? -1);
  const inodes = known(parent?.namespaces);
  if (parent === undefined || inodes?.mnt === undefined || inodes.mnt === clusters.host.mnt) return undefined;
  if (inodes.pid !== clusters.host.pid || !isEngineHelper(parent.comm)) return undefined;
  return { pid: parent.pid, mnt: inodes.mnt };
}

/** A container that was restarted under the same id is asked about again. */
function engineKey(draft: Draft): string {
  return `${draft.key} ${draft.init?.pid} ${draft.init?.starttimeTicks}`;
}

function fromSocket(
  listed: Awaited<ReturnType<typeof askDockerSocket>>,
  draft: Draft,
): EngineFacts | undefined {
  const entry = listed.find(({ id }) => id === draft.id);
  if (entry === undefined) return undefined;
  return { runtime: 'docker', id: entry.id, name: entry.name, image: entry.image, source: 'docker socket' };
}

function initFacts(
  files: KernelFiles,
  clusters: Clusters,
  host: HostFacts,
  engines: ReadonlyMap<string, EngineFacts | undefined>,
  wants: SampleWants,
): Map<string, InitFacts> {
  const withInit = clusters.drafts.flatMap((draft) =>
    draft.init === undefined ? [] : [{ draft, init: draft.init }],
  );
  const read = wants.usage
    ? COLLECTORS.inits.collect(files, {
        questions: withInit.map(({ draft, init }) => ({
          key: draft.key,
          init,
          pids: draft.pids,
          wantsEnviron: draft.mark === undefined,
          wantsProcessIo: clusters.places.get(draft)?.some((place) => place.own) !== true,
        })),
        host: clusters.host,
        hostname: host.hostname,
      })
    : new Map<string, InitFacts>();
  const nothing: InitFacts = {
    argv: undefined,
    hostname: undefined,
    environContainer: undefined,
    net: undefined,
  };
  const found = new Map<string, InitFacts>();
  for (const { draft } of withInit) {
    const engine = engines.get(draft.key);
    const facts = read.get(draft.key) ?? nothing;
    found.set(draft.key, engine === undefined ? facts : { ...facts, engine });
  }
  return found;
}

/** What the whole sample suffers from, said once. */
function notesOf(host: HostFacts, { processes, refused }: ProcessScan): SampleNote[] {
  const notes: SampleNote[] = [];
  const [example] = refused;
  if (example !== undefined) {
    const text = `${refused.length} processes could not be read, for example ${example.path}: ${example.errno}`;
    notes.push({ about: 'refused', text });
  }
  const users = [...processes.values()].filter((facts) => !facts.isKernelThread);
  const denied = users.filter((facts) => isUnknown(facts.namespaces)).length;
  if (denied * 2 > users.length) {
    notes.push({
      about: 'rights',
      text: `namespaces of ${denied} of ${users.length} processes may not be read: porthole doctor says what is missing and why`,
    });
  }
  const { hidepid, subsetPid } = host.self.procOptions;
  // It hides nothing from CAP_SYS_PTRACE.
  const seesAll = decodeCapabilities(host.self.effectiveCapabilities).includes('CAP_SYS_PTRACE');
  if (hidepid !== 'off' && !seesAll) {
    const visible = [...processes.values()].reduce((sum, facts) => sum + facts.threads, 0);
    const tasks = known(host.tasks);
    const hidden =
      tasks === undefined ? '' : `, which hides ${Math.max(0, tasks - visible)} of ${tasks} tasks`;
    notes.push({ about: 'hidepid', text: `/proc is mounted with hidepid=${hidepid}${hidden}` });
  }
  if (subsetPid)
    notes.push({ about: 'subset', text: '/proc is mounted with subset=pid: host totals cannot be read' });
  if (host.hierarchies.length === 0) {
    notes.push({
      about: 'cgroup',
      text: 'no cgroup file system is mounted: usage and limits come from processes alone',
    });
  }
  if (isUnknown(host.self.namespaces)) {
    notes.push({ about: 'namespaces', text: `${host.self.namespaces.path}: ${host.self.namespaces.errno}` });
  }
  return notes;
}
