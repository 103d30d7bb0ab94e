/** Whether a container's terminals can be asked for without waiting for anybody. Pure. */
import { type MountEntry, visibleAt } from '../../kernel/proc/mountinfo.ts';

/** Whoever serves such a file system is asked about every name on it, and need not answer: a process of the container, perhaps. */
const ASKED = /^(?:fuse|nfs|9p|virtiofs|cifs|smb3|ceph|afs)/;

export function isAsked({ type }: MountEntry): boolean {
  return ASKED.test(type);
}

/**
 * Its own, where they belong, and reached through nothing that could hold us: a dead FUSE in its place, or an overlay of one, is
 * left alone. Who holds its root can hold the attach anyway.
 */
export function hasTerminals(mounts: readonly MountEntry[]): boolean {
  const devices = visibleAt(mounts, '/dev');
  const canHold = devices !== undefined && (isAsked(devices) || devices.type === 'overlay');
  return visibleAt(mounts, '/dev/pts')?.type === 'devpts' && !canHold;
}
