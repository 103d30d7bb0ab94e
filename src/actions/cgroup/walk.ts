/**
 * A cgroup and all below it, one after the other. A container that may make cgroups can nest them deeper than our stack and our
 * descriptors reach, and must not escape that way: one is held at a time, and the way back up is `..`.
 */
import { unlessGone } from './gone.ts';
import type { HeldCgroup } from './held-cgroup.ts';

interface Level {
  readonly inode: number;
  /** Names that have not been visited. */
  readonly left: string[];
}

/** What is removed meanwhile is left out. The cgroup that `visit` is given is closed afterwards. @throws what `visit` throws */
export function visitAll(top: HeldCgroup, visit: (cgroup: HeldCgroup) => void): void {
  const levels: Level[] = [];
  let at = top;
  const enter = () => {
    visit(at);
    const left = unlessGone<string[]>([], () => at.children());
    levels.push({ inode: at.inode, left: left.reverse() });
  };
  const move = (to: HeldCgroup) => {
    if (at !== top) at.close();
    at = to;
  };
  try {
    enter();
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.left.pop();
      if (name !== undefined) {
        const below = unlessGone(undefined, () => at.openChild(name));
        if (below === undefined) continue;
        move(below);
        enter();
        continue;
      }
      levels.pop();
      const above = levels.at(-1);
      if (above === undefined) return;
      move(levels.length === 1 ? top : at.openParent(above.inode));
    }
  } finally {
    if (at !== top) at.close();
  }
}
