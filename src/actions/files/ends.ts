/** What is copied and where it goes, by the rules of `docker cp`. */
import { FileError, unless } from './failure.ts';
import { close, entry, find, type Held, type Place, place, type Side, shown } from './sides.ts';
import { pathEnd } from './words.ts';

export interface NamedEnd {
  readonly side: Side;
  readonly path: Buffer;
}

export type End = NamedEnd | 'stream';

/** A path that ends with a slash is what a link leads to. */
export function openSource({ side, path }: NamedEnd, follow: boolean): Held {
  const { isDirectory } = pathEnd(path);
  const held = find(side, path, { follow: follow || isDirectory });
  if (isDirectory && held.kind !== 'directory') {
    close(held);
    throw new FileError('open', shown(side, path), 'ENOTDIR');
  }
  return held;
}

/** Where a file goes: into a directory under its own name, or where the path says. */
export function targetOf(to: NamedEnd, kind: Held['kind'], name: Buffer): Place {
  const there = directoryAt(to);
  if (there === undefined) {
    if (pathEnd(to.path).isDirectory)
      throw new FileError('open', shown(to.side, to.path), 'ENOENT', 'no such directory to copy into');
    return place(to.side, to.path);
  }
  if (name.length > 0) return below(there, name);
  close(there);
  throw new FileError(
    'open',
    shown(to.side, to.path),
    'EISDIR',
    `a directory; say how the ${kind} is called in it`,
  );
}

/** What a path leads to, when that is a directory. */
export function directoryAt({ side, path }: NamedEnd): Held | undefined {
  const there = unless(['ENOENT', 'ENOTDIR'], () => find(side, path, { follow: true }));
  if (there === undefined || there.kind === 'directory') return there;
  close(there);
  return undefined;
}

export function below(directory: Held, name: Buffer): Place {
  const path = `${directory.path.replace(/\/+$/, '')}/${name.toString('utf8')}`;
  try {
    return { parentFd: directory.fd, name, path, existing: entry(directory.fd, name, path) };
  } catch (error) {
    close(directory);
    throw error;
  }
}

/** Where a directory goes that is to be made: a slash at its end says nothing new. */
export function placeOfDirectory({ side, path }: NamedEnd): Place {
  let end = path.length;
  while (end > 1 && path[end - 1] === 0x2f) end--;
  return place(side, path.subarray(0, end));
}
