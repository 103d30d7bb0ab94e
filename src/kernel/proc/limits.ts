/**
 * `/proc/PID/limits`: a header, then one line per resource in fixed columns ("%-25s %-20s %-20s %-10s"), units by line.
 * @see proc_pid_limits(5), getrlimit(2), fs/proc/base.c proc_pid_limits
 */
import { type Limit, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from './lines.ts';

export interface ResourceLimit {
  /** In the kernel's words: "Max open files". */
  name: string;
  soft: Limit;
  hard: Limit;
  /** "bytes", "files", "seconds", "us" …; none for the two priorities. */
  unit?: string;
}

const FILE = '/proc/PID/limits';

/** @throws {KernelParseError} without the header, or on a line whose columns are not a name and two limits */
export function parseLimits(text: string): ResourceLimit[] {
  const [header, ...lines] = splitLines(text);
  if (!header?.startsWith('Limit ')) throw new KernelParseError(FILE, 'no header line', header);
  return lines.map(parseLine);
}

// By column, not by blanks: names hold single blanks, and one that fills its column has only one behind it.
function parseLine(line: string): ResourceLimit {
  const name = line.slice(0, 25).trimEnd();
  if (name === '') throw new KernelParseError(FILE, 'no name', line);
  const limit: ResourceLimit = { name, soft: column(line, 26), hard: column(line, 47) };
  const unit = line.slice(68).trimEnd();
  if (unit !== '') limit.unit = unit;
  return limit;
}

function column(line: string, start: number): Limit {
  const value = line.slice(start, start + 20).trimEnd();
  return value === 'unlimited' ? 'max' : parseCount(value, FILE);
}
