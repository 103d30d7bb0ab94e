/**
 * Rule 3: is a process's root another one than usual around it? A chroot shows in the /proc/PID/root link; after
 * pivot_root the link says `/` again, and only the mount behind it (device and root of mountinfo) tells. Pure.
 */
import { visibleAt } from '../kernel/proc/mountinfo.ts';
import { known } from '../kernel/reading.ts';
import type { MountTable, ProcessFacts } from './sample.ts';

export interface RootIdentity {
  readonly mnt: number | undefined;
  readonly link: string;
  readonly device?: string;
  readonly root?: string;
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
  const mount = table === undefined ? undefined : rootMountOf(table);
  return mount === undefined ? { mnt, link } : { mnt, link, ...mount };
}

function rootMountOf(table: MountTable): { device: string; root: string } | undefined {
  if (rootMounts.has(table)) return rootMounts.get(table);
  const mounts = known(table.mounts);
  const entry = mounts === undefined ? undefined : visibleAt(mounts, '/');
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
