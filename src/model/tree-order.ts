/** In which order containers are listed. Pure. */
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
