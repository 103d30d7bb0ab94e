/** Whose wish a freeze is: a cgroup is frozen by its own wish or by that of one above it, and each must be taken back where it was said. */
import { type Hierarchy, parentPath } from '../../kernel/cgroup/hierarchy.ts';
import { UnsupportedError } from '../../kernel/errors.ts';
import { CgroupGoneError } from '../cgroup/gone.ts';
import { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { visitAll } from '../cgroup/walk.ts';

/** True when the cgroup itself was asked to freeze; where there is no such file (the root has none) it was not. */
function isWished(cgroup: HeldCgroup): boolean {
  const file = cgroup.hierarchy.version === 1 ? 'freezer.self_freezing' : 'cgroup.freeze';
  const text = cgroup.read(file);
  return text.ok && text.value.trim() === '1';
}

/** Paths of the cgroups above it that were asked to freeze, the outermost last. */
export function wishesAbove({ hierarchy, path }: HeldCgroup): string[] {
  const found: string[] = [];
  for (let at = path; at !== '/'; ) {
    at = parentPath(at);
    const above = openVisible(hierarchy, at);
    if (above === undefined) break;
    if (isWished(above)) found.push(at);
    above.close();
  }
  return found;
}

/** Paths of the cgroups below it that were asked to freeze themselves: they stay frozen when it is thawed. */
export function wishesBelow(cgroup: HeldCgroup): string[] {
  const found: string[] = [];
  visitAll(cgroup, (below) => {
    if (below !== cgroup && isWished(below)) found.push(below.path);
  });
  return found;
}

/** Undefined where it is gone, or the mount does not show it. */
function openVisible(hierarchy: Hierarchy, path: string): HeldCgroup | undefined {
  try {
    return HeldCgroup.open(hierarchy, path);
  } catch (error) {
    if (error instanceof CgroupGoneError || error instanceof UnsupportedError) return undefined;
    throw error;
  }
}
