/**
 * One mount of a table, without parsing the others: a host's tables have some thousand lines together, and most questions are
 * about one path of each. Pure.
 * @see proc_pid_mountinfo(5)
 */
import { type Fact, known } from '../reading.ts';
import { type MountEntry, parseMountinfo } from './mountinfo.ts';
import { visibleAmong, visibleAt, visibleMounts } from './visible-mounts.ts';

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
const ESCAPED = [' ', '\t', '\n', '\\', '#', ','];
const isEscaped = (target: string): boolean => ESCAPED.some((character) => target.includes(character));

/** The same from the text of mountinfo. @throws {KernelParseError} on a line about `target` that is malformed */
export function mountInText(text: string, target: string): MountEntry | undefined {
  if (isEscaped(target)) return visibleAt(parseMountinfo(text), target);
  if (target !== '/' && !text.includes(` ${target}`)) return undefined;
  const entries = parseMountinfo(linesAt(text, directoriesTo(target)));
  return visibleAmong(entries, target, (id) => isListed(text, id));
}

/** The mounts of these types that can be reached by path, in their order. @throws as `mountInText` */
export function mountsOfTypes(text: string, types: readonly string[]): MountEntry[] {
  const isWanted = ({ type }: MountEntry) => types.includes(type);
  const targets = new Set<string>();
  for (const type of types) {
    const words = ` - ${type} `;
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
      const target = mountPointOf(text, text.lastIndexOf('\n', at) + 1);
      if (target.includes('\\')) return visibleMounts(parseMountinfo(text)).filter(isWanted);
      for (const directory of directoriesTo(target)) targets.add(directory);
    }
  }
  if (targets.size === 0) return [];
  const entries = parseMountinfo(linesAt(text, [...targets]));
  return visibleMounts(entries, (id) => isListed(text, id)).filter(isWanted);
}

function isListed(text: string, id: number): boolean {
  return text.startsWith(`${id} `) || text.includes(`\n${id} `);
}

/** Of the line that begins there, as it is written. */
function mountPointOf(text: string, start: number): string {
  let at = start;
  for (let field = 0; field < FIELDS_BEFORE; field++) at = text.indexOf(' ', at) + 1;
  const target = text.slice(at, text.indexOf(' ', at));
  return target.endsWith(DELETED_MARK) ? target.slice(0, -DELETED_MARK.length) || '/' : target;
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
const DELETED_MARK = '//deleted';
const DELETED = `${DELETED_MARK} `;

/** The lines whose mount point is one of these, in their order. */
function linesAt(text: string, targets: readonly string[]): string {
  const starts: number[] = [];
  for (const target of targets) addLinesWith(text, ` ${target} `, starts);
  if (text.includes(DELETED)) {
    for (const target of targets) addLinesWith(text, ` ${target}${DELETED}`, starts);
    addLinesWith(text, ` ${DELETED}`, starts);
  }
  const lines = starts.sort((a, b) => a - b).map((start) => text.slice(start, endOfLine(text, start)));
  return lines.join('\n');
}

/**
 * Where the lines begin that have these words as their mount point. Found by them, not line by line: what is looked for is in
 * one or two lines of a hundred. A mount point of `/` is not followed by another path, as a root of `/` is.
 */
function addLinesWith(text: string, words: string, starts: number[]): void {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    if (text[at + words.length] === '/') continue;
    const start = text.lastIndexOf('\n', at) + 1;
    if (blanksBetween(text, start, at) === FIELDS_BEFORE - 1) starts.push(start);
  }
}

function blanksBetween(text: string, start: number, end: number): number {
  let blanks = 0;
  for (let at = text.indexOf(' ', start); at >= 0 && at < end; at = text.indexOf(' ', at + 1)) blanks += 1;
  return blanks;
}

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline < 0 ? text.length : newline;
}
