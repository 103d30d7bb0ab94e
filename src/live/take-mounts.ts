/** The mounts that one process sees, joined with those of the host and of every other mount namespace. */
import { deviceNames, namespaceTables, shortNames } from '../../collectors/mount-details.ts';
import { mountsOf } from '../../collectors/mounts.ts';
import { AccessDeniedError, ProcessGoneError } from '../kernel/errors.ts';
import type { MountEntry } from '../kernel/proc/mountinfo.ts';
import { type Fact, isKnown, isUnknown } from '../kernel/reading.ts';
import type { HostModel } from '../model/host-model.ts';
import { hostNamespaces } from '../model/host-namespaces.ts';
import {
  type ContainerMounts,
  containerMounts,
  type MountViewInput,
  shortNamesOf,
} from '../model/mount-view.ts';
import type { MountTable, SampleNote } from '../model/sample.ts';
import type { KernelFiles } from '../sys/kernel-files.ts';

export interface MountLook extends ContainerMounts {
  readonly notes: readonly SampleNote[];
}

/**
 * @param pid of a process in the mount namespace that is meant
 * @param tables of every mount namespace, where they have just been read
 * @throws {ProcessGoneError | AccessDeniedError} when its table cannot be read: there is nothing to show without it
 */
export function takeMounts(
  files: KernelFiles,
  { processes, containers, host }: HostModel,
  pid: number,
  tables?: ReadonlyMap<number, MountTable>,
): MountLook {
  const own = ownTable(files, pid);
  const hostMnt = hostNamespaces(processes, host.self).mnt;
  const found = namespaceTables.collect(files, {
    processes,
    hostMnt,
    containers,
    ...(tables !== undefined && { tables }),
  });
  const hostMounts = mountsOf(files, files.ownProc ? 'self' : 1);
  const input: MountViewInput = {
    mounts: own,
    root: processes.get(pid)?.root,
    hostMounts,
    tables: found.tables,
    deviceNames: deviceNames.collect(
      files,
      own.map(({ device }) => device),
    ),
    shortNames: new Map(),
  };
  return {
    ...containerMounts({ ...input, shortNames: shortNames.collect(files, shortNamesOf(input)) }),
    notes: notesOf(hostMounts, found.unread),
  };
}

function ownTable(files: KernelFiles, pid: number): readonly MountEntry[] {
  const own = mountsOf(files, pid);
  if (isKnown(own)) return own;
  // A zombie answers EINVAL.
  if (own === undefined || own.unknown === 'gone' || own.errno === 'EINVAL') throw new ProcessGoneError(pid);
  if (own.unknown === 'denied') throw new AccessDeniedError(own.path, 'CAP_SYS_PTRACE', own.errno);
  throw new Error(`${own.path}: ${own.errno}`);
}

function notesOf(hostMounts: Fact<readonly MountEntry[]>, unread: number): SampleNote[] {
  return [
    ...(isUnknown(hostMounts)
      ? [
          {
            about: 'host-mounts',
            text: `no source on the host is known: ${hostMounts.path}: ${hostMounts.errno}`,
          },
        ]
      : []),
    ...(unread > 0
      ? [
          {
            about: 'peers',
            text: `the mounts of ${unread} mount namespaces could not be read: there may be more peers`,
          },
        ]
      : []),
  ];
}
