/**
 * Every cgroup of every mounted hierarchy, read from its own files: a directory is listed once, and only files that it lists
 * and that somebody wants are read, each once. What the cgroups above hand down is joined to it in the model.
 */
import { parseProcCgroups } from '../src/kernel/cgroup/controllers.ts';
import { cgroupDirectory, type Hierarchy, linesInMounts, pathIn } from '../src/kernel/cgroup/hierarchy.ts';
import { known } from '../src/kernel/reading.ts';
import { asBytes, asText } from '../src/kernel/text.ts';
import type { CgroupFacts, CgroupSample, HierarchyFacts } from '../src/model/cgroup-facts.ts';
import type { CgroupParts } from '../src/model/cgroup-parts.ts';
import type { HostFacts } from '../src/model/sample.ts';
import { CgroupDirectories, type Directory, type Listing } from '../src/sys/cgroup-directory.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { BlockDevices } from './block-devices.ts';
import { cpuLimitsOf, cpuOf, cpusetOf } from './cgroup-tree-cpu.ts';
import { OpenCgroup } from './cgroup-tree-directory.ts';
import { ioLimitsOf, ioOf, pressureOf } from './cgroup-tree-io.ts';
import { hugetlbOf, memoryEventsOf, memoryLimitsOf, memoryOf, swapOf } from './cgroup-tree-memory.ts';
import {
  controllersOf,
  descendantsOf,
  freezerOf,
  pidsMaxOf,
  pidsOf,
  procsOf,
  stateOf,
} from './cgroup-tree-state.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export interface CgroupTreeInput {
  readonly host: HostFacts;
  /** Where to begin in which hierarchy. */
  readonly starts: readonly CgroupStart[];
  readonly parts: CgroupParts;
  /** Of `parts`, what is read of the cgroups above a start. */
  readonly partsAbove: CgroupParts;
}

export interface CgroupStart {
  readonly hierarchy: Hierarchy;
  readonly path: string;
}

export const cgroupTree: Collector<CgroupTreeInput, CgroupSample> = {
  id: 'cgroup-tree',
  reads: ['CGROUP/*', '/proc/cgroups', '/proc/self/cgroup'],
  needs: [],
  tier: 'request',
  collect(files, input) {
    const walk = new Walk(files, input);
    for (const start of input.starts) walk.from(start);
    return {
      takenAtMs: Date.now(),
      hierarchies: walk.hierarchies,
      cgroups: walk.found,
      vanished: walk.vanished,
    };
  },
};

/** How /proc/PID/cgroup names it, and `v2` for the one without a name there. */
export function hierarchyId({ version, controllers }: Hierarchy): string {
  return version === 2 ? 'v2' : controllers.join(',');
}

/** A cgroup that is removed and made again between two reads of it is looked at once more. */
const MOST_LOOKS = 2;

class Walk {
  readonly found: CgroupFacts[] = [];
  readonly hierarchies: HierarchyFacts[] = [];
  vanished = 0;
  readonly #directories = new CgroupDirectories();
  readonly #blockDevices: BlockDevices;
  readonly #counts: ReadonlyMap<string, number>;

  constructor(
    readonly files: KernelFiles,
    readonly input: CgroupTreeInput,
  ) {
    this.#blockDevices = new BlockDevices(files);
    this.#counts = countsByController(files);
  }

  from({ hierarchy, path }: CgroupStart): void {
    const facts = this.#hierarchyFacts(hierarchy);
    this.hierarchies.push(facts);
    let parent: CgroupFacts | undefined;
    for (const above of pathsAbove(hierarchy, path)) {
      parent = this.#cgroup(facts, asBytes(above), parent, false)?.facts ?? parent;
    }
    this.#tree(facts, asBytes(path), parent);
  }

  #hierarchyFacts(hierarchy: Hierarchy): HierarchyFacts {
    const placement = known(this.input.host.self.cgroup);
    const lines = placement === undefined ? [] : linesInMounts(placement.lines, this.input.host.hierarchies);
    const top = this.#directories.list(asBytes(hierarchy.mountPoint));
    const first = hierarchy.controllers[0];
    return {
      id: hierarchyId(hierarchy),
      hierarchy,
      self: pathIn(lines, hierarchy),
      hasHiddenTop: top.ok && !isRealRoot(hierarchy, top.value),
      count: hierarchy.version === 1 && first !== undefined ? this.#counts.get(first) : undefined,
    };
  }

  #tree(hierarchy: HierarchyFacts, path: string, parent: CgroupFacts | undefined): void {
    const pending = [{ path, parent }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const cgroup = this.#cgroup(hierarchy, next.path, next.parent, true);
      if (cgroup === undefined) continue;
      this.found.push(cgroup.facts);
      const above = next.path === '/' ? '' : next.path;
      // Taken from the end: the last comes first.
      for (const name of [...cgroup.children].sort().reverse())
        pending.push({ path: `${above}/${name}`, parent: cgroup.facts });
    }
  }

  /** @param path as bytes */
  #cgroup(hierarchy: HierarchyFacts, path: string, parent: CgroupFacts | undefined, listed: boolean) {
    const directory = cgroupDirectory(inBytes(hierarchy.hierarchy), path);
    if (directory === undefined) return undefined;
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const before = this.#directories.directory(directory);
      const listing = this.#directories.list(directory);
      if (!before.ok || !listing.ok) break;
      const open = new OpenCgroup(this.#directories, directory, hierarchy.hierarchy.version, listing.value);
      const facts = this.#facts(open, hierarchy, { path: asText(path), parent, listed }, before.value);
      const after = this.#directories.directory(directory);
      if (after.ok && after.value.inode === before.value.inode)
        return { facts, children: listing.value.directories };
      if (!after.ok) break;
    }
    this.vanished += 1;
    return undefined;
  }

  #facts(
    open: OpenCgroup,
    hierarchy: HierarchyFacts,
    place: Pick<CgroupFacts, 'path' | 'parent' | 'listed'>,
    { inode, uid, gid }: Directory,
  ): CgroupFacts {
    const parts = place.listed ? this.input.parts : this.input.partsAbove;
    return {
      hierarchy,
      ...place,
      inode,
      ownerUid: uid,
      ownerGid: gid,
      children: open.listing.directories.length,
      ...(parts.has('controllers') && { controllers: controllersOf(open, hierarchy.hierarchy) }),
      ...(parts.has('procs') && procsOf(open)),
      ...this.#counters(open, parts),
      ...limits(open, parts),
    };
  }

  #counters(open: OpenCgroup, parts: CgroupParts): Partial<CgroupFacts> {
    return {
      cpu: cpuOf(open, parts),
      memory: memoryOf(open, parts),
      memoryEvents: parts.has('memory-events') ? memoryEventsOf(open) : undefined,
      io: parts.has('io') ? ioOf(open, this.#blockDevices) : undefined,
      ioLimits: parts.has('io-limits') ? ioLimitsOf(open) : undefined,
      pids: pidsOf(open, parts),
      pressure: parts.has('pressure') ? pressureOf(open) : undefined,
      state: parts.has('state') ? stateOf(open) : undefined,
      descendants: parts.has('descendants') ? descendantsOf(open) : undefined,
    };
  }
}

/** What a cgroup hands down, too. */
function limits(open: OpenCgroup, parts: CgroupParts): Partial<CgroupFacts> {
  return {
    cpuLimits: parts.has('cpu-limits') ? cpuLimitsOf(open) : undefined,
    memoryLimits: parts.has('memory-limits') ? memoryLimitsOf(open) : undefined,
    swap: parts.has('swap') ? swapOf(open) : undefined,
    pidsMax: parts.has('pids-limits') ? pidsMaxOf(open) : undefined,
    hugetlb: parts.has('hugetlb') ? hugetlbOf(open) : undefined,
    cpuset: parts.has('cpuset') ? cpusetOf(open) : undefined,
    freezer: parts.has('freezer') ? freezerOf(open) : undefined,
  };
}

/** The root has no type and no events on v2, and alone has a release_agent on v1. */
function isRealRoot({ version }: Hierarchy, { files }: Listing): boolean {
  return version === 2
    ? !files.has('cgroup.type') && !files.has('cgroup.events')
    : files.has('release_agent');
}

/** From the top of the mount down to the parent of `path`. */
function pathsAbove({ root }: Hierarchy, path: string): string[] {
  if (path === root) return [];
  const below = path
    .slice(root === '/' ? 0 : root.length)
    .split('/')
    .slice(1, -1);
  const paths = [root];
  for (const name of below) {
    const last = paths.at(-1) ?? '/';
    paths.push(`${last === '/' ? '' : last}/${name}`);
  }
  return paths;
}

function inBytes(hierarchy: Hierarchy): Hierarchy {
  return { ...hierarchy, mountPoint: asBytes(hierarchy.mountPoint), root: asBytes(hierarchy.root) };
}

function countsByController(files: KernelFiles): Map<string, number> {
  const path = files.proc('cgroups');
  const listed = parsed(files.text(path), path, parseProcCgroups);
  return new Map(listed.ok ? listed.value.map(({ name, cgroups }) => [name, cgroups]) : []);
}
