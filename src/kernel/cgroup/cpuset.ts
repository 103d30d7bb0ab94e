/**
 * `cpuset.cpus`, `cpuset.mems` and their effective forms: a list of numbers and ranges ("0-3,7"), empty when nothing was
 * written (v2: then the parent's counts; v1: then no process can be moved in). `cpuset.cpus.partition` (v2): "member", "root"
 * or "isolated", and "root invalid (why)".
 * @see Documentation/admin-guide/cgroup-v2.rst, "Cpuset Interface Files"
 */
import { KernelParseError } from '../errors.ts';
import { onlyLine } from '../proc/lines.ts';

const LIST = /^(?:\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)?$/;

/** As the kernel writes it, '' when empty. @throws {KernelParseError} on anything but a list */
export function parseCpuList(text: string, file: string): string {
  const line = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (!LIST.test(line)) throw new KernelParseError(file, 'expected a list such as "0-3,7"', text);
  return line;
}

/** With the reason when it is invalid. @throws {KernelParseError} on an unknown word */
export function parsePartition(text: string): string {
  const line = onlyLine(text, 'cpuset.cpus.partition');
  if (/^(?:member|(?:root|isolated)(?: invalid.*)?)$/.test(line)) return line;
  throw new KernelParseError('cpuset.cpus.partition', 'unknown state', line);
}
