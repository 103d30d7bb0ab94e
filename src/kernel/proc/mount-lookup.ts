/**
 * One mount of a table, without parsing the others: a host's tables have some thousand lines together, and most questions are
 * about one path of each. Pure.
 * @see proc_pid_mountinfo(5)
 */
import { type Fact, known } from '../reading.ts';
import { type MountEntry, parseMountinfo } from './mountinfo.ts';
import { visibleAmong, visibleAt } from './visible-mounts.ts';

/** A mount table, of which one mount may be had sooner than all of them. */
export interface MountSource {
  readonly mounts: Fact<readonly MountEntry[]>;
  /** As `visibleAt` of `mounts`. */
  readonly mountAt?: (target: string) => MountEntry | undefined;
}

/** The mount one gets by opening `target`; undefined when nothing visible is mounted exactly there, or nothing is known. */
export function mountIn(table: MountSource | undefined, target: string): MountEntry | undefined {
  if (table?.mountAt !== undefined) return table.mountAt(target);
  return visibleAt(known(table?.mounts) ?? [], target);
}

/** The kernel writes these as octal numbers. */
const ESCAPED = /[\s\\#,]/;

/** The same from the text of mountinfo. @throws {KernelParseError} on a line about `target` that is malformed */
export function mountInText(text: string, target: string): MountEntry | undefined {
  if (ESCAPED.test(target)) return visibleAt(parseMountinfo(text), target);
  if (target !== '/' && !text.includes(` ${target}`)) return undefined;
  const entries = parseMountinfo(linesAt(text, directoriesTo(target)));
  return visibleAmong(entries, target, (id) => text.startsWith(`${id} `) || text.includes(`\n${id} `));
}

/** The lines about one device, and perhaps some others. */
export function linesOnDevice(text: string, device: string): string {
  return text
    .split('\n')
    .filter((line) => line.includes(` ${device} `))
    .join('\n');
}

/** `/`, `/etc` and `/etc/hostname`. */
function directoriesTo(target: string): string[] {
  const paths = ['/'];
  for (let at = target.indexOf('/', 1); at > 0; at = target.indexOf('/', at + 1))
    paths.push(target.slice(0, at));
  if (target !== '/') paths.push(target);
  return paths;
}

const FIELDS_BEFORE = 4;
/** A mount point that was deleted keeps its name, with this after it. */
const DELETED = '//deleted ';

/** The lines whose mount point is one of these, in their order. */
function linesAt(text: string, targets: readonly string[]): string {
  const found: string[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let at = start;
    for (let field = 0; field < FIELDS_BEFORE && at <= end; field += 1) {
      const blank = text.indexOf(' ', at);
      at = blank < 0 ? text.length : blank + 1;
    }
    if (at < end && targets.some((target) => isMountPoint(text, at, target)))
      found.push(text.slice(start, end));
    start = end + 1;
  }
  return found.join('\n');
}

function isMountPoint(text: string, at: number, target: string): boolean {
  if (target === '/' && text.startsWith(DELETED, at)) return true;
  if (!text.startsWith(target, at)) return false;
  const end = at + target.length;
  return text[end] === ' ' || text.startsWith(DELETED, end);
}
