/**
 * cgroup files of one value: `memory.current`, `memory.max`, `pids.current`, `pids.max`, `memory.limit_in_bytes` …
 * Bytes or counts, as the file says.
 * @see Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/memory.rst
 */
import { type Count, type Limit, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { onlyLine } from '../proc/lines.ts';

/** v2 says "max" (in memory.min and memory.low too). @throws {KernelParseError} on anything but "max" or an integer */
export function parseLimitV2(text: string, file: string): Limit {
  const value = onlyLine(text, file);
  return value === 'max' ? 'max' : parseCount(value, file);
}

/**
 * v1 says -1, or LONG_MAX rounded down to a page of 4, 16 or 64 KiB; kernels before 3.19, which counted bytes, LLONG_MAX
 * or ULLONG_MAX; and pids.max says "max" as in v2.
 * @throws {KernelParseError} on anything but "max" or an integer
 */
export function parseLimitV1(text: string, file: string): Limit {
  const limit = parseLimitV2(text, file);
  return limit === 'max' ? 'max' : limitFromV1(limit);
}

/** LONG_MAX rounded down to the largest page size: no host has a limit in the last 64 KiB below 2^63. */
const NO_LIMIT_FROM = 2n ** 63n - 65536n;

/** The same for a number met inside another file (`hierarchical_memory_limit` of memory.stat). */
export function limitFromV1(value: Count): Limit {
  return value === -1 || value >= NO_LIMIT_FROM ? 'max' : value;
}

/** @throws {KernelParseError} on anything but one integer */
export function parseSingleCount(text: string, file: string): Count {
  return parseCount(onlyLine(text, file), file);
}

/** A file of one flag. @throws {KernelParseError} on anything but 0 and 1 */
export function parseFlag(text: string, file: string): boolean {
  const value = onlyLine(text, file);
  if (value !== '0' && value !== '1') throw new KernelParseError(file, 'expected 0 or 1', text);
  return value === '1';
}
