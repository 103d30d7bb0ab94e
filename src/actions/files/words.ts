/** What a user types for a file, `TARGET:PATH` or a path of the host, and how paths end. Pure. */

export type FileWord =
  | { readonly where: 'container'; readonly target: string; readonly path: string }
  | { readonly where: 'host'; readonly path: string }
  | { readonly where: 'stream' };

/**
 * As docker reads it: what begins with `/` or `.` is on the host. Targets can have colons (`docker:8a87`, `unshare:1470`), so
 * the path begins behind the first `:/`, or where there is none behind the last colon.
 */
export function parseFileWord(word: string): FileWord {
  if (word === '-') return { where: 'stream' };
  const inside = /^[/.]/.test(word) ? undefined : splitTarget(word);
  return inside === undefined ? { where: 'host', path: word } : { where: 'container', ...inside };
}

/** Undefined when no path follows a target. Here a target may be a cgroup path, as in `/lxc.payload.db:/etc/hosts`. */
export function splitTarget(word: string): { readonly target: string; readonly path: string } | undefined {
  const absolute = word.indexOf(':/');
  const colon = absolute === -1 ? word.lastIndexOf(':') : absolute;
  const path = word.slice(colon + 1);
  return colon < 1 || path === '' ? undefined : { target: word.slice(0, colon), path };
}

export interface PathEnd {
  /** The directory before the last name; `.` or `/` where there is no other. */
  readonly directory: Buffer;
  /** Empty for `/`, and for a path that ends with `.` or `..`: those name no entry. */
  readonly name: Buffer;
  /** It ends with `/`, `/.` or `..`: only a directory can be meant, and behind a link what it leads to. */
  readonly isDirectory: boolean;
}

const SLASH = 0x2f;

export function pathEnd(path: Buffer): PathEnd {
  let end = path.length;
  while (end > 0 && path[end - 1] === SLASH) end--;
  const trimmed = path.subarray(0, end);
  const slash = trimmed.lastIndexOf(SLASH);
  const name = trimmed.subarray(slash + 1);
  const isDots = ['', '.', '..'].includes(name.toString('latin1'));
  const before = trimmed.subarray(0, slash + 1);
  return {
    directory: before.length > 0 ? before : Buffer.from(path[0] === SLASH ? '/' : '.'),
    name: isDots ? Buffer.alloc(0) : name,
    isDirectory: isDots || end < path.length,
  };
}

/** Ends with `/.`: what is in the directory, not the directory itself. */
export function isContents(path: Buffer): boolean {
  return /(?:^|\/)\.\/*$/.test(path.toString('latin1')) || pathEnd(path).name.length === 0;
}
