/** The mounts of a container as `mounts --json` gives them (CONTRACT, `inspect`: `mounts`), with who is related to each. Pure. */
import { type HostMountIndex, reachableMountIndex } from '../kernel/proc/host-source.ts';
import { type MountEntry, pathLookup } from '../kernel/proc/mountinfo.ts';
import { type Fact, known } from '../kernel/reading.ts';
import {
  makerOf,
  type OverlayLayer,
  type OverlayView,
  overlayView,
  type ShortNames,
  shortNamesIn,
} from './mount-layers.ts';
import { mountMarks } from './mount-marks.ts';
import { type MountNamespaceTable, propagationOf, type RelatedMount } from './mount-peers.ts';
import { type RootStorage, storageOf } from './mount-storage.ts';

export interface MountView extends MountEntry {
  /** Path on the host of what is mounted. */
  readonly hostSource?: string;
  /** Name of the block device with that number. */
  readonly deviceName?: string;
  readonly peers: readonly RelatedMount[];
  readonly slaves: readonly RelatedMount[];
  readonly masters: readonly RelatedMount[];
  /** The three lists above are not complete. */
  readonly moreRelated?: true;
  readonly overlay?: OverlayView;
  readonly isMasked: boolean;
  readonly isReadOnly: boolean;
  readonly isReadOnlyPath: boolean;
  /** Id of the mount that a lookup of `target` ends on instead: this one cannot be reached by path. */
  readonly hiddenBy?: number;
}

export interface StorageView extends RootStorage {
  readonly lower?: readonly OverlayLayer[];
  readonly upper?: OverlayLayer;
  readonly work?: OverlayLayer;
}

export interface MountViewInput {
  readonly mounts: readonly MountEntry[];
  /** Where /proc/PID/root of its init points. */
  readonly root: Fact<string>;
  readonly hostMounts: Fact<readonly MountEntry[]>;
  /** Of every mount namespace that could be read. */
  readonly tables: readonly MountNamespaceTable[];
  /** By "major:minor". */
  readonly deviceNames: ReadonlyMap<string, string>;
  readonly shortNames: ShortNames;
}

export interface ContainerMounts {
  readonly mounts: readonly MountView[];
  readonly storage: StorageView;
}

export function containerMounts(input: MountViewInput): ContainerMounts {
  const { mounts, tables, deviceNames } = input;
  const host = reachableMountIndex(known(input.hostMounts) ?? []);
  const relatedTo = propagationOf(tables, mostRelated(mounts.length));
  const marksOf = mountMarks(mounts);
  const mountAt = pathLookup(mounts);
  const views = mounts.map((mount): MountView => {
    // Of a deleted file or directory nothing lies at that path any more, or something else.
    const hostSource = mount.deletedRoot === true ? undefined : host.sourceOf(mount);
    const deviceName = deviceNames.get(mount.device);
    const hider = mountAt(mount.target);
    return {
      ...mount,
      ...(hostSource !== undefined && { hostSource }),
      ...(deviceName !== undefined && { deviceName }),
      ...relatedTo(mount),
      ...(mount.type === 'overlay' && { overlay: overlayOf(mount, tables, host, input.shortNames) }),
      ...marksOf(mount),
      ...(hider !== undefined && hider !== mount && { hiddenBy: hider.id }),
    };
  });
  return { mounts: views, storage: withLayers(storageOf(mounts, known(input.root), host), views) };
}

const MOST_RELATED = 1000;
const MOST_RELATED_IN_ALL = 100_000;

/** Usually more than there are; a table of ten thousand mounts that are all peers must not become a document of gigabytes. */
function mostRelated(mounts: number): number {
  return Math.max(1, Math.min(MOST_RELATED, Math.floor(MOST_RELATED_IN_ALL / Math.max(1, mounts))));
}

function overlayOf(
  mount: MountEntry,
  tables: readonly MountNamespaceTable[],
  host: HostMountIndex,
  shortNames: ShortNames,
): OverlayView {
  return overlayView(mount, makerOf(mount, tables), host, shortNames);
}

function withLayers(storage: RootStorage, views: readonly MountView[]): StorageView {
  if (storage.driver !== 'overlay') return storage;
  const root = views.find(({ target, hiddenBy }) => target === '/' && hiddenBy === undefined);
  return root?.overlay === undefined ? storage : { ...storage, ...root.overlay };
}

/** What a readlink on the host would tell more about: the short names among the layers. */
export function shortNamesOf({ mounts, hostMounts, tables }: MountViewInput): string[] {
  const host = reachableMountIndex(known(hostMounts) ?? []);
  const overlays = mounts.filter(({ type }) => type === 'overlay');
  return overlays.flatMap((mount) => shortNamesIn(overlayOf(mount, tables, host, new Map())));
}
