/**
 * Containers all of whose processes came and went between two samples, from what the process connector told. The same
 * rules find them as find the living, on the ended processes together with those still there. Pure.
 */
import { known, mapFact } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import { clusterContainers, isOfHost } from './cluster.ts';
import type { Draft } from './draft.ts';
import { evidenceOf } from './evidence.ts';
import type { Container } from './host-model.ts';
import { isPidInit } from './init-choice.ts';
import { nameOf } from './names.ts';
import type { EndedProcess, NamespaceInodes, ProcessFacts, Sample } from './sample.ts';

/**
 * @param namespaces the host's
 * @param living those of the same sample: what ended in one of them is no container of its own
 * @param before keys of those of the sample before: they did not come between the two
 */
export function endedContainers(
  ended: readonly EndedProcess[],
  sample: Sample,
  namespaces: NamespaceInodes,
  living: readonly Container[],
  before: ReadonlySet<string> = new Set(),
): Container[] {
  if (ended.length === 0) return [];
  const { processes, mountTables } = sample;
  // Pids that were used again since belong to who is there now.
  const byPid = new Map(
    ended.flatMap((each) => (processes.has(each.facts.pid) ? [] : [[each.facts.pid, each]])),
  );
  const endedFacts = [...byPid.values()].map(({ facts }) => facts);
  const everybody = new Map(processes);
  for (const facts of endedFacts) everybody.set(facts.pid, facts);
  // On most hosts, all of them most of the time.
  if (endedFacts.every((facts) => isOfHost(facts, { processes: everybody, mountTables, host: namespaces })))
    return [];
  const drafts = new Map<string, Draft>();
  for (const wave of wavesOf(endedFacts, namespaces.pid)) {
    const input = { processes: withSurroundings(wave, everybody, byPid), mountTables, host: namespaces };
    for (const draft of clusterContainers(input)) if (!drafts.has(draft.key)) drafts.set(draft.key, draft);
  }
  const isListed = new Set(living.map(({ key }) => key));
  return [...drafts.values()].flatMap((draft) => {
    const init = draft.init;
    const last = init && byPid.get(init.pid);
    const isOver = draft.pids.every((pid) => byPid.has(pid));
    if (
      init === undefined ||
      last === undefined ||
      !isOver ||
      isListed.has(draft.key) ||
      before.has(draft.key)
    )
      return [];
    return [containerFrom(draft, init, last, sample, namespaces, isListed)];
  });
}

/**
 * The kernel gives the inode of a namespace that has ended to the next one made: containers that ran one after the other
 * then look like one. The init of a pid namespace is always the last in it to end.
 * @param ended in the order in which they ended
 */
function wavesOf(ended: readonly ProcessFacts[], hostPid: number | undefined): ProcessFacts[][] {
  const waves: ProcessFacts[][] = [[]];
  const over = new Map<number, number>();
  for (const facts of ended) {
    const namespace = known(facts.namespaces)?.pid;
    const wave = namespace === undefined || namespace === hostPid ? 0 : (over.get(namespace) ?? 0);
    waves[wave] = [...(waves[wave] ?? []), facts];
    if (namespace !== undefined && isPidInit(facts)) over.set(namespace, wave + 1);
  }
  return waves;
}

/**
 * With what is above them, and with those who still live in a pid namespace that none of them was the init of, or in the
 * mounts of one of them: what runc forks on its way in ends at once, and the container it made goes on.
 */
function withSurroundings(
  wave: readonly ProcessFacts[],
  everybody: ReadonlyMap<number, ProcessFacts>,
  ended: ReadonlyMap<number, EndedProcess>,
): Map<number, ProcessFacts> {
  const found = new Map(wave.map((facts) => [facts.pid, facts]));
  const inodes = wave.map((facts) => known(facts.namespaces));
  // The inode of a namespace whose init has ended may be that of another one by now.
  const over = new Set(wave.filter(isPidInit).map((facts) => known(facts.namespaces)?.pid));
  const near = {
    pid: new Set(inodes.map((each) => each?.pid).filter((inode) => !over.has(inode))),
    mnt: new Set(inodes.map((each) => each?.mnt)),
  };
  for (const facts of everybody.values()) {
    const { pid, mnt } = known(facts.namespaces) ?? {};
    const isNear = (pid !== undefined && near.pid.has(pid)) || (mnt !== undefined && near.mnt.has(mnt));
    if (isNear && !over.has(pid) && !ended.has(facts.pid)) found.set(facts.pid, facts);
  }
  for (const { ppid } of [...found.values()]) {
    for (let above = everybody.get(ppid); above !== undefined && !found.has(above.pid); ) {
      found.set(above.pid, above);
      above = everybody.get(above.ppid);
    }
  }
  return found;
}

function containerFrom(
  draft: Draft,
  init: ProcessFacts,
  { argv, exitedAtMs, exitCode, exitSignal }: EndedProcess,
  sample: Sample,
  namespaces: NamespaceInodes,
  listed: ReadonlySet<string>,
): Container {
  const { host } = sample;
  const named = nameOf(draft, undefined, sample);
  const id = named.id ?? draft.id;
  const parent = draft.parent !== undefined && listed.has(draft.parent.key) ? draft.parent.key : undefined;
  const startedAtMs = host.bootTimeMs + (init.starttimeTicks * 1000) / host.clockTicksPerSecond;
  return {
    key: draft.key,
    name: named.name,
    runtime: named.runtime,
    ...(id !== undefined && { id }),
    kind: draft.kind,
    initPid: init.pid,
    initStarttimeTicks: init.starttimeTicks,
    pids: [],
    ...(parent !== undefined && { parent }),
    state: 'exited',
    startedAt: new Date(startedAtMs).toISOString(),
    exitedAt: new Date(exitedAtMs).toISOString(),
    ...(exitCode !== undefined && { exitCode }),
    ...(exitSignal !== undefined && { exitSignal }),
    hostname: undefined,
    command: mapFact(argv, (words) => (words.length === 0 ? `[${init.comm}]` : words.join(' '))),
    argv,
    depth: depthOf(draft),
    namespaces: init.namespaces,
    privateNamespaces: mapFact(init.namespaces, (inodes) =>
      NAMESPACE_TYPES.filter(
        (type) =>
          inodes[type] !== undefined && namespaces[type] !== undefined && inodes[type] !== namespaces[type],
      ),
    ),
    cgroup: { mode: host.cgroupMode, paths: pathsOf(init), own: false },
    cpu: { usageUsec: undefined },
    memory: {
      accounting: 'processes',
      currentBytes: undefined,
      limitBytes: undefined,
      effectiveLimitBytes: undefined,
    },
    io: { readBytes: undefined, writeBytes: undefined },
    pidsCount: undefined,
    pidsLimit: undefined,
    evidence: [...evidenceOf(draft, namespaces, sample), 'it came and went between two samples'],
    nameSource: named.source,
  };
}

function depthOf(draft: Draft): number {
  let depth = 0;
  for (let each = draft.parent; each !== undefined; each = each.parent) depth += 1;
  return depth;
}

/** One entry per controller, `''` for v2's own. */
function pathsOf(init: ProcessFacts): Record<string, string> {
  const lines = known(init.cgroup)?.lines ?? [];
  return Object.fromEntries(
    lines.flatMap(({ controllers, path }) =>
      controllers.length === 0 ? [['', path]] : controllers.map((controller) => [controller, path]),
    ),
  );
}
