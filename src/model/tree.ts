/** Rows as a forest, with the lines a tree is drawn with. Pure. */
import type { Container } from './host-model.ts';

/** A row's place in the tree. */
export interface TreePlace {
  /** 0 on the top level of this list, which is not a container's own depth when its parent is not listed. */
  readonly depth: number;
  /** What to print before the name: empty on the top level, else `├─ `, `│  └─ `, … */
  readonly prefix: string;
  readonly lastChild: boolean;
}
export interface TreeRow extends TreePlace {
  readonly container: Container;
}
export interface Branch<Row> extends TreePlace {
  readonly row: Row;
}

/** How rows name themselves and the one they belong below. */
export interface Family<Row> {
  key(row: Row): string | number;
  parent(row: Row): string | number | undefined;
}

interface Strokes {
  readonly branch: string;
  readonly last: string;
  readonly through: string;
  readonly blank: string;
}
const LINES: Strokes = { branch: '├─ ', last: '└─ ', through: '│  ', blank: '   ' };
const ASCII_LINES: Strokes = { branch: '|- ', last: '`- ', through: '|  ', blank: '   ' };

interface Pending<Row> {
  readonly row: Row;
  readonly depth: number;
  /** Prefix of its children, as far as it comes from the levels above. */
  readonly above: string;
  readonly lastChild: boolean;
}

const CONTAINERS: Family<Container> = { key: ({ key }) => key, parent: ({ parent }) => parent };

export function treeOrder(list: readonly Container[], ascii = false): TreeRow[] {
  return forest(list, CONTAINERS, ascii).map(({ row, ...place }) => ({ container: row, ...place }));
}

/**
 * Parents before children, siblings in the order given. A row whose parent is not in the list stands on the top level, and
 * so does one member of a ring of parents: every row appears exactly once.
 */
export function forest<Row extends object>(
  list: readonly Row[],
  family: Family<Row>,
  ascii = false,
): Branch<Row>[] {
  const strokes = ascii ? ASCII_LINES : LINES;
  const { roots, childrenOf } = relations(list, family);
  const branches: Branch<Row>[] = [];
  const placed = new Set<Row>();
  const place = (root: Row, lastChild: boolean) => {
    const pending: Pending<Row>[] = [{ row: root, depth: 0, above: '', lastChild }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (placed.has(next.row)) continue;
      placed.add(next.row);
      branches.push(toBranch(next, strokes));
      const children = childrenOf.get(family.key(next.row));
      if (children !== undefined) pending.push(...childrenPending(next, children, strokes).reverse());
    }
  };
  for (const [i, root] of roots.entries()) place(root, i === roots.length - 1);
  for (const stranded of list) if (!placed.has(stranded)) place(stranded, false);
  return branches;
}

function relations<Row>(list: readonly Row[], family: Family<Row>) {
  const keys = new Set(list.map((row) => family.key(row)));
  const roots: Row[] = [];
  const childrenOf = new Map<string | number, Row[]>();
  for (const row of list) {
    const parent = family.parent(row);
    if (parent === undefined || parent === family.key(row) || !keys.has(parent)) {
      roots.push(row);
      continue;
    }
    const siblings = childrenOf.get(parent);
    if (siblings === undefined) childrenOf.set(parent, [row]);
    else siblings.push(row);
  }
  return { roots, childrenOf };
}

function toBranch<Row>({ row, depth, above, lastChild }: Pending<Row>, strokes: Strokes): Branch<Row> {
  const own = lastChild ? strokes.last : strokes.branch;
  return { row, depth, prefix: depth === 0 ? '' : above + own, lastChild };
}

function childrenPending<Row>(
  parent: Pending<Row>,
  children: readonly Row[],
  strokes: Strokes,
): Pending<Row>[] {
  const own = parent.lastChild ? strokes.blank : strokes.through;
  const above = parent.depth === 0 ? '' : parent.above + own;
  return children.map((row, i) => ({
    row,
    depth: parent.depth + 1,
    above,
    lastChild: i === children.length - 1,
  }));
}
