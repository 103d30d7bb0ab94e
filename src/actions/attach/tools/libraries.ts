/** Where the host's loader looks for libraries. @see ld.so(8), ldconfig(8) */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { failedReading } from '../../../sys/failure.ts';

/** Those of its configuration, and those that a loader knows without it; as they are called without links. */
export function libraryDirectories(configuration = '/etc/ld.so.conf'): string[] {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const usual = [`/lib/${triplet}`, `/usr/lib/${triplet}`, '/lib64', '/usr/lib64', '/lib', '/usr/lib'];
  const found = [...configured(configuration), ...usual, '/usr/local/lib'].flatMap(
    (path) => realPath(path) ?? [],
  );
  return [...new Set(found)];
}

/** Undefined of what is not there, or is not for us. */
export function realPath(path: string): string | undefined {
  return unlessMissing(path, undefined, () => realpathSync(Buffer.from(path, 'latin1'), 'latin1'));
}

const MOST_DEPTH = 8;

/** A line is a directory or `include PATTERN`, with stars in its last part alone. */
function configured(file: string, depth = 0): string[] {
  if (depth > MOST_DEPTH) return [];
  return linesOf(file).flatMap((line) => {
    const pattern = /^include\s+(\S+)$/.exec(line)?.[1];
    if (pattern === undefined) return line.startsWith('/') ? [line.replace(/=.*$/, '')] : [];
    return matching(resolve(dirname(file), pattern)).flatMap((path) => configured(path, depth + 1));
  });
}

/** A pattern that names nothing, or a file that is not there, adds nothing, as for the loader itself. */
function matching(pattern: string): string[] {
  const directory = dirname(pattern);
  const [, before = '', after] = /^([^*?[]*)\*([^*?[]*)$/.exec(basename(pattern)) ?? [];
  if (after === undefined) return [pattern];
  return unlessMissing(directory, [], () => readdirSync(directory))
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .sort()
    .map((name) => join(directory, name));
}

function linesOf(file: string): string[] {
  const lines = unlessMissing(file, '', () => readFileSync(file, 'latin1')).split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim());
}

/** What is not there, or not for us, is `otherwise`. */
export function unlessMissing<T>(path: string, otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    failedReading(error, path);
    return otherwise;
  }
}
