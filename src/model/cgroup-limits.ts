/** What the cgroups above one hand down to it: limits, processors, and the wish to freeze. Pure. */
import { type Limit, minLimit } from '../kernel/count.ts';
import { type Fact, isUnknown, known, type Unknown } from '../kernel/reading.ts';
import type { CgroupFacts } from './cgroup-facts.ts';
import type { CgroupFreezer, InheritedLimit } from './cgroup-view.ts';

type Pick<T> = (cgroup: CgroupFacts) => Fact<T>;

/** Innermost first. */
export function* upwards(cgroup: CgroupFacts): Generator<CgroupFacts> {
  for (let each: CgroupFacts | undefined = cgroup; each !== undefined; each = each.parent) yield each;
}

/**
 * The smallest over the cgroup and all above it. Of equal ones the innermost sets it. Undefined where neither the cgroup nor
 * one above has such a limit.
 */
export function inherited(cgroup: CgroupFacts, limitOf: Pick<Limit>): InheritedLimit | undefined {
  let effective: Limit | undefined;
  let limitedBy: string | undefined;
  const own = limitOf(cgroup);
  for (const each of upwards(cgroup)) {
    const limit = limitOf(each);
    if (limit === undefined) continue;
    if (isUnknown(limit)) return { own, effective: limit };
    if (effective !== undefined && minLimit(effective, limit) === effective) continue;
    effective = limit;
    limitedBy = limit === 'max' ? undefined : each.path;
  }
  if (effective === undefined) return undefined;
  if (effective === 'max' && cgroup.hierarchy.hasHiddenTop) return { own, effective: hiddenAbove(cgroup) };
  return { own, effective, ...(limitedBy !== undefined && { limitedBy }) };
}

/** "No limit" cannot be said where cgroups above ours are outside the namespace. */
function hiddenAbove({ hierarchy }: CgroupFacts): Unknown {
  return { unknown: 'denied', path: `${hierarchy.hierarchy.mountPoint}/..`, errno: 'ENOENT' };
}

/** v1's own sum knows the cgroups that we do not see, and whether limits are handed down at all. */
export function withKernelsSum(
  cgroup: CgroupFacts,
  limit: InheritedLimit | undefined,
  sum: Fact<Limit>,
  limitOf: Pick<Limit>,
): InheritedLimit | undefined {
  if (limit === undefined || sum === undefined || isUnknown(sum)) return limit;
  const { own } = limit;
  const by = sum === 'max' ? undefined : [...upwards(cgroup)].find((each) => limitOf(each) === sum)?.path;
  return { own, effective: sum, ...(by !== undefined && { limitedBy: by }) };
}

/** Nobody gets more than the host has. */
export function withinHost(
  limit: InheritedLimit | undefined,
  hostBytes: number | undefined,
): InheritedLimit | undefined {
  const effective = limit?.effective;
  if (limit === undefined || hostBytes === undefined || effective === undefined || isUnknown(effective))
    return limit;
  if (minLimit(effective, hostBytes) === effective) return limit;
  return { own: limit.own, effective: hostBytes, limitedBy: 'host' };
}

/** The outermost cgroup on the way up that has the same set; undefined when the topmost one has, too. */
export function setBy(cgroup: CgroupFacts, setOf: Pick<string>): string | undefined {
  const set = known(setOf(cgroup));
  if (set === undefined) return undefined;
  let outermost: CgroupFacts | undefined;
  for (const each of upwards(cgroup)) {
    if (known(setOf(each)) !== set) return outermost?.path;
    outermost = each;
  }
  return undefined;
}

/** v2 tells frozen from not frozen: not yet, while somebody wants it, is freezing. */
export function freezerOf(cgroup: CgroupFacts): CgroupFreezer | undefined {
  const { freezer } = cgroup;
  if (freezer === undefined) return undefined;
  const wishedBy = [...upwards(cgroup)].filter((each) => each.freezer?.wish === true).at(-1)?.path;
  const isWaiting = cgroup.hierarchy.hierarchy.version === 2 && wishedBy !== undefined;
  const state = freezer.frozen === 'running' && isWaiting ? 'freezing' : freezer.frozen;
  const stops = state === 'frozen' || state === 'freezing';
  return {
    state,
    wish: freezer.wish,
    ...(stops && wishedBy !== undefined && { wishedBy }),
    frozenUsec: freezer.frozenUsec,
  };
}
