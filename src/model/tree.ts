/** Containers as a forest, with the lines a tree is drawn with. Pure. */
import type { Container } from './host-model.ts';

export interface TreeRow {
  readonly container: Container;
  /** 0 on the top level of this list, which is not the container's own depth when its parent is not listed. */
  readonly depth: number;
  /** What to print before the name: empty on the top level, else `├─ `, `│  └─ `, … */
  readonly prefix: string;
  readonly lastChild: boolean;
}

interface Strokes {
  readonly branch: string;
  readonly last: string;
  readonly through: string;
  readonly blank: string;
}
const LINES: Strokes = { branch: '├─ ', last: '└─ ', through: '│  ', blank: '   ' };
const ASCII_LINES: Strokes = { branch: '|- ', last: '`- ', through: '|  ', blank: '   ' };

interface Pending {
  readonly container: Container;
  readonly depth: number;
  /** Prefix of its children, as far as it comes from the levels above. */
  readonly above: string;
  readonly lastChild: boolean;
}

/**
 * Parents before children, siblings in the order given. A container whose parent is not in the list stands on the top
 * level, and so does one member of a ring of parents: every container appears exactly once.
 */
export function treeOrder(list: readonly Container[], ascii = false): TreeRow[] {
  const strokes = ascii ? ASCII_LINES : LINES;
  const { roots, childrenOf } = family(list);
  const rows: TreeRow[] = [];
  const placed = new Set<Container>();
  const place = (root: Container, lastChild: boolean) => {
    const pending: Pending[] = [{ container: root, depth: 0, above: '', lastChild }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (placed.has(next.container)) continue;
      placed.add(next.container);
      rows.push(toRow(next, strokes));
      pending.push(...childrenPending(next, childrenOf.get(next.container.key) ?? [], strokes).reverse());
    }
  };
  for (const [i, root] of roots.entries()) place(root, i === roots.length - 1);
  for (const stranded of list) if (!placed.has(stranded)) place(stranded, false);
  return rows;
}

function family(list: readonly Container[]) {
  const keys = new Set(list.map((container) => container.key));
  const roots: Container[] = [];
  const childrenOf = new Map<string, Container[]>();
  for (const container of list) {
    const { parent, key } = container;
    if (parent === undefined || parent === key || !keys.has(parent)) {
      roots.push(container);
      continue;
    }
    const siblings = childrenOf.get(parent);
    if (siblings === undefined) childrenOf.set(parent, [container]);
    else siblings.push(container);
  }
  return { roots, childrenOf };
}

function toRow({ container, depth, above, lastChild }: Pending, strokes: Strokes): TreeRow {
  const own = lastChild ? strokes.last : strokes.branch;
  return { container, depth, prefix: depth === 0 ? '' : above + own, lastChild };
}

function childrenPending(parent: Pending, children: readonly Container[], strokes: Strokes): Pending[] {
  const own = parent.lastChild ? strokes.blank : strokes.through;
  const above = parent.depth === 0 ? '' : parent.above + own;
  return children.map((container, i) => ({
    container,
    depth: parent.depth + 1,
    above,
    lastChild: i === children.length - 1,
  }));
}
