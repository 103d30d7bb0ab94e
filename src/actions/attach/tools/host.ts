/**
 * `--tools host`: the programs in the caller's PATH, as far as they belong to the host's system. Its /usr (and /bin, /lib, ... where
 * those are not links into it) is brought along, and each program is started by the starter with the host's own loader and
 * libraries: the container may have others, or none. Nothing of /etc, /home or /root comes along.
 */
import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { StarterTable } from '../../../launch/starter.ts';
import { failedReading } from '../../../sys/failure.ts';
import { libraryDirectories, realPath, unlessMissing } from './libraries.ts';
import type { Tools } from './tools.ts';

const ROOT_DIRECTORIES = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Where starter.c looks for interpreters. */
const PROGRAMS = 'tools';

interface SystemDirectories {
  readonly directories: readonly string[];
  readonly links: readonly { readonly at: string; readonly target: string }[];
  readonly has: (realPath: string) => boolean;
}

export function hostTools(place: string, path = process.env['PATH'] ?? DEFAULT_PATH): Tools {
  const system = systemDirectories();
  const programs = programsIn(path.split(':'), system);
  return {
    place,
    trees: system.directories.map((at) => ({ from: `/${at}`, at })),
    links: system.links,
    starter: { at: PROGRAMS, table: { root: place, ...loaderWords(place, system), programs } },
    directories: [`${place}/${PROGRAMS}`],
    variables: [
      // An empty place among those of terminals is where they are looked for anyway.
      `TERMINFO_DIRS=:${place}/usr/share/terminfo:${place}/lib/terminfo`,
      ...(system.has('/usr/') ? [`VIM=${place}/usr/share/vim`] : []),
    ],
    stat: (at) => {
      const program = programs.get(at.slice(`${place}/${PROGRAMS}/`.length));
      return program === undefined
        ? { ok: false, why: 'absent', path: at, errno: 'ENOENT' }
        : statOf(Buffer.from(program, 'latin1'), at);
    },
  };
}

export function statOf(path: Buffer, shown: string): ReturnType<Tools['stat']> {
  try {
    const stat = statSync(path);
    const value = { isFile: stat.isFile(), isDirectory: stat.isDirectory(), mode: stat.mode & 0o7777 };
    return { ok: true, value };
  } catch (error) {
    return failedReading(error, shown);
  }
}

function systemDirectories(): SystemDirectories {
  const directories: string[] = [];
  const links: { at: string; target: string }[] = [];
  for (const at of ROOT_DIRECTORIES) {
    const stat = lstatSync(`/${at}`, { throwIfNoEntry: false });
    if (stat?.isDirectory()) directories.push(at);
    if (stat?.isSymbolicLink()) links.push({ at, target: readlinkSync(`/${at}`).replace(/^\/+/, '') });
  }
  return {
    directories,
    links,
    has: (path) => directories.some((at) => path.startsWith(`/${at}/`)),
  };
}

/** By name, the first in PATH wins: where it lies, links followed. A character for a byte. */
function programsIn(path: readonly string[], system: SystemDirectories): Map<string, string> {
  const programs = new Map<string, string>();
  const seen = new Set<string>();
  for (const directory of path) {
    const real = directory.startsWith('/') ? realPath(directory) : undefined;
    if (real === undefined || !system.has(`${real}/`) || seen.has(real)) continue;
    seen.add(real);
    for (const entry of entriesIn(real)) {
      if (programs.has(entry.name) || entry.isDirectory()) continue;
      const program = entry.isSymbolicLink() ? realPath(`${real}/${entry.name}`) : `${real}/${entry.name}`;
      if (program !== undefined && system.has(program)) programs.set(entry.name, program);
    }
  }
  return programs;
}

/** One that is not for us to list has nothing for us. */
function entriesIn(directory: string): Dirent<string>[] {
  return unlessMissing(directory, [], () =>
    readdirSync(Buffer.from(directory, 'latin1'), { encoding: 'latin1', withFileTypes: true }),
  );
}

const LOADERS: readonly string[] = [
  '/lib64/ld-linux-x86-64.so.2',
  '/lib/ld-linux-aarch64.so.1',
  '/lib/ld-musl-x86_64.so.1',
  '/lib/ld-musl-aarch64.so.1',
];

/** What the host's loader can be told: each version knows its own words, which are in its file. */
function loaderWords(place: string, system: SystemDirectories): Omit<StarterTable, 'root' | 'programs'> {
  const loaders = new Map(
    LOADERS.flatMap((path) => {
      const real = realPath(path);
      return real !== undefined && system.has(real) ? [[path, real] as const] : [];
    }),
  );
  const [loader] = loaders.values();
  const knows = loader === undefined ? () => false : wordsOf(readFileSync(loader, 'latin1'));
  const libraries = libraryDirectories()
    .filter((path) => system.has(`${path}/`))
    .map((path) => `${place}${path}`);
  return {
    loaders,
    loaderWords: [
      // What the container's cache says of libraries is not about ours.
      ...(knows('--inhibit-cache') ? ['--inhibit-cache'] : []),
      ...(knows('--library-path') ? ['--library-path', libraries.join(':')] : []),
    ],
    nameWord: knows('--argv0') || knows('argv0') ? '--argv0' : undefined,
  };
}

function wordsOf(loader: string): (word: string) => boolean {
  return (word) => loader.includes(`${word}\0`) || loader.includes(`${word.replace(/^--/, '')}\0`);
}
