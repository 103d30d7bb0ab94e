/**
 * `blkio.throttle.io_service_bytes`, `io_serviced` and `…_recursive` (v1): "major:minor Operation N" lines, bytes in the
 * first and operations in the second, then "Total N".
 * `_recursive` (Linux 4.5) includes the cgroups below. Only what passes blk-throttle counts.
 * @see Documentation/admin-guide/cgroup-v1/blkio-controller.rst, block/blk-cgroup-rwstat.c
 */
import { type Count, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from '../proc/lines.ts';

export interface BlkioBytes {
  /** "major:minor". */
  device: string;
  readBytes: Count;
  writeBytes: Count;
}

/** The same in operations, of `blkio.throttle.io_serviced`. */
export interface BlkioOperations {
  device: string;
  readOps: Count;
  writeOps: Count;
}

interface Counted {
  read: Count;
  write: Count;
}
const DEVICE = /^\d+:\d+$/;

/** Empty when the cgroup has no statistics. @throws {KernelParseError} on a line of another shape */
export function parseBlkioBytes(text: string): BlkioBytes[] {
  const devices = parseOperations(text, 'blkio.throttle.io_service_bytes');
  return [...devices].map(([device, { read, write }]) => ({ device, readBytes: read, writeBytes: write }));
}

/** Empty when the cgroup has no statistics. @throws {KernelParseError} on a line of another shape */
export function parseBlkioOperations(text: string): BlkioOperations[] {
  const devices = parseOperations(text, 'blkio.throttle.io_serviced');
  return [...devices].map(([device, { read, write }]) => ({ device, readOps: read, writeOps: write }));
}

function parseOperations(text: string, file: string): Map<string, Counted> {
  const devices = new Map<string, Counted>();
  for (const line of splitLines(text)) {
    const [device = '', operation, amount, ...more] = line.split(' ');
    // The sum over all devices: ours to make, or not.
    if (device.toLowerCase() === 'total' && amount === undefined) continue;
    if (!DEVICE.test(device) || operation === undefined || amount === undefined || more.length > 0) {
      throw new KernelParseError(file, 'expected "major:minor Operation N"', line);
    }
    const count = parseCount(amount, file);
    let entry = devices.get(device);
    if (entry === undefined) {
      entry = { read: 0, write: 0 };
      devices.set(device, entry);
    }
    // bfq writes the names in lower case. Sync, Async, Discard and Total split the same another way.
    const name = operation.toLowerCase();
    if (name === 'read' || name === 'write') entry[name] = count;
  }
  return devices;
}
