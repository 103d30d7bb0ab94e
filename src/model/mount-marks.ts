/**
 * What a mount is there for, where its line alone tells: paths that a runtime hides or makes read-only. Pure.
 * @see maskedPaths and readonlyPaths of the OCI runtime specification; runc, crun, LXC and nspawn do the same by other means
 */
import type { MountEntry } from '../kernel/proc/mountinfo.ts';

export interface MountMarks {
  /** Nothing of what is below can be seen: /dev/null, an empty read-only tmpfs, or an inaccessible node lies over it. */
  readonly isMasked: boolean;
  /** Nothing can be written through it, because the mount or the whole file system is read-only. */
  readonly isReadOnly: boolean;
  /** The same directory of the same file system over itself, only to make that part read-only. */
  readonly isReadOnlyPath: boolean;
}

/** What systemd binds over paths it makes inaccessible. */
const INACCESSIBLE_NODE = /(?:^|\/)inaccessible\/(?:reg|dir|chr|blk|fifo|sock)$/;

/** For every mount of one table. */
export function mountMarks(mounts: readonly MountEntry[]): (mount: MountEntry) => MountMarks {
  const byId = new Map(mounts.map((mount) => [mount.id, mount]));
  const parents = new Set(mounts.map(({ parentId }) => parentId));
  const devices = devicesOfDev(mounts);
  return (mount) => {
    const isReadOnly = isReadOnlyMount(mount);
    const parent = byId.get(mount.parentId);
    return {
      isMasked:
        INACCESSIBLE_NODE.test(mount.root) ||
        isNullOver(mount, devices) ||
        (isEmptyTmpfs(mount, parent) && !parents.has(mount.id)),
      isReadOnly,
      isReadOnlyPath: isReadOnly && parent !== undefined && isSamePlace(mount, parent),
    };
  };
}

export function isReadOnlyMount({ options, superOptions }: MountEntry): boolean {
  return options.includes('ro') || isReadOnlyFileSystem(superOptions);
}

/** The kernel writes `rw` or `ro` first. */
function isReadOnlyFileSystem(superOptions: string): boolean {
  return superOptions === 'ro' || superOptions.startsWith('ro,');
}

/** File systems with device nodes: the host's devtmpfs, and what is mounted on /dev. */
function devicesOfDev(mounts: readonly MountEntry[]): ReadonlySet<string> {
  const found = mounts.filter(
    ({ type, target, root }) => type === 'devtmpfs' || (target === '/dev' && root === '/'),
  );
  return new Set(found.map(({ device }) => device));
}

function isNullOver({ root, target, device, type }: MountEntry, devices: ReadonlySet<string>): boolean {
  // Runtimes bind single nodes into a /dev of their own as well: those keep their name.
  if (root !== '/null' || target.endsWith('/null')) return false;
  return type === 'devtmpfs' || devices.has(device);
}

/** A tmpfs that was read-only from the start holds nothing. Elsewhere than over kernel files it may have been filled before. */
function isEmptyTmpfs(mount: MountEntry, parent: MountEntry | undefined): boolean {
  const { type, root, superOptions } = mount;
  if (type !== 'tmpfs' || root !== '/' || !isReadOnlyMount(mount)) return false;
  const holdsNothing = /(?:^|,)(?:size=0k?|nr_blocks=1|nr_inodes=1)(?:,|$)/.test(superOptions);
  const overKernelFiles = parent?.type === 'proc' || parent?.type === 'sysfs';
  return holdsNothing || (overKernelFiles && isReadOnlyFileSystem(superOptions));
}

/** Does the mount show just what the one below shows at that place? */
function isSamePlace(mount: MountEntry, parent: MountEntry): boolean {
  if (mount.device !== parent.device || isReadOnlyMount(parent)) return false;
  const rest = below(mount.target, parent.target);
  return rest !== undefined && mount.root === joined(parent.root, rest);
}

function below(path: string, directory: string): string | undefined {
  if (path === directory) return '';
  const start = directory === '/' ? '/' : `${directory}/`;
  return path.startsWith(start) ? `/${path.slice(start.length)}` : undefined;
}

function joined(directory: string, rest: string): string {
  if (rest === '') return directory;
  return directory === '/' ? rest : `${directory}${rest}`;
}
