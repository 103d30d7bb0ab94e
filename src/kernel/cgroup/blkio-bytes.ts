/**
 * `blkio.throttle.io_service_bytes` and `…_recursive` (v1): "major:minor Operation N" lines in bytes, then "Total N".
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

const FILE = 'blkio.throttle.io_service_bytes';
const DEVICE = /^\d+:\d+$/;

/** Empty when the cgroup has no statistics. @throws {KernelParseError} on a line of another shape */
export function parseBlkioBytes(text: string): BlkioBytes[] {
  const devices = new Map<string, BlkioBytes>();
  for (const line of splitLines(text)) {
    const [device = '', operation, bytes, ...more] = line.split(' ');
    // The sum over all devices: ours to make, or not.
    if (device.toLowerCase() === 'total' && bytes === undefined) continue;
    if (!DEVICE.test(device) || operation === undefined || bytes === undefined || more.length > 0) {
      throw new KernelParseError(FILE, 'expected "major:minor Operation N"', line);
    }
    const count = parseCount(bytes, FILE);
    let entry = devices.get(device);
    if (entry === undefined) {
      entry = { device, readBytes: 0, writeBytes: 0 };
      devices.set(device, entry);
    }
    // bfq writes the names in lower case. Sync, Async, Discard and Total split the same bytes another way.
    const name = operation.toLowerCase();
    if (name === 'read') entry.readBytes = count;
    else if (name === 'write') entry.writeBytes = count;
  }
  return [...devices.values()];
}
