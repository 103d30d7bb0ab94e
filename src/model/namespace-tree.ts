/** Namespaces below those they come from. Pure. */
import { known } from '../kernel/reading.ts';
import type { NamespaceView } from './namespace-view.ts';
import { type Branch, forest } from './tree.ts';

/**
 * `parent`: user and pid namespaces below their parents, the others below the user namespace that owns them. `owner`: every
 * one below its owner, pid namespaces too.
 */
export const TREE_ORDERS = ['parent', 'owner'] as const;
export type TreeOrder = (typeof TREE_ORDERS)[number];

export function namespaceTree(
  views: readonly NamespaceView[],
  order: TreeOrder,
  ascii = false,
): Branch<NamespaceView>[] {
  // User namespaces first, so that each comes before what it owns.
  const usersFirst = [...views].sort((a, b) => Number(b.type === 'user') - Number(a.type === 'user'));
  const parent = (view: NamespaceView) =>
    (order === 'parent' ? known(view.parent) : undefined) ?? known(view.ownerUserNs);
  return forest(usersFirst, { key: ({ inode }) => inode, parent }, ascii);
}
