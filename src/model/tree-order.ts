/** Drafts as a tree: in which order containers are listed, how deep each is, and which of them a process is in. Pure. */
import type { Draft } from './draft.ts';

const orderOf = new WeakMap<readonly Draft[], readonly Draft[]>();

/** Parents before children, siblings by start of their init, so that output is stable and trees are easy. Found once. */
export function inTreeOrder(drafts: readonly Draft[]): readonly Draft[] {
  const seen = orderOf.get(drafts);
  if (seen !== undefined) return seen;
  const children = new Map<Draft | undefined, Draft[]>();
  for (const draft of drafts) {
    const beside = children.get(draft.parent);
    if (beside === undefined) children.set(draft.parent, [draft]);
    else beside.push(draft);
  }
  const ordered: Draft[] = [];
  const visit = (parent: Draft | undefined) => {
    const below = children.get(parent) ?? [];
    below.sort(
      (a, b) => (a.init?.starttimeTicks ?? 0) - (b.init?.starttimeTicks ?? 0) || (a.key < b.key ? -1 : 1),
    );
    for (const draft of below) {
      ordered.push(draft);
      visit(draft);
    }
  };
  visit(undefined);
  orderOf.set(drafts, ordered);
  return ordered;
}

export function depthOf(draft: Draft): number {
  let depth = 0;
  for (let each = draft.parent; each !== undefined; each = each.parent) depth += 1;
  return depth;
}

const innermostByDrafts = new WeakMap<readonly Draft[], ReadonlyMap<number, string>>();

/** Key by pid; the same as long as the same drafts hold. */
export function innermostOf(drafts: readonly Draft[]): ReadonlyMap<number, string> {
  const seen = innermostByDrafts.get(drafts);
  if (seen !== undefined) return seen;
  const found = new Map<number, string>();
  for (const { key, pids } of drafts) for (const pid of pids) found.set(pid, key);
  innermostByDrafts.set(drafts, found);
  return found;
}
