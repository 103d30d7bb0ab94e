/** Names of the host's own users, from /etc/passwd: outside ids only, never a container's file. */
import { readFileSync } from 'node:fs';
import { errnoOf } from './failure.ts';

export function userNames(path = '/etc/passwd'): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of readLines(path)) {
    const [name, , uid] = line.split(':');
    if (name !== undefined && uid !== undefined && /^\d+$/.test(uid)) names.set(Number(uid), name);
  }
  return names;
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
