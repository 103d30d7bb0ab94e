/**
 * Which cgroup is a container's own, per hierarchy. Counters of a cgroup that others are in too say nothing about the
 * container: a bare `unshare` in somebody's session must not be shown with the session's memory. Pure.
 */
import { type Hierarchy, isBelow, pathIn } from '../kernel/cgroup/hierarchy.ts';
import { isUnknown, known } from '../kernel/reading.ts';
import type { Draft } from './draft.ts';
import type { Container } from './host-model.ts';
import { engineLeaf } from './runtime-patterns.ts';
import type { CgroupPlacement, ProcessFacts } from './sample.ts';

/** The container's place in one hierarchy. */
export interface CgroupPlace {
  readonly hierarchy: Hierarchy;
  readonly path: string;
  /** Nobody but the container (and what is nested in it) is in this cgroup or below. */
  readonly own: boolean;
}

/** Places of each draft, in the order of the hierarchies. */
export interface Places {
  get(draft: Draft): readonly CgroupPlace[];
}

/** Found when they are asked for. */
export class LazyPlaces implements Places {
  readonly #found = new Map<Draft, readonly CgroupPlace[]>();
  /** Until all have been asked for. */
  #facts: PlacingFacts | undefined;

  constructor(
    readonly drafts: readonly Draft[],
    processes: ReadonlyMap<number, ProcessFacts>,
    hierarchies: readonly Hierarchy[],
  ) {
    this.#facts = { processes, hierarchies };
  }

  get(draft: Draft): readonly CgroupPlace[] {
    const seen = this.#found.get(draft);
    if (seen !== undefined || this.#facts === undefined) return seen ?? [];
    this.#facts.occupants ??= occupantsByPlacement(this.drafts, this.#facts.processes);
    const found = placesOf(draft, this.#facts, this.#facts.occupants);
    this.#found.set(draft, found);
    if (this.#found.size === this.drafts.length) this.#facts = undefined;
    return found;
  }
}

interface PlacingFacts {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  readonly hierarchies: readonly Hierarchy[];
  occupants?: Occupants;
}

function placesOf(
  draft: Draft,
  { processes, hierarchies }: PlacingFacts,
  occupants: Occupants,
): readonly CgroupPlace[] {
  const residents = residentsOf(draft, processes);
  return hierarchies.flatMap((hierarchy) => {
    const path = commonPath(draft, residents, hierarchy);
    if (path === undefined) return [];
    return { hierarchy, path, own: path !== '/' && isOwn(draft, path, hierarchy, occupants) };
  });
}

type Occupants = ReadonlyMap<CgroupPlacement, ReadonlySet<Draft | undefined>>;

/**
 * Not one that has ended, or is on its way out: its namespaces are gone, by which it was somebody's, and nothing that is done to
 * the cgroup reaches it. While other threads of it run, it is there.
 */
export function isOccupant({ isExiting, namespaces, threads }: ProcessFacts): boolean {
  if (threads > 1) return true;
  return isExiting !== true && !hasLeft(namespaces);
}

function hasLeft(namespaces: ProcessFacts['namespaces']): boolean {
  if (isUnknown(namespaces)) return namespaces.unknown === 'gone';
  return namespaces !== undefined && namespaces.mnt === undefined && namespaces.pid === undefined;
}

/** Who has processes in each distinct placement; `undefined` stands for processes of no container. */
function occupantsByPlacement(
  drafts: readonly Draft[],
  processes: ReadonlyMap<number, ProcessFacts>,
): Occupants {
  const owner = new Map<number, Draft>();
  const launchers = new Map<number, Draft>();
  for (const draft of drafts) {
    for (const pid of draft.pids) owner.set(pid, draft);
    // The tool that waits for its container in the same cgroup does not make that cgroup somebody else's.
    if (draft.init !== undefined && draft.launched) launchers.set(draft.init.ppid, draft);
  }
  const occupants = new Map<CgroupPlacement, Set<Draft | undefined>>();
  for (const facts of processes.values()) {
    const placement = known(facts.cgroup);
    if (placement === undefined || !isOccupant(facts)) continue;
    const who = owner.get(facts.pid) ?? launchers.get(facts.pid);
    const seen = occupants.get(placement);
    if (seen === undefined) occupants.set(placement, new Set([who]));
    else seen.add(who);
  }
  return occupants;
}

/**
 * The engine's cgroup where its mark matches this hierarchy's path, else the deepest cgroup that holds all its own
 * processes. Who came in by nsenter stayed in the cgroup they came from: that one does not count. Nor does v1's root where
 * some are elsewhere: a process that ends goes there before it is a zombie.
 */
function commonPath(
  draft: Draft,
  residents: readonly ProcessFacts[],
  hierarchy: Hierarchy,
): string | undefined {
  let common: string[] | undefined;
  let isInRoot = false;
  const seen = new Set<CgroupPlacement>();
  for (const facts of residents) {
    const placement = known(facts.cgroup);
    if (placement === undefined || seen.has(placement)) continue;
    seen.add(placement);
    const path = pathIn(placement.lines, hierarchy);
    if (path === undefined) continue;
    if (path === '/' && hierarchy.version === 1) {
      isInRoot = true;
      continue;
    }
    const segments = path.split('/').filter((segment) => segment !== '');
    common = common === undefined ? segments : sharedStart(common, segments);
  }
  if (common === undefined) return isInRoot ? '/' : undefined;
  const path = `/${common.join('/')}`;
  return draft.mark !== undefined && isBelow(path, draft.mark.path) ? engineLeaf(path, draft.mark) : path;
}

/** Those in the engine's cgroup; without one, the init and what descends from it inside. */
function residentsOf(draft: Draft, processes: ReadonlyMap<number, ProcessFacts>): ProcessFacts[] {
  const members = draft.pids.flatMap((pid) => processes.get(pid) ?? []);
  const { mark, init } = draft;
  if (mark !== undefined) {
    const isMarked = new Map<CgroupPlacement, boolean>();
    return members.filter((facts) => {
      const placement = known(facts.cgroup);
      if (placement === undefined) return false;
      const marked = isMarked.get(placement) ?? placement.lines.some((line) => isBelow(line.path, mark.path));
      isMarked.set(placement, marked);
      return marked;
    });
  }
  const inside = new Set(draft.pids);
  return members.filter((facts) => {
    const seen = new Set<number>();
    let each: ProcessFacts | undefined = facts;
    while (each !== undefined && each.pid !== init?.pid && inside.has(each.pid) && !seen.has(each.pid)) {
      seen.add(each.pid);
      each = processes.get(each.ppid);
    }
    return each?.pid === init?.pid;
  });
}

function sharedStart(a: readonly string[], b: readonly string[]): string[] {
  const end = a.findIndex((segment, index) => segment !== b[index]);
  return a.slice(0, end === -1 ? a.length : end);
}

/** Its engine's: whoever else is in it has come in. */
function isMarked({ mark }: Draft, path: string): boolean {
  return mark !== undefined && isBelow(path, mark.path);
}

const contestedOf = new WeakMap<Places, readonly CgroupPlace[]>();

/** What others may be in, too: whether it is a container's own hangs on whether they are. Found once. */
export function contestedPlaces(drafts: readonly Draft[], places: Places): readonly CgroupPlace[] {
  const seen = contestedOf.get(places);
  if (seen !== undefined) return seen;
  const found = drafts.flatMap((draft) =>
    places.get(draft).filter(({ path }) => path !== '/' && !isMarked(draft, path)),
  );
  contestedOf.set(places, found);
  return found;
}

/** The pids of what waits for its container. */
export function launcherPids(drafts: readonly Draft[]): Set<number> {
  const pids = new Set<number>();
  for (const { init, launched } of drafts) if (init !== undefined && launched) pids.add(init.ppid);
  return pids;
}

export function isInside({ lines }: CgroupPlacement, { hierarchy, path }: CgroupPlace): boolean {
  const other = pathIn(lines, hierarchy);
  return other !== undefined && isBelow(other, path);
}

function isOwn(draft: Draft, path: string, hierarchy: Hierarchy, occupants: Occupants): boolean {
  if (isMarked(draft, path)) return true;
  for (const [placement, drafts] of occupants) {
    const other = pathIn(placement.lines, hierarchy);
    if (other === undefined || !isBelow(other, path)) continue;
    for (const who of drafts) if (who === undefined || !isSelfOrInside(who, draft)) return false;
  }
  return true;
}

/**
 * A cgroup that a runtime made for the container, whose name says something about it: its own, else one in which besides it are
 * only processes of the host that started after its init, and were put there. Who was there before has it from somebody else.
 */
export function madeForIt(
  draft: Draft,
  places: readonly CgroupPlace[],
  drafts: readonly Draft[],
  processes: ReadonlyMap<number, ProcessFacts>,
): string | undefined {
  const own = places.find((place) => place.own);
  if (own !== undefined) return own.path;
  const { init } = draft;
  if (init === undefined) return undefined;
  const inside = new Set<number>(draft.launched ? [init.ppid] : []);
  const elsewhere = new Set<number>();
  for (const each of drafts)
    for (const pid of each.pids) (isSelfOrInside(each, draft) ? inside : elsewhere).add(pid);
  const isGuest = (facts: ProcessFacts) => !elsewhere.has(facts.pid) && isLater(facts, init);
  const others = [...processes.values()].filter((facts) => !inside.has(facts.pid) && !isGuest(facts));
  const isIn = (facts: ProcessFacts, { hierarchy, path }: CgroupPlace) =>
    isBelow(pathIn(known(facts.cgroup)?.lines ?? [], hierarchy) ?? '/', path);
  return places.find((place) => place.path !== '/' && !others.some((facts) => isIn(facts, place)))?.path;
}

/** Within one tick, a hundredth of a second, pids tell: they are given out in ascending order. */
function isLater(one: ProcessFacts, other: ProcessFacts): boolean {
  return (one.starttimeTicks - other.starttimeTicks || one.pid - other.pid) > 0;
}

/** Every cgroup that is the container's alone, by path: its places, and the engine's where that holds such a place. */
export function ownPathsOf(draft: Draft, places: readonly CgroupPlace[]): string[] {
  const own = places.filter((place) => place.own).map((place) => place.path);
  const { mark } = draft;
  const marked = mark !== undefined && own.some((path) => isBelow(path, mark.path)) ? [mark.path] : [];
  return [...new Set([...own, ...marked])];
}

/** As the model has it. */
export function cgroupOf(
  draft: Draft,
  places: readonly CgroupPlace[],
  mode: Container['cgroup']['mode'],
): Container['cgroup'] {
  return {
    mode,
    paths: pathsByController(places),
    own: places.some((place) => place.own),
    ownPaths: ownPathsOf(draft, places),
    ownControllers: places.filter(({ own }) => own).flatMap(({ hierarchy }) => controllerNames(hierarchy)),
  };
}

/** One entry per controller, `''` for v2's own, as users look them up. */
function pathsByController(places: readonly CgroupPlace[]): Record<string, string> {
  const paths: Record<string, string> = {};
  for (const { hierarchy, path } of places) {
    for (const controller of controllerNames(hierarchy)) paths[controller] = path;
  }
  return paths;
}

function controllerNames(hierarchy: Hierarchy): readonly string[] {
  return hierarchy.version === 2 ? [''] : hierarchy.controllers;
}

function isSelfOrInside(who: Draft, outer: Draft): boolean {
  const seen = new Set<Draft>();
  for (let each: Draft | undefined = who; each !== undefined && !seen.has(each); each = each.parent) {
    if (each === outer) return true;
    seen.add(each);
  }
  return false;
}
