/**
 * `/proc/meminfo`: "Key:   N kB" lines. Values in bytes, except the few without a unit (HugePages_*), which are counts of
 * pages. Keys as the kernel writes them, brackets included (`Active(anon)`).
 * @see proc_meminfo(5)
 */
import { parseInteger } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from './lines.ts';

const FILE = '/proc/meminfo';
const VALUE = /^ *(\d+)( kB)?$/;

/** Lines without a colon are skipped. @throws {KernelParseError} on a value that is not "N" or "N kB" */
export function parseMeminfo(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of splitLines(text)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const [, digits, unit] = VALUE.exec(line.slice(colon + 1)) ?? [];
    if (digits === undefined) throw new KernelParseError(FILE, 'expected "N kB"', line);
    values.set(line.slice(0, colon), parseInteger(digits, FILE) * (unit === undefined ? 1 : 1024));
  }
  return values;
}
