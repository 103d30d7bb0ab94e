/**
 * `/proc/PID/uid_map`, `gid_map`: one line per range, "inside outside count", padded with blanks; up to 340 lines. `outside`
 * is in the reader's user namespace (the parent's, when the reader is inside the very namespace).
 * @see user_namespaces(7)
 */
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from './lines.ts';

export interface IdRange {
  inside: number;
  /** UNMAPPED when the reader's namespace has no id for it. */
  outside: number;
  count: number;
}

const FILE = '/proc/PID/uid_map';
const IDS = 2 ** 32;
/** (uid_t)-1, never a valid id. */
export const UNMAPPED = IDS - 1;
const DIGITS = /^\d{1,10}$/;

/**
 * Empty until the map is written, which is a state of its own, not an error.
 * @throws {KernelParseError} on a line that is not three numbers below 2^32
 */
export function parseIdMap(text: string): IdRange[] {
  return splitLines(text).map((line) => {
    const [inside, outside, count, ...more] = splitBlanks(line).map((field) => parseId(field, line));
    if (inside === undefined || outside === undefined || count === undefined || more.length > 0) {
      throw new KernelParseError(FILE, 'expected "inside outside count"', line);
    }
    return { inside, outside, count };
  });
}

function parseId(field: string, line: string): number {
  const id = DIGITS.test(field) ? Number(field) : IDS;
  if (id >= IDS) throw new KernelParseError(FILE, 'expected numbers below 2^32', line);
  return id;
}

/** The reader's id for `inside`, undefined when there is none: the process sees and is seen as the overflow id. */
export function toOutside(map: readonly IdRange[], inside: number): number | undefined {
  for (const range of map) {
    const offset = inside - range.inside;
    if (offset >= 0 && offset < range.count)
      return range.outside === UNMAPPED ? undefined : range.outside + offset;
  }
  return undefined;
}

export function toInside(map: readonly IdRange[], outside: number): number | undefined {
  for (const range of map) {
    const offset = outside - range.outside;
    if (offset >= 0 && offset < range.count && range.outside !== UNMAPPED) return range.inside + offset;
  }
  return undefined;
}

/**
 * Whether this is the map the initial user namespace shows. Necessary, not sufficient: systemd's PrivateUsers=full
 * writes the same map into a new namespace, so compare the inode as well.
 */
export function isIdentityOfInitial(map: readonly IdRange[]): boolean {
  const [range, ...more] = map;
  return more.length === 0 && range?.inside === 0 && range.outside === 0 && range.count === UNMAPPED;
}
