/**
 * Target of `/proc/PID/ns/*`: "type:[inode]". `pid_for_children` and `time_for_children` read `pid:[…]` and `time:[…]`.
 * Hot path: eight per process.
 * @see namespaces(7)
 */
import { KernelParseError } from '../errors.ts';

const FILE = '/proc/PID/ns';

export interface NsLink {
  /** As the kernel says it; a newer kernel may have types we do not know. */
  type: string;
  inode: number;
}

/** @throws {KernelParseError} on anything but "type:[inode]" */
export function parseNsLink(link: string): NsLink {
  const inode = parseNsInode(link);
  return { type: link.slice(0, link.indexOf(':[')), inode };
}

/** Only the inode. @throws {KernelParseError} on anything but "type:[inode]" */
export function parseNsInode(link: string): number {
  const open = link.indexOf(':[');
  const last = link.length - 1;
  let inode = 0;
  if (open > 0 && last > open + 2 && link.charCodeAt(last) === 0x5d) {
    for (let at = open + 2; at < last; at++) {
      const digit = link.charCodeAt(at) - 0x30;
      if (digit < 0 || digit > 9) throw new KernelParseError(FILE, 'expected "type:[inode]"', link);
      inode = inode * 10 + digit;
    }
    // Namespace inodes are 32 bit numbers: more is not one.
    if (inode < 2 ** 32) return inode;
  }
  throw new KernelParseError(FILE, 'expected "type:[inode]"', link);
}
