/**
 * Limits on block I/O, bytes and operations a second. v2 `io.max`: "major:minor rbps=N wbps=max riops=N wiops=N". v1
 * `blkio.throttle.{read,write}_{bps,iops}_device`: "major:minor N". Only devices with a limit are listed.
 * @see Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/blkio-controller.rst
 */
import { type Count, type Limit, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from '../proc/lines.ts';
import { parseLimitV2 } from './value.ts';

export interface IoMax {
  /** "major:minor". */
  device: string;
  readBytesPerSec: Limit;
  writeBytesPerSec: Limit;
  readOpsPerSec: Limit;
  writeOpsPerSec: Limit;
}

const FILE = 'io.max';
const DEVICE = /^\d+:\d+$/;
const FIELDS: ReadonlyMap<string, Exclude<keyof IoMax, 'device'>> = new Map([
  ['rbps', 'readBytesPerSec'],
  ['wbps', 'writeBytesPerSec'],
  ['riops', 'readOpsPerSec'],
  ['wiops', 'writeOpsPerSec'],
] as const);

export function noIoLimit(device: string): IoMax {
  return {
    device,
    readBytesPerSec: 'max',
    writeBytesPerSec: 'max',
    readOpsPerSec: 'max',
    writeOpsPerSec: 'max',
  };
}

/** Unknown keys are skipped. @throws {KernelParseError} on a line of another shape */
export function parseIoMax(text: string): IoMax[] {
  return splitLines(text).map((line) => {
    const [device = '', ...pairs] = splitBlanks(line);
    if (!DEVICE.test(device)) throw new KernelParseError(FILE, 'expected "major:minor key=value …"', line);
    const limits = noIoLimit(device);
    for (const pair of pairs) {
      const [key = '', value = ''] = pair.split('=');
      const field = FIELDS.get(key);
      if (field !== undefined) limits[field] = parseLimitV2(value, FILE);
    }
    return limits;
  });
}

/** By device. @throws {KernelParseError} on a line that is not "major:minor N" */
export function parseThrottleV1(text: string, file: string): Map<string, Count> {
  return new Map(
    splitLines(text).map((line) => {
      const [device = '', limit = '', ...more] = splitBlanks(line);
      if (!DEVICE.test(device) || more.length > 0)
        throw new KernelParseError(file, 'expected "major:minor N"', line);
      return [device, parseCount(limit, file)];
    }),
  );
}
