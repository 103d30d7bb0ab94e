/**
 * `/proc/PID/mountinfo`: one line per mount that the process can reach from its root,
 * ```
 * 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 * (1)(2)(3)  (4)   (5)   (6)        (7)     (8)(9)  (10)      (11)
 * ```
 * id, parent id, major:minor, root within the file system, mount point (relative to that process's root), options, zero
 * or more optional fields, separator, type, source, super options. Can exceed 1 MiB.
 * @see proc_pid_mountinfo(5), Documentation/filesystems/proc.rst section 3.5
 */
import { isDigits, parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from './lines.ts';

export { pathLookup, visibleAt, visibleMounts } from './visible-mounts.ts';

export interface Propagation {
  /** Peer group of a shared mount. */
  shared?: number;
  /** Peer group this mount receives from. */
  master?: number;
  /** Nearest dominating peer group under the same root, when that is not `master`. */
  propagateFrom?: number;
  unbindable?: true;
}

export interface MountEntry {
  id: number;
  parentId: number;
  /** "major:minor" of the file system, the st_dev of files on it. */
  device: string;
  /** Not always a path: `net:[4026532290]` on nsfs, `/../..` for a cgroup bind mounted from above our namespace. */
  root: string;
  target: string;
  options: string[];
  propagation: Propagation;
  type: string;
  /** Can be empty: any string was good enough for mount(2). */
  source: string;
  /** As the kernel wrote it, octal escapes included: a `\054` is a comma inside a value, a bare one divides options. */
  superOptions: string;
  /** The file or directory bound here has been deleted; `root` is without the kernel's "//deleted". */
  deletedRoot?: true;
  deletedTarget?: true;
}

const FILE = '/proc/PID/mountinfo';
const DELETED = '//deleted';
const FIXED_FIELDS = 6;

/** Empty when the process's root is not on any mount it can reach. @throws {KernelParseError} on a malformed line */
export function parseMountinfo(text: string): MountEntry[] {
  return splitLines(text).map(parseLine);
}

function parseLine(line: string): MountEntry {
  const fields = line.split(' ');
  const [id, parentId, device, root, target, options] = fields;
  // Walk to the separator: names hold " - " only as \040-\040, but super options can hold it raw.
  const separator = fields.indexOf('-', FIXED_FIELDS);
  const type = fields[separator + 1];
  const source = fields[separator + 2];
  if (
    separator < 0 ||
    id === undefined ||
    parentId === undefined ||
    device === undefined ||
    !isDevice(device) ||
    root === undefined ||
    target === undefined ||
    options === undefined ||
    type === undefined ||
    source === undefined ||
    fields.length < separator + 4
  ) {
    throw new KernelParseError(FILE, 'expected 6 fields, optional ones, "-" and 3 more', line);
  }
  // Nearly every line has nothing to be decoded in it, and nothing deleted.
  const isPlain = !line.includes('\\') && !line.includes(DELETED);
  const entry: MountEntry = {
    id: parseInteger(id, FILE),
    parentId: parseInteger(parentId, FILE),
    device,
    root: isPlain ? root : withoutDeleted(decodeOctal(root)),
    target: isPlain ? target : withoutDeleted(decodeOctal(target)),
    options: options.split(','),
    propagation: separator === FIXED_FIELDS ? {} : parsePropagation(fields.slice(FIXED_FIELDS, separator)),
    type: isPlain ? type : decodeOctal(type),
    source: isPlain ? source : decodeOctal(source),
    // cifs and others print option values raw, blanks included: everything from here to the end is theirs.
    superOptions:
      fields.length === separator + 4 ? (fields[separator + 3] ?? '') : fields.slice(separator + 3).join(' '),
  };
  if (isPlain) return entry;
  if (root.endsWith(DELETED)) entry.deletedRoot = true;
  if (target.endsWith(DELETED)) entry.deletedTarget = true;
  return entry;
}

function isDevice(text: string): boolean {
  const colon = text.indexOf(':');
  return isDigits(text.slice(0, colon)) && isDigits(text.slice(colon + 1));
}

function parsePropagation(fields: readonly string[]): Propagation {
  const propagation: Propagation = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    const tag = colon < 0 ? field : field.slice(0, colon);
    if (tag === 'shared') propagation.shared = parseInteger(field.slice(colon + 1), FILE);
    else if (tag === 'master') propagation.master = parseInteger(field.slice(colon + 1), FILE);
    else if (tag === 'propagate_from') propagation.propagateFrom = parseInteger(field.slice(colon + 1), FILE);
    else if (tag === 'unbindable') propagation.unbindable = true;
    // Other tags are skipped: proc(5) tells parsers to ignore optional fields they do not know.
  }
  return propagation;
}

function withoutDeleted(path: string): string {
  return path.endsWith(DELETED) ? path.slice(0, -DELETED.length) || '/' : path;
}

const OCTAL = /\\([01][0-7]{2})/g;

/**
 * Undoes the kernel's mangling of blank, tab, newline, backslash, "#" and comma: a backslash and exactly three octal
 * digits, once, from left to right. It escapes ASCII only, so anything above `\177` is text that happens to look like it.
 */
export function decodeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(OCTAL, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}
