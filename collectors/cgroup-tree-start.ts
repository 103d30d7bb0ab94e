/**
 * Which cgroups the words of a user mean: a path as /proc/PID/cgroup has it (in every hierarchy that has it), with the mount
 * point before it, or with a hierarchy (`memory:/docker/x`, or a whole line of /proc/PID/cgroup).
 */
import { cgroupDirectory, type Hierarchy, isBelow, parentPath } from '../src/kernel/cgroup/hierarchy.ts';
import { asBytes, asText } from '../src/kernel/text.ts';
import { CgroupDirectories } from '../src/sys/cgroup-directory.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { type CgroupStart, hierarchyId } from './cgroup-tree.ts';

export interface Starts {
  readonly starts: readonly CgroupStart[];
  /** When there are none: the deepest cgroup on the way there, if the hierarchy was right. */
  readonly nearest: CgroupStart | undefined;
}

export function cgroupStarts(
  files: KernelFiles,
  hierarchies: readonly Hierarchy[],
  text: string | undefined,
): Starts {
  if (text === undefined) return { starts: hierarchies.map(atTop), nearest: undefined };
  const directories = new CgroupDirectories();
  const exists = ({ hierarchy, path }: CgroupStart) => {
    // Not out of the mount again.
    if (path.slice(hierarchy.root.length).split('/').includes('..')) return false;
    const directory = cgroupDirectory(hierarchy, path);
    return directory !== undefined && directories.directory(asBytes(directory)).ok;
  };
  const wanted = wantedBy(hierarchies, text, (path) => real(directories, files.sys(path)));
  const starts = wanted.filter(exists);
  if (starts.length > 0) return { starts, nearest: undefined };
  const nearest = wanted.flatMap((start) => existingAbove(start, exists));
  nearest.sort((a, b) => b.path.length - a.path.length);
  return { starts, nearest: nearest[0] };
}

const atTop = (hierarchy: Hierarchy): CgroupStart => ({ hierarchy, path: hierarchy.root });

/** The id, one of its controllers, or a name without `name=`; v2 also as `unified`, or by nothing at all. */
export function isCalled(hierarchy: Hierarchy, name: string): boolean {
  if (hierarchy.version === 2) return ['', 'v2', 'unified'].includes(name);
  const names = [hierarchyId(hierarchy), ...hierarchy.controllers];
  return names.includes(name) || names.includes(`name=${name}`);
}

function wantedBy(
  hierarchies: readonly Hierarchy[],
  text: string,
  realOf: (path: string) => string,
): CgroupStart[] {
  const [, name, inIt] = /^(?:\d+:)?([^/:]*):(\/.*)?$/.exec(text) ?? [];
  if (name !== undefined) {
    const called = hierarchies.filter((each) => isCalled(each, name));
    return called.map((hierarchy) =>
      inIt === undefined ? atTop(hierarchy) : { hierarchy, path: tidy(inIt) },
    );
  }
  const path = tidy(text);
  const byMount = mountedAt(hierarchies, path) ?? mountedAt(hierarchies, realOf(path));
  return byMount ?? hierarchies.map((hierarchy) => ({ hierarchy, path }));
}

/** Undefined for a path that has nothing to do with where hierarchies are mounted. */
function mountedAt(hierarchies: readonly Hierarchy[], path: string): CgroupStart[] | undefined {
  const below = hierarchies
    .filter(({ mountPoint }) => isBelow(path, mountPoint))
    .sort((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
  if (below !== undefined) {
    const rest = path.slice(below.mountPoint.length);
    const root = below.root === '/' ? '' : below.root;
    return [{ hierarchy: below, path: `${root}${rest}` || '/' }];
  }
  const around = path === '/' ? [] : hierarchies.filter(({ mountPoint }) => isBelow(mountPoint, path));
  return around.length === 0 ? undefined : around.map(atTop);
}

function tidy(path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  return `/${segments.join('/')}`;
}

/** Distributions link `cpu` to `cpu,cpuacct`. */
function real(directories: CgroupDirectories, path: string): string {
  const resolved = directories.resolved(asBytes(path));
  return resolved.ok ? asText(resolved.value) : path;
}

function existingAbove(start: CgroupStart, exists: (start: CgroupStart) => boolean): CgroupStart[] {
  let path = start.path;
  while (path !== '/') {
    path = parentPath(path);
    const above = { hierarchy: start.hierarchy, path };
    if (exists(above)) return path === start.hierarchy.root ? [] : [above];
  }
  return [];
}
