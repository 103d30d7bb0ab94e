/** Names of the host's own users, from /etc/passwd: outside ids only, never a container's file. The last line of a number counts. */
import { readFileSync } from 'node:fs';
import { isDigits } from '../kernel/count.ts';
import { errnoOf } from './failure.ts';

export function userNames(path = '/etc/passwd'): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of readLines(path)) {
    const { name, uid } = userIn(line);
    if (isDigits(uid)) names.set(Number(uid), name);
  }
  return names;
}

/** One of them alone. */
export function userName(wanted: number, path = '/etc/passwd'): string | undefined {
  return readLines(path)
    .filter((line) => line.includes(String(wanted)))
    .map(userIn)
    .findLast(({ uid }) => Number(uid) === wanted && isDigits(uid))?.name;
}

function userIn(line: string): { name: string; uid: string } {
  const [name = '', , uid = ''] = line.split(':', 3);
  return { name, uid };
}

/** Without the file, users are shown by number. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}
