/** What a container's root file system is made with, from the mount on its `/` and the host's own mounts. Pure. */
import type { HostMountIndex } from '../kernel/proc/host-source.ts';
import { decodeOctal, type MountEntry, visibleAt } from '../kernel/proc/mountinfo.ts';

/**
 * `directory`: a plain directory of a file system that the host has mounted; `vfs` when an engine's driver of that name made
 * it; `host`: the host's own root; `block`: a file system on a device of its own.
 */
export type StorageDriver =
  | 'overlay'
  | 'fuse-overlayfs'
  | 'aufs'
  | 'btrfs'
  | 'zfs'
  | 'devicemapper'
  | 'vfs'
  | 'directory'
  | 'host'
  | 'tmpfs'
  | 'block'
  | 'other';

export interface RootStorage {
  readonly driver: StorageDriver;
  /** File system type of the mount on `/`; absent where none is mounted there. */
  readonly type?: string;
  /** As mountinfo gives it: the device, the zfs dataset. */
  readonly source?: string;
  /** On the host. */
  readonly directory?: string;
  /** Subvolume, on btrfs. */
  readonly subvolume?: string;
}

const DEVICE_MAPPER = /^\/dev\/(?:mapper\/|dm-\d)/;
const VFS = /\/vfs\/dir\/[^/]+$/;

export function storageOf(
  mounts: readonly MountEntry[],
  /** Where /proc/PID/root points. */
  link: string | undefined,
  host: HostMountIndex,
): RootStorage {
  const root = visibleAt(mounts, '/');
  // A chroot into a directory that is no mount point: nothing is mounted on its `/`.
  if (root === undefined) return { driver: 'directory', ...(link !== undefined && { directory: link }) };
  const directory = host.sourceOf(root);
  const subvolume = root.type === 'btrfs' ? subvolumeOf(root.superOptions) : undefined;
  return {
    driver: driverOf(root, directory, host),
    type: root.type,
    ...(root.source !== '' && { source: root.source }),
    ...(directory !== undefined && { directory }),
    ...(subvolume !== undefined && { subvolume }),
  };
}

function driverOf(root: MountEntry, directory: string | undefined, host: HostMountIndex): StorageDriver {
  const hostRoot = visibleAt(host.mounts, '/');
  if (hostRoot?.device === root.device && hostRoot.root === root.root) return 'host';
  const plain = onDevice(root, directory, hostRoot);
  switch (root.type) {
    case 'overlay':
    case 'aufs':
    case 'zfs':
      // A directory within one is a directory, as on any file system.
      return root.root === '/' ? root.type : plain;
    case 'fuse.fuse-overlayfs':
      return root.root === '/' ? 'fuse-overlayfs' : plain;
    case 'btrfs':
      return root.root === subvolumeOf(root.superOptions) ? 'btrfs' : plain;
    case 'tmpfs':
      return directory === undefined ? 'tmpfs' : plain;
    default:
      return plain;
  }
}

/** A whole device of its own, or a directory of one that the host uses too. */
function onDevice(
  root: MountEntry,
  directory: string | undefined,
  hostRoot: MountEntry | undefined,
): StorageDriver {
  // docker's devicemapper driver keeps the tree in /rootfs of a thin device.
  const isWhole = root.root === '/' || root.root === '/rootfs';
  if (isWhole && root.device !== hostRoot?.device) {
    if (DEVICE_MAPPER.test(root.source)) return 'devicemapper';
    if (root.source.startsWith('/dev/')) return 'block';
  }
  if (directory === undefined) return 'other';
  return VFS.test(directory) ? 'vfs' : 'directory';
}

/** Of the directory that is mounted, not of the whole file system. */
function subvolumeOf(superOptions: string): string | undefined {
  const value = /(?:^|,)subvol=([^,]*)/.exec(superOptions)?.[1];
  return value === undefined ? undefined : decodeOctal(value);
}
