/**
 * Which mounts a process really sees. Several mounts can sit on one path, and a mount over a directory hides every mount
 * below it, though mountinfo lists them all. The answer is a walk as the kernel's path lookup does it: from the root mount
 * down the path, crossing at each directory into what is mounted there *on the mount we stand on*. Pure.
 * @see fs/namei.c, mount_namespaces(7)
 */

/** What of a mountinfo line this needs. */
interface PlacedMount {
  id: number;
  parentId: number;
  target: string;
}

interface MountTree<M> {
  /** The mounts on one mount, by mount point. */
  children: Map<number, Map<string, M>>;
  root: M | undefined;
}

/** Stands for the mount a plain chroot(2) directory lies on: not listed, since its root is out of the process's reach. */
const NO_ROOT = -1;

/** The mount one gets by opening `target`; undefined when nothing visible is mounted exactly there. */
export function visibleAt<M extends PlacedMount>(entries: readonly M[], target: string): M | undefined {
  return walk(mountTree(entries), target).at;
}

/** The same of some entries: all those whose mount point is `target` or above it. @param isListed is there a mount of that id */
export function visibleAmong<M extends PlacedMount>(
  entries: readonly M[],
  target: string,
  isListed: (id: number) => boolean,
): M | undefined {
  return walk(treeOf(entries, isListed), target).at;
}

/** Which mount a path lies on, whether or not something is mounted exactly there. */
export function pathLookup<M extends PlacedMount>(entries: readonly M[]): (path: string) => M | undefined {
  const tree = mountTree(entries);
  return (path) => walk(tree, path).on;
}

/** The mounts that can be reached by path, in the order given. @param isListed of some entries: as for `visibleAmong` */
export function visibleMounts<M extends PlacedMount>(
  entries: readonly M[],
  isListed?: (id: number) => boolean,
): M[] {
  const tree = isListed === undefined ? mountTree(entries) : treeOf(entries, isListed);
  return entries.filter((entry) => walk(tree, entry.target).at === entry);
}

function mountTree<M extends PlacedMount>(entries: readonly M[]): MountTree<M> {
  const ids = new Set(entries.map((entry) => entry.id));
  return treeOf(entries, (id) => ids.has(id));
}

function treeOf<M extends PlacedMount>(
  entries: readonly M[],
  isListed: (id: number) => boolean,
): MountTree<M> {
  const isTop = (entry: M) => entry.parentId === entry.id || !isListed(entry.parentId);
  // What is mounted over "/" afterwards is listed too, but a process keeps the root it has: the lowest one.
  const root = entries.find((entry) => entry.target === '/' && isTop(entry));
  const children = new Map<number, Map<string, M>>();
  for (const entry of entries) {
    const parentId = root === undefined && isTop(entry) ? NO_ROOT : entry.parentId;
    const siblings = children.get(parentId) ?? new Map<string, M>();
    // Two mounts on the same spot of one mount come from propagation on kernels before 4.11: the later one is on top.
    children.set(parentId, siblings.set(entry.target, entry));
  }
  return { children, root };
}

/** `at`: the mount whose mount point `target` is; `on`: the last one the walk came to, on which `target` lies. */
interface Walked<M> {
  at: M | undefined;
  on: M | undefined;
}

function walk<M extends PlacedMount>({ children, root }: MountTree<M>, target: string): Walked<M> {
  if (target === '/') return { at: root, on: root };
  let mountId = root?.id ?? NO_ROOT;
  let reached: M | undefined;
  let on = root;
  // Bounded, because ids that are each other's parents, which no kernel writes, would keep us here for ever.
  let hops = children.size;
  for (let end = 0; end < target.length; ) {
    const slash = target.indexOf('/', end + 1);
    end = slash < 0 ? target.length : slash;
    reached = undefined;
    let next = children.get(mountId)?.get(target.slice(0, end));
    while (next !== undefined && hops-- > 0) {
      reached = next;
      on = next;
      mountId = next.id;
      next = children.get(mountId)?.get(target.slice(0, end));
    }
  }
  return { at: reached, on };
}
