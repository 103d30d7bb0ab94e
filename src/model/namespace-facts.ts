/** What one look finds out about the namespaces of a host, before anything is joined. Plain data; types only. */
import type { IdRange } from '../kernel/proc/id-map.ts';
import type { Fact } from '../kernel/reading.ts';
import type { NamespaceType } from '../kernel/tables/namespaces.ts';

/**
 * What can keep a namespace alive: a process in it, a single thread in it, a process whose next child will be in it, an open
 * descriptor of it, a socket made in it, a file it is bound to, a namespace below it or owned by it.
 */
export const HOLDER_KINDS = ['process', 'thread', 'child', 'fd', 'socket', 'bind', 'descendant'] as const;
export type HolderKind = (typeof HOLDER_KINDS)[number];

/** Which fields there are depends on the kind. */
export interface Holder {
  readonly kind: HolderKind;
  readonly pid?: number;
  readonly tid?: number;
  readonly fd?: number;
  /** Where it is bound, as seen from the root of mount namespace `mntNs`. */
  readonly path?: string;
  readonly mntNs?: number;
  /** The descendant. */
  readonly type?: NamespaceType;
  readonly inode?: number;
}

/** A namespace was seen, and this is what it was seen through. */
export interface NamespaceSighting {
  readonly type: NamespaceType;
  readonly inode: number;
  readonly holder: Holder;
}

/** What the kernel says of an open namespace. Absent: it has none (the initial one, or no type with a hierarchy). */
export interface NamespaceRelations {
  readonly type: NamespaceType;
  readonly ownerUserNs: Fact<number>;
  readonly parent: Fact<number>;
  /** User namespaces only. */
  readonly ownerUid: Fact<number>;
}

/** What is worth knowing of one type only. */
export interface NamespaceDetails {
  /** uts. */
  readonly hostname?: Fact<string>;
  /** net: names of its interfaces. */
  readonly interfaces?: Fact<readonly string[]>;
  /** user; `outside` is in our own user namespace. Empty until it is written. */
  readonly uidMap?: Fact<readonly IdRange[]>;
  readonly gidMap?: Fact<readonly IdRange[]>;
}
