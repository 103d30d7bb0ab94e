/** `--tools DIR`: a directory of programs that need nothing but themselves, static ones mostly. */
import { realpathSync } from 'node:fs';
import { asText } from '../../../kernel/text.ts';
import { errnoOf } from '../../../sys/failure.ts';
import { AttachRefusal } from '../options.ts';
import { statOf } from './host.ts';
import type { Tools } from './tools.ts';

const AT = 'tools';
/** Where programs may lie in it; the first that has one of a name wins. */
const PARTS = ['', '/bin', '/sbin', '/usr/bin', '/usr/sbin'];

/** @throws {AttachRefusal} when it is no directory */
export function directoryTools(place: string, directory: string): Tools {
  const from = realDirectory(directory);
  const onHost = (path: string) => Buffer.from(`${from}${path.slice(`${place}/${AT}`.length)}`, 'latin1');
  const isThere = (part: string) => {
    const stat = statOf(Buffer.from(`${from}${part}`, 'latin1'), part);
    return stat.ok && stat.value.isDirectory;
  };
  const parts = PARTS.filter(isThere).map((part) => `${place}/${AT}${part}`);
  return {
    place,
    trees: [{ from, at: AT }],
    links: [],
    starter: undefined,
    directories: parts,
    variables: [`TERMINFO_DIRS=:${place}/${AT}/share/terminfo`],
    stat: (path) => statOf(onHost(path), path),
  };
}

function realDirectory(directory: string): string {
  try {
    const real = realpathSync(directory, 'latin1');
    const stat = statOf(Buffer.from(real, 'latin1'), asText(real));
    if (stat.ok && stat.value.isDirectory) return real;
    throw new AttachRefusal(`--tools ${directory}: not a directory`);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new AttachRefusal(`--tools ${directory}: ${errno}; give host or a directory of programs`);
  }
}
