/**
 * The clusters of a sample from those of the one before, when all who came, went or changed in between are bystanders: of the
 * host by every rule, or one more process where the init of a container is. Then everything concluded before holds, but for
 * which processes a container has. What clustering anew would give, at a small part of its cost. Pure.
 */
import { isBelow } from '../kernel/cgroup/hierarchy.ts';
import { known } from '../kernel/reading.ts';
import { NAMESPACE_TYPES } from '../kernel/tables/namespaces.ts';
import type { ClusterFacts, Clusters } from './build.ts';
import { type ClusterInput, isOfHost } from './cluster.ts';
import { type Draft, HOST } from './draft.ts';
import { bestMarks } from './engine-marks.ts';
import { hostNamespaces, isSureReference } from './host-namespaces.ts';
import { isPidInit } from './init-choice.ts';
import { contestedPlaces, isInside, isOccupant, launcherPids } from './ownership.ts';
import type { CgroupPlacement, NamespaceInodes, ProcessFacts } from './sample.ts';
import { innermostOf } from './tree-order.ts';

type Processes = ClusterInput['processes'];

export interface Before {
  readonly clusters: Clusters;
  readonly processes: Processes;
}

/**
 * @param now with the mounts of before
 * @param moved who came, went, or changed in anything that decides where a process belongs
 * @returns undefined where everything has to be looked at; the very same clusters where no container has other processes
 */
export function clustersAfter(
  before: Before,
  now: ClusterFacts,
  moved: ReadonlySet<number>,
): Clusters | undefined {
  return new Change(before, now, moved).clusters();
}

class Change {
  readonly #before: Before;
  readonly #now: ClusterFacts;
  readonly #moved: ReadonlySet<number>;
  readonly #came = new Map<Draft, number[]>();
  readonly #went = new Set<number>();
  readonly #isContested = new Map<string, boolean>();
  #byPidNamespace: ReadonlyMap<number, readonly Draft[]> | undefined;

  constructor(before: Before, now: ClusterFacts, moved: ReadonlySet<number>) {
    this.#before = before;
    this.#now = now;
    this.#moved = moved;
  }

  clusters(): Clusters | undefined {
    const { clusters } = this.#before;
    if (this.#isAboveOthers() || !this.#hasSameReference()) return undefined;
    for (const pid of this.#moved) if (!this.#isBystander(pid)) return undefined;
    return this.#came.size === 0 && this.#went.size === 0 ? clusters : this.#withOtherPids(clusters);
  }

  /** Has one of them a child that did not move? Containers are named after what is above them, and nested by it. */
  #isAboveOthers(): boolean {
    for (const { pid, ppid } of this.#now.processes.values())
      if (this.#moved.has(ppid) && !this.#moved.has(pid)) return true;
    return false;
  }

  #hasSameReference(): boolean {
    const looks = [this.#before.processes, this.#now.processes];
    const facts = looks.flatMap((look) => [...this.#moved].flatMap((pid) => look.get(pid) ?? []));
    if (isSureReference(facts, this.#now.host.self)) return true;
    const reference = hostNamespaces(this.#now.processes, this.#now.host.self);
    return NAMESPACE_TYPES.every((type) => reference[type] === this.#before.clusters.host[type]);
  }

  #isBystander(pid: number): boolean {
    const old = this.#before.processes.get(pid);
    const facts = this.#now.processes.get(pid);
    const from = old === undefined ? HOST : this.#homeOf(old, this.#before.processes);
    const to = facts === undefined ? HOST : this.#homeOf(facts, this.#now.processes);
    if (from === undefined || to === undefined) return false;
    if (from === to) return true;
    if (from !== HOST) this.#went.add(pid);
    if (to !== HOST) this.#came.set(to, [...(this.#came.get(to) ?? []), pid]);
    return true;
  }

  /** Undefined where that, or what others are, hangs on more than this process. */
  #homeOf(facts: ProcessFacts, processes: Processes): Draft | undefined {
    const { mountTables } = this.#now;
    const { host, drafts } = this.#before.clusters;
    if (isOfHost(facts, { processes, mountTables, host }))
      return this.#decidesNoPlace(facts) ? HOST : undefined;
    this.#byPidNamespace ??= byPidNamespace(drafts);
    const inSame = this.#byPidNamespace.get(known(facts.namespaces)?.pid ?? 0);
    return inSame?.find((draft) => this.#isBesideInit(facts, draft));
  }

  /** Whether a cgroup is a container's own hangs on whether the host has somebody in it, not on how many. */
  #decidesNoPlace(facts: ProcessFacts): boolean {
    const placement = known(facts.cgroup);
    if (placement === undefined) return true;
    const seen = this.#isContested.get(placement.text);
    if (seen !== undefined) return !seen;
    const { drafts, places } = this.#before.clusters;
    const contested = contestedPlaces(drafts, places).some((place) => isInside(placement, place));
    const isContested = contested && !this.#isSettledBy(placement);
    this.#isContested.set(placement.text, isContested);
    return !isContested;
  }

  /** Somebody else of the host is there, and stays. */
  #isSettledBy({ text }: CgroupPlacement): boolean {
    const { drafts } = this.#before.clusters;
    const inContainers = innermostOf(drafts);
    const launchers = launcherPids(drafts);
    for (const facts of this.#now.processes.values()) {
      const { pid, cgroup } = facts;
      if (known(cgroup)?.text !== text || !isOccupant(facts)) continue;
      if (!this.#moved.has(pid) && !inContainers.has(pid) && !launchers.has(pid)) return true;
    }
    return false;
  }

  /**
   * In the cgroup, namespaces and root of an init that is pid 1 in there: every rule puts it where that one is, and nowhere
   * can it be taken for an init itself. No init is beside one: where one moves, all is looked at.
   */
  #isBesideInit(facts: ProcessFacts, draft: Draft): boolean {
    const init = this.#now.processes.get(draft.init?.pid ?? -1);
    return (
      init !== undefined &&
      !isPidInit(facts) &&
      isAtSamePlace(facts, init) &&
      isPidInit(init) &&
      init.isExiting !== true &&
      known(init.namespaces)?.pid !== this.#before.clusters.host.pid &&
      isOnTop(init, draft, this.#now.processes) &&
      isFoundByPlace(init, draft)
    );
  }

  #withOtherPids(clusters: Clusters): Clusters {
    const { drafts, places } = clusters;
    const renewed = this.#renewed(drafts);
    const found = new Map(drafts.map((draft) => [renewed.get(draft) ?? draft, places.get(draft)]));
    return { ...clusters, drafts: [...found.keys()], places: { get: (draft) => found.get(draft) ?? [] } };
  }

  /** Those with other processes, and all that hang on one of them, linked to each other; a ring of links is no obstacle. */
  #renewed(drafts: readonly Draft[]): ReadonlyMap<Draft, Draft> {
    const all = new Set(drafts);
    for (const { parent, enclosing } of all) for (const each of [parent, enclosing]) if (each) all.add(each);
    const renewed = new Map<Draft, Draft>();
    const isNew = (draft: Draft | undefined) => draft !== undefined && renewed.has(draft);
    const isOther = ({ pids }: Draft) => pids.some((pid) => this.#went.has(pid));
    for (const draft of all)
      if (this.#came.has(draft) || isOther(draft))
        renewed.set(draft, { ...draft, pids: this.#pidsOf(draft) });
    for (let size = 0; size < renewed.size; ) {
      size = renewed.size;
      for (const draft of all)
        if (!isNew(draft) && (isNew(draft.parent) || isNew(draft.enclosing)))
          renewed.set(draft, { ...draft });
    }
    for (const draft of renewed.values()) {
      draft.parent = draft.parent && (renewed.get(draft.parent) ?? draft.parent);
      draft.enclosing = draft.enclosing && (renewed.get(draft.enclosing) ?? draft.enclosing);
    }
    return renewed;
  }

  #pidsOf(draft: Draft): number[] {
    const stayed = draft.pids.filter((pid) => !this.#went.has(pid));
    return [...stayed, ...(this.#came.get(draft) ?? [])].sort((a, b) => a - b);
  }
}

function byPidNamespace(drafts: readonly Draft[]): Map<number, Draft[]> {
  const found = new Map<number, Draft[]>();
  for (const draft of drafts) {
    const namespace = known(draft.init?.namespaces)?.pid;
    if (namespace === undefined) continue;
    const others = found.get(namespace);
    if (others === undefined) found.set(namespace, [draft]);
    else others.push(draft);
  }
  return found;
}

function isAtSamePlace(a: ProcessFacts, b: ProcessFacts): boolean {
  const placement = known(a.cgroup);
  const [mine, theirs] = [known(a.namespaces), known(b.namespaces)];
  return (
    placement !== undefined &&
    placement.text === known(b.cgroup)?.text &&
    mine?.pid !== undefined &&
    theirs !== undefined &&
    isSameNamespaces(mine, theirs) &&
    known(a.root) !== undefined &&
    a.root === b.root
  );
}

function isSameNamespaces(a: NamespaceInodes, b: NamespaceInodes): boolean {
  return a === b || NAMESPACE_TYPES.every((type) => a[type] === b[type]);
}

/** Its parent is in no group that it is in: then no other than it can be the init of one. */
function isOnTop(init: ProcessFacts, { mark }: Draft, processes: Processes): boolean {
  const parent = processes.get(init.ppid);
  if (parent === undefined) return true;
  if (known(parent.namespaces)?.pid === known(init.namespaces)?.pid) return false;
  return (
    mark === undefined || known(parent.cgroup)?.lines.some((line) => isBelow(line.path, mark.path)) !== true
  );
}

/** By the cgroup of its init, or, in one without any mark, by the pid namespace: not by what happens to be around it. */
function isFoundByPlace(init: ProcessFacts, { mark }: Draft): boolean {
  const placement = known(init.cgroup);
  if (placement === undefined) return false;
  const innermost = bestMarks(placement).at(-1);
  return innermost?.path === mark?.path && innermost?.runtime === mark?.runtime;
}
