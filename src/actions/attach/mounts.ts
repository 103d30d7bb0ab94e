/** What a container's mounts tell about asking them for something. */
import { type MountEntry, parseMountinfo, pathLookup, visibleAt } from '../../kernel/proc/mountinfo.ts';
import { answers } from '../../sys/answers.ts';
import { AttachRefusal } from './options.ts';

/** Whoever serves such a file system is asked about every name on it, and need not answer: a process of the container, perhaps. */
const ASKED = /^(?:fuse|nfs|9p|virtiofs|cifs|smb3|ceph|afs)/;
const MAY_BE_ASKED = new RegExp(` - ${ASKED.source.slice(1)}`);

export function isAsked({ type }: MountEntry): boolean {
  return ASKED.test(type);
}

/**
 * Its own terminals, where they belong, and reached through nothing that could hold us: a dead FUSE in their place, or an overlay
 * of one, is left alone.
 */
export function hasTerminals(mounts: readonly MountEntry[]): boolean {
  const devices = visibleAt(mounts, '/dev');
  const canHold = devices !== undefined && (isAsked(devices) || devices.type === 'overlay');
  return visibleAt(mounts, '/dev/pts')?.type === 'devpts' && !canHold;
}

/** Where users, shells and programs are looked for. */
const LOOKED_INTO = [
  '/',
  '/etc',
  '/bin',
  '/usr/bin',
  '/sbin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
];

/**
 * `mountinfo`: the file's text.
 * @throws {AttachRefusal} when one of the directories that an attach looks into lies on a file system that answers nobody
 */
export function refuseDead(mountinfo: string, rootFd: number): void {
  // Most have none, and need not be looked at more closely.
  if (!MAY_BE_ASKED.test(mountinfo)) return;
  const lookup = pathLookup(parseMountinfo(mountinfo));
  const asked = new Map<MountEntry, string>();
  for (const directory of LOOKED_INTO) {
    const mount = lookup(directory);
    if (mount !== undefined && isAsked(mount) && !asked.has(mount)) asked.set(mount, directory);
  }
  for (const [{ type }, directory] of asked)
    if (!answers(`/proc/${process.pid}/fd/${rootFd}${directory}`))
      throw new AttachRefusal(
        `its ${directory} does not answer (${type}, whose server has ended or hangs): users and programs cannot be looked up`,
      );
}
