/**
 * Target of `/proc/PID/fd/N` for what has no path: `socket:[12345]`, `net:[4026532290]`; a path begins with a slash.
 * @see proc_pid_fd(5)
 */
import { isNamespaceType, type NamespaceType } from '../tables/namespaces.ts';

const PATHLESS = /^(?<kind>[a-z]+):\[(?<inode>\d+)\]$/;

export interface FdLink {
  readonly kind: 'socket' | NamespaceType;
  readonly inode: number;
}

/** Undefined for every other kind of descriptor. */
export function parseFdLink(link: string): FdLink | undefined {
  const { kind = '', inode } = PATHLESS.exec(link)?.groups ?? {};
  return kind === 'socket' || isNamespaceType(kind) ? { kind, inode: Number(inode) } : undefined;
}
