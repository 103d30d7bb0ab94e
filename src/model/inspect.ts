/** Everything about one container as `inspect --json` gives it: the `ps` entry joined with what was read for it. Pure. */
import { hostMountIndex } from '../kernel/proc/host-source.ts';
import type { IdRange } from '../kernel/proc/id-map.ts';
import type { ResourceLimit } from '../kernel/proc/limits.ts';
import { type MountEntry, visibleAt } from '../kernel/proc/mountinfo.ts';
import { overlayDirs } from '../kernel/proc/overlay.ts';
import { type Fact, isUnknown, known, mapFact } from '../kernel/reading.ts';
import { decodeCapabilities } from '../kernel/tables/capabilities.ts';
import type { Container } from './host-model.ts';
import type { ProcessView } from './process-view.ts';
import type { Ancestor, ContainerDetail } from './sample.ts';

export interface InspectedMount extends Omit<MountEntry, 'propagation'> {
  readonly propagation: MountEntry['propagation'];
  /** Path on the host of what is mounted. */
  readonly hostSource?: string;
}

export interface CapabilitySets {
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly bounding: readonly string[];
  readonly ambient: readonly string[];
}

export interface Storage {
  /** `overlay`, or the file system type the root comes from. */
  readonly driver: string;
  readonly lowerdirs?: readonly string[];
  readonly upperdir?: string;
  readonly workdir?: string;
  /** Directory on the host, where the root is a plain one. */
  readonly directory?: string;
}

export interface InspectedContainer extends Container {
  readonly processes: readonly ProcessView[];
  readonly mounts: Fact<readonly InspectedMount[]>;
  readonly capabilities: Fact<CapabilitySets>;
  readonly uidMap: Fact<readonly IdRange[]>;
  readonly gidMap: Fact<readonly IdRange[]>;
  readonly seccomp: Fact<string>;
  readonly seccompFilters?: number;
  readonly noNewPrivs: Fact<boolean>;
  readonly lsm: Fact<string>;
  readonly limits: Fact<readonly ResourceLimit[]>;
  readonly devices?: Fact<readonly string[]>;
  readonly exe: Fact<string>;
  readonly cwd: Fact<string>;
  readonly ancestry: readonly Ancestor[];
  readonly storage: Fact<Storage>;
  readonly runtimeState?: Readonly<Record<string, unknown>>;
}

export interface InspectInput {
  readonly container: Container;
  readonly processes: readonly ProcessView[];
  readonly detail: ContainerDetail;
  readonly ancestry: readonly Ancestor[];
  /** Where /proc/PID/root of its init points. */
  readonly root: Fact<string>;
  readonly runtimeState: Readonly<Record<string, unknown>> | undefined;
}

export function inspected({
  container,
  processes,
  detail,
  ancestry,
  root,
  runtimeState,
}: InspectInput): InspectedContainer {
  const index = hostMountIndex(known(detail.hostMounts) ?? []);
  const { status } = detail;
  const filters = known(status)?.seccompFilters;
  return {
    ...container,
    processes,
    mounts: mapFact(detail.mounts, (mounts) =>
      mounts.map((mount) => {
        const hostSource = index.sourceOf(mount);
        return hostSource === undefined ? mount : { ...mount, hostSource };
      }),
    ),
    capabilities: mapFact(status, ({ capabilities }) => ({
      effective: decodeCapabilities(capabilities.effective),
      permitted: decodeCapabilities(capabilities.permitted),
      inheritable: decodeCapabilities(capabilities.inheritable),
      bounding: decodeCapabilities(capabilities.bounding),
      ambient: decodeCapabilities(capabilities.ambient),
    })),
    uidMap: detail.uidMap,
    gidMap: detail.gidMap,
    seccomp: isUnknown(status) ? status : known(status)?.seccomp,
    ...(filters !== undefined && { seccompFilters: filters }),
    noNewPrivs: isUnknown(status) ? status : known(status)?.noNewPrivs,
    lsm: detail.lsm,
    limits: detail.limits,
    ...(detail.devices !== undefined && { devices: detail.devices }),
    exe: detail.exe,
    cwd: detail.cwd,
    ancestry,
    storage: mapFact(detail.mounts, (mounts) => storageOf(mounts, known(root), index.sourceOf)),
    ...(runtimeState !== undefined && { runtimeState }),
  };
}

function storageOf(
  mounts: readonly MountEntry[],
  link: string | undefined,
  sourceOf: (mount: MountEntry) => string | undefined,
): Storage {
  const root = visibleAt(mounts, '/');
  // A chroot into a directory that is no mount point: nothing is mounted on its `/`.
  if (root === undefined) return { driver: 'directory', ...(link !== undefined && { directory: link }) };
  if (root.type === 'overlay') return { driver: 'overlay', ...overlayDirs(root.superOptions) };
  const directory = sourceOf(root);
  return { driver: root.type, ...(directory !== undefined && { directory }) };
}
