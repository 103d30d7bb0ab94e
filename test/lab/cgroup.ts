// Cgroups of the test's own, for limits set above a container.
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LabCore } from './core.ts';
import { type Hierarchy, hierarchies, hierarchyOf } from './host.ts';
import { readText } from './proc.ts';
import { waitFor } from './wait.ts';

export interface LabCgroup {
  /** The same in each hierarchy; what `docker run --cgroup-parent` takes. */
  readonly path: string;
  /** The directory for each controller asked for; v2 under the empty name. */
  readonly dirs: Readonly<Record<string, string>>;
  /** Moves a process into it, in every hierarchy. */
  add(pid: number): void;
  set(file: string, value: string): void;
  get(file: string): string;
  remove(): void;
}

/**
 * Makes the cgroup /LAB/NAME for these controllers (`''` or `unified`: v2) and sets limits by file, such as
 * `memory.limit_in_bytes`. A controller that has no v1 hierarchy is looked for, and enabled, in v2.
 */
export function makeCgroup(
  core: LabCore,
  controllers: readonly string[],
  path: string,
  limits: Record<string, string> = {},
): LabCgroup {
  const dirs: Record<string, string> = {};
  for (const wanted of controllers) {
    const controller = wanted === 'unified' ? '' : wanted;
    const hierarchy = hierarchyOf(controller) ?? hierarchyOf('');
    if (!hierarchy) throw new Error(`no cgroup hierarchy for ${wanted}`);
    dirs[controller] = makeIn(core, hierarchy, controller, path);
  }
  const all = [...new Set(Object.values(dirs))];
  const fileAt = (file: string): string => {
    const dir = dirs[file.split('.')[0] ?? ''] ?? dirs[''];
    if (!dir) throw new Error(`cgroup ${path}: no hierarchy for ${file}`);
    return join(dir, file);
  };
  const cgroup: LabCgroup = {
    path,
    dirs,
    add: (pid) => {
      for (const dir of all) writeFileSync(join(dir, 'cgroup.procs'), String(pid));
    },
    set: (file, value) => writeFileSync(fileAt(file), value),
    get: (file) => (readText(fileAt(file)) ?? '').trim(),
    remove: () => {
      for (const dir of all) if (existsSync(dir)) rmdirSync(dir);
    },
  };
  for (const [file, value] of Object.entries(limits)) cgroup.set(file, value);
  return cgroup;
}

function makeIn(core: LabCore, hierarchy: Hierarchy, controller: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  let dir = hierarchy.mountPoint;
  for (const [index, segment] of segments.entries()) {
    if (hierarchy.controllers.includes('') && controller !== '') enable(dir, controller);
    dir = join(dir, segment);
    core.claimCgroupDir(dir, index === segments.length - 1);
    if (!existsSync(dir)) mkdirSync(dir);
    if (controller === 'cpuset' && hierarchy.controllers.includes('cpuset')) inheritCpuset(dir);
  }
  return dir;
}

function enable(dir: string, controller: string): void {
  writeFileSync(join(dir, 'cgroup.subtree_control'), `+${controller}`);
}

/** A new v1 cpuset has no cpus and takes no process until it gets some. */
function inheritCpuset(dir: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (!readText(join(dir, file))?.trim())
      writeFileSync(join(dir, file), readText(join(dirname(dir), file)) ?? '');
  }
}

/** Whether a controller exists here at all, v1 or v2. */
export function hasController(controller: string): boolean {
  const v2 = hierarchyOf('');
  const offered = v2 && (readText(join(v2.mountPoint, 'cgroup.controllers')) ?? '').trim().split(' ');
  return (
    hierarchies().some((hierarchy) => hierarchy.controllers.includes(controller)) ||
    !!offered?.includes(controller)
  );
}

/** Of a cgroup: once the kernel has let go of those that were in it. */
export function removeWhenEmpty(directory: string): Promise<boolean> {
  return waitFor(() => {
    try {
      rmdirSync(directory);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EBUSY') return false;
      throw error;
    }
  }, `${directory} to be empty`);
}
