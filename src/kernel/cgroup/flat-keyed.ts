/**
 * The "flat keyed" format of cgroup files (memory.stat, cpu.stat, cgroup.events …): "key value" lines, value a decimal
 * integer. Keys come in any order and new kernels add some: callers take those they know.
 * @see Documentation/admin-guide/cgroup-v2.rst, "Format"
 */
import { type Count, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from '../proc/lines.ts';

export type FlatKeyed = Map<string, Count>;

/**
 * A last line without its newline counts when it is whole ("key 12") and is skipped when it is not ("key", "ke"): a short
 * read must not cost the keys before it. What must be there is then missed by `requiredCount`.
 * @throws {KernelParseError} on any other line that is not "key integer"
 */
export function parseFlatKeyed(text: string, file: string): FlatKeyed {
  const values: FlatKeyed = new Map();
  const lines = splitLines(text);
  if (lines.length > 0 && !text.endsWith('\n') && !WHOLE.test(lines.at(-1) ?? '')) lines.pop();
  for (const line of lines) {
    const blank = line.indexOf(' ');
    if (blank < 1) throw new KernelParseError(file, 'expected "key value"', line);
    values.set(line.slice(0, blank), parseCount(line.slice(blank + 1), file));
  }
  return values;
}

const WHOLE = /^[^ ]+ -?\d+$/;

/** @throws {KernelParseError} when every kernel we know writes `key`, and this file does not */
export function requiredCount(values: FlatKeyed, key: string, file: string): Count {
  const value = values.get(key);
  if (value === undefined) throw new KernelParseError(file, `no "${key}" line`);
  return value;
}

/** A required count of events or of booleans, which always fits. @throws {KernelParseError} when missing or beyond 2^53 */
export function requiredInteger(values: FlatKeyed, key: string, file: string): number {
  const value = requiredCount(values, key, file);
  if (typeof value === 'bigint') throw new KernelParseError(file, `"${key}" beyond 2^53`, String(value));
  return value;
}
