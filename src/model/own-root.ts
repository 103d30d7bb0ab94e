/**
 * Rule 3: is a process's root another one than usual around it? A chroot shows in the /proc/PID/root link; after
 * pivot_root the link says `/` again, and only the mount behind it (device and root of mountinfo) tells. Pure.
 */
import { mountIn } from '../kernel/proc/mount-lookup.ts';
import { known } from '../kernel/reading.ts';
import type { MountTable, ProcessFacts } from './sample.ts';

export interface RootIdentity {
  readonly mnt: number | undefined;
  readonly link: string;
  /** Looked up when they are asked for, which few comparisons do. */
  readonly device: string | undefined;
  readonly root: string | undefined;
}

interface RootOfTable {
  readonly mnt: number | undefined;
  readonly link: string;
  readonly table: MountTable | undefined;
}

/** Undefined when the link may not be read: then nothing is concluded. */
export function rootIdentityOf(
  from: ProcessFacts | RootOfTable,
  tables: ReadonlyMap<number, MountTable>,
): RootIdentity | undefined {
  if ('table' in from) return withMount(from.mnt, from.link, from.table);
  const link = known(from.root);
  if (link === undefined) return undefined;
  const mnt = known(from.namespaces)?.mnt;
  return withMount(mnt, link, mnt === undefined ? undefined : tables.get(mnt));
}

const rootMounts = new WeakMap<MountTable, { device: string; root: string } | undefined>();

function withMount(mnt: number | undefined, link: string, table: MountTable | undefined): RootIdentity {
  return {
    mnt,
    link,
    get device() {
      return rootMountOf(table)?.device;
    },
    get root() {
      return rootMountOf(table)?.root;
    },
  };
}

function rootMountOf(table: MountTable | undefined): { device: string; root: string } | undefined {
  if (table === undefined || rootMounts.has(table)) return table && rootMounts.get(table);
  const entry = mountIn(table, '/');
  const identity = entry && { device: entry.device, root: entry.root };
  rootMounts.set(table, identity);
  return identity;
}

export function isOwnRoot(root: RootIdentity, usual: RootIdentity): boolean {
  if (root.link !== usual.link) return true;
  if (root.mnt === usual.mnt) return false;
  if (root.device === undefined || usual.device === undefined) return false;
  return root.device !== usual.device || root.root !== usual.root;
}
