/**
 * Clusters with the very drafts of the sample before where they say the same: something else on the host came or went, and
 * what is known of a container by its draft need not be found out, or told, again. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { known } from '../kernel/reading.ts';
import type { Clusters } from '../model/build.ts';
import type { Draft } from '../model/draft.ts';
import { isSameTable } from '../model/mount-table.ts';
import type { CgroupPlace, Places } from '../model/ownership.ts';
import type { Sample } from '../model/sample.ts';

type Facts = Pick<Sample, 'processes' | 'mountTables'>;

interface Found {
  readonly clusters: Clusters;
  readonly facts: Facts;
}

export function withKeptDrafts(now: Found, before: Found): Clusters {
  const { clusters } = now;
  const hostMnt = clusters.host.mnt;
  if (!isDeepStrictEqual(clusters.host, before.clusters.host) || !hasSameTable(hostMnt, now, before))
    return clusters;
  const old = new Map(before.clusters.drafts.map((draft) => [draft.key, draft]));
  const chosen = new Map<Draft, Draft>();
  const standIn = (draft: Draft): Draft => {
    const seen = chosen.get(draft);
    if (seen !== undefined) return seen;
    chosen.set(draft, draft);
    const parent = draft.parent && standIn(draft.parent);
    const enclosing = draft.enclosing && standIn(draft.enclosing);
    const earlier = old.get(draft.key);
    const isKept =
      earlier !== undefined &&
      earlier.parent === parent &&
      earlier.enclosing === enclosing &&
      saysTheSame(draft, now, earlier, before);
    const isLinked = draft.parent === parent && draft.enclosing === enclosing;
    const found = isKept ? earlier : isLinked ? draft : { ...draft, parent, enclosing };
    chosen.set(draft, found);
    return found;
  };
  const drafts = clusters.drafts.map(standIn);
  const places = new Map(clusters.drafts.map((draft) => [standIn(draft), clusters.places.get(draft)]));
  return { ...clusters, drafts, places: foundPlaces(places) };
}

/** Made apart from the comparison: what is kept with a sample must not keep the sample before alive, and so all of them. */
function foundPlaces(places: ReadonlyMap<Draft, readonly CgroupPlace[]>): Places {
  return { get: (draft) => places.get(draft) ?? [] };
}

/** In everything that a container's name, evidence, members and cgroups are concluded from. */
function saysTheSame(a: Draft, now: Found, b: Draft, before: Found): boolean {
  const mnt = known(a.init?.namespaces)?.mnt;
  return (
    isSameInit(a.init, b.init) &&
    isSameLauncher(a, now.facts, before.facts) &&
    hasSameTable(mnt, now, before) &&
    WORDS.every((word) => a[word] === b[word]) &&
    isSameList(a.pids, b.pids) &&
    isSameList(a.evidence, b.evidence) &&
    isSame(a.mark, b.mark) &&
    isSamePlaces(now.clusters.places.get(a), before.clusters.places.get(b))
  );
}

const WORDS = ['runtime', 'id', 'kind', 'pod', 'vague', 'launched'] as const;

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** Nearly always the very same object. */
function isSame<T>(a: T, b: T): boolean {
  return a === b || isDeepStrictEqual(a, b);
}

function isSamePlaces(a: readonly CgroupPlace[], b: readonly CgroupPlace[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ hierarchy, path, own }, index) => {
      const other = b[index];
      return path === other?.path && own === other.own && isSame(hierarchy, other.hierarchy);
    })
  );
}

function isSameInit(a: Draft['init'], b: Draft['init']): boolean {
  return (
    a === b ||
    (a?.pid === b?.pid &&
      a?.starttimeTicks === b?.starttimeTicks &&
      a?.ppid === b?.ppid &&
      a?.comm === b?.comm &&
      isSame(a?.root, b?.root) &&
      isSame(a?.namespaces, b?.namespaces))
  );
}

/** Its arguments may say what the container is called. */
function isSameLauncher({ init }: Draft, now: Facts, before: Facts): boolean {
  const ppid = init?.ppid ?? -1;
  const [a, b] = [now.processes.get(ppid), before.processes.get(ppid)];
  return a?.comm === b?.comm && isSame(a?.argv, b?.argv);
}

function hasSameTable(mnt: number | undefined, { facts }: Found, before: Found): boolean {
  if (mnt === undefined) return true;
  return isSameTable(facts.mountTables.get(mnt), before.facts.mountTables.get(mnt));
}
