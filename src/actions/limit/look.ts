/** The cgroups of a container held by descriptors, and what their files and those of the cgroups above say: a `LimitSnapshot`. */
import { readdirSync } from 'node:fs';
import { type Hierarchy, parentPath } from '../../kernel/cgroup/hierarchy.ts';
import { known, type Reading } from '../../kernel/reading.ts';
import { isLimitFile, type LimitKey } from '../../model/limits/keys.ts';
import type { LimitLevel, LimitPlace, LimitSnapshot, LimitTexts } from '../../model/limits/snapshot.ts';
import { USE_FILES } from '../../model/limits/use-files.ts';
import type { HostFacts } from '../../model/sample.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { HeldCgroup } from '../cgroup/held-cgroup.ts';
import { type CgroupTarget, type ControllerPlace, nameOf, placeIn } from '../cgroup/own-cgroup.ts';

/** A container's cgroups, one for each hierarchy that has a limit that is asked about. */
export class HeldPlaces {
  readonly #held = new Map<string, HeldCgroup>();

  private constructor(
    readonly files: KernelFiles,
    readonly snapshot: LimitSnapshot,
    held: readonly HeldCgroup[],
  ) {
    for (const cgroup of held) this.#held.set(nameOf(cgroup.hierarchy), cgroup);
  }

  /** @throws {CgroupGoneError | AccessDeniedError | UnsupportedError} */
  static open(
    files: KernelFiles,
    host: Pick<HostFacts, 'memTotalBytes'>,
    places: readonly Pick<ControllerPlace, 'hierarchy' | 'path'>[],
  ): HeldPlaces {
    const held: HeldCgroup[] = [];
    try {
      for (const { hierarchy, path } of places) held.push(HeldCgroup.open(hierarchy, path));
      const snapshot: LimitSnapshot = {
        places: held.map((cgroup) => lookAt(files, cgroup)),
        host: {
          /** Few limits are measured by it. */
          get memTotalBytes() {
            return known(host.memTotalBytes);
          },
        },
      };
      return new HeldPlaces(files, snapshot, held);
    } catch (error) {
      for (const cgroup of held) cgroup.close();
      throw error;
    }
  }

  /** By the name of its hierarchy. */
  cgroup(hierarchy: string): HeldCgroup {
    const cgroup = this.#held.get(hierarchy);
    if (cgroup === undefined) throw new Error(`no cgroup of ${hierarchy} is held`);
    return cgroup;
  }

  /** What all files say by now. */
  again(): LimitSnapshot {
    const places = [...this.#held.values()].map((cgroup) => lookAt(this.files, cgroup));
    for (const { own, above } of places)
      for (const { texts } of [own, ...above]) for (const name of texts.keys()) texts.get(name);
    return { ...this.snapshot, places };
  }

  close(): void {
    for (const cgroup of this.#held.values()) cgroup.close();
    this.#held.clear();
  }
}

/** Where the limits of these keys are; none of a hierarchy that the container has no place in. */
export function placesOf(
  target: CgroupTarget,
  hierarchies: readonly Hierarchy[],
  keys: readonly LimitKey[],
): ControllerPlace[] {
  const wanted = new Set(keys.flatMap((key) => hierarchyFor(key, hierarchies) ?? []));
  return [...wanted].flatMap((hierarchy) => placeIn(target, hierarchy) ?? []);
}

/** A v1 mount of a controller counts before v2. */
function hierarchyFor({ controller }: LimitKey, hierarchies: readonly Hierarchy[]): Hierarchy | undefined {
  const v1 = hierarchies.find((each) => each.version === 1 && each.controllers.includes(controller[1]));
  if (v1 !== undefined) return v1;
  return hierarchies.find(
    (each) => each.version === 2 && (controller[2] === '' || each.controllers.includes(controller[2])),
  );
}

const SAY_WHAT_MAY_BE_SET = ['cpu.cfs_period_us', 'cgroup.controllers', 'cgroup.subtree_control'];
const isAboutLimits = (name: string): boolean =>
  SAY_WHAT_MAY_BE_SET.includes(name) || isLimitFile(name) || HUGETLB.test(name);
const isOwnFile = (name: string): boolean => USE_FILES.includes(name) || isAboutLimits(name);
const isFileAbove = (name: string): boolean =>
  isAboutLimits(name) || (name.startsWith('cpuset.') && USE_FILES.includes(name));
const HUGETLB = /^hugetlb\.\w+\.(?:(?:rsvd\.)?(?:max|limit_in_bytes)|current|usage_in_bytes)$/;

function lookAt(files: KernelFiles, cgroup: HeldCgroup): LimitPlace {
  const { hierarchy, path, directory, fd } = cgroup;
  const names = readdirSync(`/proc/self/fd/${fd}`);
  return {
    hierarchy: nameOf(hierarchy),
    version: hierarchy.version,
    controllers: hierarchy.controllers,
    own: {
      path,
      directory,
      texts: new LateTexts(
        () => names,
        isOwnFile,
        (name) => cgroup.read(name),
      ),
    },
    above: levelsAbove(files, cgroup),
  };
}

/** From the parent up to what the mount shows. By name: nothing is written there. */
function levelsAbove(files: KernelFiles, { hierarchy, path, directory }: HeldCgroup): LimitLevel[] {
  const levels: LimitLevel[] = [];
  let at = { path, directory };
  while (at.directory.length > hierarchy.mountPoint.length) {
    const above = at.directory.slice(0, at.directory.lastIndexOf('/'));
    at = { path: parentPath(at.path), directory: above };
    const listed = () => {
      const names = files.list(above);
      return names.ok ? names.value : [];
    };
    const texts = new LateTexts(listed, isFileAbove, (name) => files.small(`${above}/${name}`));
    levels.push({ ...at, texts });
  }
  return levels;
}

/** Each is read when it is asked for, and the directory when one is: on v2 there are dozens, and few of them are about one limit. */
class LateTexts implements LimitTexts {
  readonly #read = new Map<string, Reading<string>>();
  #names: ReadonlySet<string> | undefined;

  constructor(
    readonly list: () => readonly string[],
    readonly isWanted: (name: string) => boolean,
    readonly read: (name: string) => Reading<string>,
  ) {}

  has(name: string): boolean {
    return this.#listed().has(name) && this.isWanted(name);
  }

  get(name: string): Reading<string> | undefined {
    const seen = this.#read.get(name);
    if (seen !== undefined || !this.has(name)) return seen;
    const reading = this.read(name);
    this.#read.set(name, reading);
    return reading;
  }

  keys(): string[] {
    return [...this.#listed()].filter(this.isWanted);
  }

  #listed(): ReadonlySet<string> {
    this.#names ??= new Set(this.list());
    return this.#names;
  }
}
