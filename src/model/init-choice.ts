/** Which process of a group is its init, and which pid namespace a process is in when its link may not be read. Pure. */
import { known } from '../kernel/reading.ts';
import type { ProcessFacts } from './sample.ts';

/**
 * The init: of the processes whose parent is outside the group, the one that is pid 1 of the outermost pid namespace
 * among them; without one (host pid namespace, or shared with a pod) the one that started first.
 */
export function chooseInit(
  group: readonly ProcessFacts[],
  processes: ReadonlyMap<number, ProcessFacts>,
): ProcessFacts | undefined {
  const inside = new Set<number>();
  for (const { pid } of group) inside.add(pid);
  let first: ProcessFacts | undefined;
  for (const facts of group) {
    const isTop = !inside.has(facts.ppid) || !processes.has(facts.ppid);
    if (isTop && (first === undefined || byInitness(facts, first) < 0)) first = facts;
  }
  return first ?? [...group].sort(byInitness)[0];
}

function byInitness(a: ProcessFacts, b: ProcessFacts): number {
  return (
    initDepth(a) - initDepth(b) ||
    Number(isZombie(a)) - Number(isZombie(b)) ||
    a.starttimeTicks - b.starttimeTicks ||
    a.pid - b.pid
  );
}

/** Pid 1 of a pid namespace further in than ours. */
export function isPidInit(facts: ProcessFacts): boolean {
  return initDepth(facts) < NOT_AN_INIT;
}

const NOT_AN_INIT = 1000;

/** Depth of the pid namespace it is pid 1 of. Pid namespaces nest at most 32 deep. */
function initDepth(facts: ProcessFacts): number {
  const inner = known(facts.nsPid);
  return inner !== undefined && inner.length > 1 && inner.at(-1) === 1 ? inner.length : NOT_AN_INIT;
}

export function isZombie(facts: ProcessFacts): boolean {
  return facts.state === 'Z' || facts.state === 'X';
}

/**
 * Inode of its pid namespace. Where the link is denied, status still tells how deep it is: then the namespace is named
 * after its init, found by walking up through parents of the same depth.
 */
export function pidNamespaceOf(
  facts: ProcessFacts,
  processes: ReadonlyMap<number, ProcessFacts>,
): number | string | undefined {
  const inode = known(facts.namespaces)?.pid;
  if (inode !== undefined) return inode;
  const depth = known(facts.nsPid)?.length ?? 1;
  if (depth === 1) return undefined;
  const seen = new Set<number>();
  let each: ProcessFacts | undefined = facts;
  while (each !== undefined && !seen.has(each.pid)) {
    seen.add(each.pid);
    const inner = known(each.nsPid);
    if (inner?.length === depth && inner.at(-1) === 1) return `init:${each.pid}`;
    each = processes.get(each.ppid);
  }
  return undefined;
}
