/**
 * `io.stat` (v2): "major:minor key=value …" per device, bytes and operations since the cgroup was made.
 * Stacked devices (dm on a disk) both count the same bytes: do not sum blindly.
 * @see Documentation/admin-guide/cgroup-v2.rst, block/blk-cgroup.c blkcg_print_one_stat
 */
import { type Count, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from '../proc/lines.ts';

export { type BlkioBytes, parseBlkioBytes } from './blkio-bytes.ts';

export interface IoDevice {
  /** "major:minor". */
  device: string;
  readBytes: Count;
  writeBytes: Count;
  readOps: Count;
  writeOps: Count;
  /** Since Linux 4.20. */
  discardBytes?: Count;
  discardOps?: Count;
}

const FILE = 'io.stat';
const DEVICE = /^\d+:\d+$/;
const FIELDS: ReadonlyMap<string, Exclude<keyof IoDevice, 'device'>> = new Map([
  ['rbytes', 'readBytes'],
  ['wbytes', 'writeBytes'],
  ['rios', 'readOps'],
  ['wios', 'writeOps'],
  ['dbytes', 'discardBytes'],
  ['dios', 'discardOps'],
] as const);

/**
 * Empty when nothing was read or written. A last line without its newline counts when it is whole, and is skipped when it is not.
 * @throws {KernelParseError} on any other line that is not devices and key=value fields
 */
export function parseIoStat(text: string): IoDevice[] {
  const lines = splitLines(text);
  const devices: IoDevice[] = [];
  const cut = text.endsWith('\n') ? undefined : lines.pop();
  for (const line of lines) devices.push(...parseLine(line));
  if (cut !== undefined && isWhole(cut)) devices.push(...parseLine(cut));
  return devices;
}

const WHOLE = /^\d+:\d+( [^ =]+=[^ ]+)+$/;

function isWhole(line: string): boolean {
  return WHOLE.test(line) && line.includes(' rbytes=') && / wios=\d+/.test(line);
}

/** Usually one device; some kernels leave out the newline after one without statistics: "253:1 253:0 rbytes=…". */
function parseLine(line: string): IoDevice[] {
  const devices: IoDevice[] = [];
  let current: IoDevice | undefined;
  for (const word of splitBlanks(line)) {
    if (DEVICE.test(word)) {
      // The kernel leaves the keys out when all of them are 0.
      current = { device: word, readBytes: 0, writeBytes: 0, readOps: 0, writeOps: 0 };
      devices.push(current);
      continue;
    }
    const equals = word.indexOf('=');
    if (current === undefined || equals < 1) {
      throw new KernelParseError(FILE, 'expected "major:minor key=value …"', line);
    }
    const field = FIELDS.get(word.slice(0, equals));
    // Other keys are iocost's and iolatency's (cost.usage, depth=max, avg_lat …): no use for them.
    if (field !== undefined) current[field] = parseCount(word.slice(equals + 1), FILE);
  }
  if (devices.length === 0) throw new KernelParseError(FILE, 'empty line', line);
  return devices;
}
