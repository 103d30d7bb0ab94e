/** What a cgroup's path says: its name, the systemd unit it is part of. Pure. */
import { unescapeUnit } from './runtime-patterns.ts';

const UNIT = /.\.(?:slice|scope|service|socket|mount|swap|automount|device|target|timer|path)$/;

/** The last part, for people: `a-b.scope` for `a\x2db.scope`. */
export function nameOfCgroup(path: string): string {
  return path === '/' ? path : unescapeUnit(path.slice(path.lastIndexOf('/') + 1));
}

/** The innermost unit, by the name systemctl knows: with `\x2d`, without the `_` that systemd put before it. */
export function unitOf(path: string): string | undefined {
  return path
    .split('/')
    .findLast((each) => UNIT.test(each))
    ?.replace(/^_/, '');
}
