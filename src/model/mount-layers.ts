/**
 * The directories an overlay is made of, as paths on the host. The kernel repeats what mount(2) was given: paths as the one
 * who mounted it saw them, sometimes relative to where he stood (docker's `l/ABCD`, when absolute names did not fit a page).
 * So they are read in the mount namespace in which the overlay was put together. Pure.
 */
import type { HostMountIndex } from '../kernel/proc/host-source.ts';
import { type MountEntry, pathLookup } from '../kernel/proc/mountinfo.ts';
import { overlayDirs } from '../kernel/proc/overlay.ts';
import type { MountNamespaceTable } from './mount-peers.ts';

export interface OverlayLayer {
  /** As the kernel shows it, without its escapes. */
  readonly path: string;
  /** On the host; absent where that cannot be told. */
  readonly hostPath?: string;
}

export interface OverlayView {
  /** Uppermost first. */
  readonly lower: readonly OverlayLayer[];
  readonly upper?: OverlayLayer;
  readonly work?: OverlayLayer;
}

/** Where the short names of layers lead, by path on the host: `…/l/ABCD` to `…/ID/diff`. */
export type ShortNames = ReadonlyMap<string, string>;

interface Maker {
  readonly table: MountNamespaceTable;
  /** Where this very overlay lies in that namespace. */
  readonly at: string;
}

export function overlayView(
  mount: MountEntry,
  maker: Maker | undefined,
  host: HostMountIndex,
  shortNames: ShortNames,
): OverlayView {
  const dirs = overlayDirs(mount.superOptions);
  const layer = (path: string): OverlayLayer => {
    const named = maker === undefined ? undefined : hostPathOf(path, maker, host);
    const hostPath = named === undefined ? undefined : (shortNames.get(named) ?? named);
    return hostPath === undefined ? { path } : { path, hostPath };
  };
  return {
    lower: dirs.lowerdirs.map(layer),
    ...(dirs.upperdir !== undefined && { upper: layer(dirs.upperdir) }),
    ...(dirs.workdir !== undefined && { work: layer(dirs.workdir) }),
  };
}

const SHORT_NAME = /\/l\/[A-Z0-9]+$/;

/** Names worth a readlink: only those that engines make as links. */
export function shortNamesIn(view: OverlayView): string[] {
  return view.lower.flatMap(({ hostPath }) =>
    hostPath !== undefined && SHORT_NAME.test(hostPath) ? [hostPath] : [],
  );
}

/**
 * The namespace in which an overlay was put together: the host's when it has it mounted, then any that has it elsewhere than
 * as its root. A container that has it as its root only got it handed over, and its paths mean nothing in there.
 */
export function makerOf(
  { device }: Pick<MountEntry, 'device'>,
  tables: readonly MountNamespaceTable[],
): Maker | undefined {
  const found = tables.flatMap((table) => {
    const mount = table.mounts.find(
      (each) => each.device === device && each.type === 'overlay' && each.root === '/' && each.target !== '/',
    );
    return mount === undefined ? [] : [{ table, at: mount.target }];
  });
  const ofHost = found.find(({ table }) => table.isHost);
  return ofHost ?? found.find(({ table }) => table.containers.length === 0) ?? found[0];
}

function hostPathOf(path: string, { table, at }: Maker, host: HostMountIndex): string | undefined {
  const absolute = path.startsWith('/') ? path : relativeTo(at, path);
  if (absolute === undefined || table.isHost) return absolute;
  const within = mountAround(table.mounts, absolute);
  if (within === undefined) return undefined;
  const rest = within.target === '/' ? absolute : absolute.slice(within.target.length);
  const root = within.root === '/' ? rest || '/' : `${within.root}${rest === '/' ? '' : rest}`;
  return host.sourceOf({ device: within.device, root });
}

/** Engines mount `HOME/ID/merged` standing in HOME, with layers as `l/ABCD` and `ID/diff`. */
function relativeTo(at: string, path: string): string | undefined {
  const home = /^(.*)\/[^/]+\/merged$/.exec(at)?.[1];
  return home === undefined ? undefined : `${home}/${path}`;
}

const lookups = new WeakMap<readonly MountEntry[], (path: string) => MountEntry | undefined>();

/** The mount a path lies on. */
function mountAround(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  const lookup = lookups.get(mounts) ?? pathLookup(mounts);
  lookups.set(mounts, lookup);
  return lookup(path);
}
