/**
 * What one file of a cgroup holds as one word that can be compared, shown and written back, and what has to be written to set it:
 * `max` for "no limit" wherever the kernel says -1 or a page-rounded LONG_MAX, and one device's line of a file of many. Pure.
 */
import { parseCpuList } from '../../kernel/cgroup/cpuset.ts';
import { parseIoMax, parseThrottleV1 } from '../../kernel/cgroup/io-max.ts';
import { parseLimitV1, parseLimitV2 } from '../../kernel/cgroup/value.ts';
import { KernelParseError } from '../../kernel/errors.ts';
import { splitBlanks, splitLines } from '../../kernel/proc/lines.ts';
import { deviceWrites, listedDevices } from './devices.ts';

/**
 * - `limit`, `bytes`: a number or `max`, as v2 writes it
 * - `bytes-v1`: -1 or a number of bytes, LONG_MAX in pages for none
 * - `quota-v1`: microseconds or -1
 * - `cpu.max`: "quota period"
 * - `io.max`, `throttle-v1`: of one device, by its "major:minor"
 * - `default-weight`: "default N", then devices that differ
 * - `bpf`: no file: what bpf-devices.ts says of the programs
 */
export const FILE_KINDS = [
  'limit',
  'bytes',
  'count',
  'bytes-v1',
  'quota-v1',
  'cpu.max',
  'list',
  'io.max',
  'throttle-v1',
  'default-weight',
  'devices',
  'bpf',
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** @throws {KernelParseError} on a text that the kernel does not write there */
export function settingOf(kind: FileKind, text: string, file: string, device = ''): string {
  switch (kind) {
    case 'limit':
    case 'bytes':
      return String(parseLimitV2(text, file));
    case 'bytes-v1':
      return String(parseLimitV1(text, file));
    case 'quota-v1': {
      const quota = parseLimitV2(text, file);
      return quota === 'max' || quota < 0 ? 'max' : String(quota);
    }
    case 'io.max':
      return ioSetting(text, device);
    case 'throttle-v1': {
      const limit = parseThrottleV1(text, file).get(device);
      return limit === undefined ? 'max' : String(limit);
    }
    case 'default-weight':
      return defaultWeight(text, file);
    case 'list':
      return parseCpuList(text, file);
    default:
      return text.trim();
  }
}

/** What to write so that `settingOf` says this afterwards. */
export function payloadOf(kind: FileKind, setting: string, device = ''): string {
  switch (kind) {
    case 'bytes-v1':
    case 'quota-v1':
      return setting === 'max' ? '-1' : setting;
    case 'io.max':
      return `${device} ${setting}`;
    case 'throttle-v1':
      return `${device} ${setting === 'max' ? '0' : setting}`;
    case 'default-weight':
      return `default ${setting}`;
    case 'list':
      // An empty write reaches no file: the line end is what empties it.
      return setting === '' ? '\n' : setting;
    default:
      return setting;
  }
}

/** The writes that make one setting of another: one, but for lists of devices, which have files of their own to write to. */
export function payloadsOf(
  { file, kind, device }: { readonly file: string; readonly kind: FileKind; readonly device?: string },
  from: string,
  to: string,
): readonly { readonly file: string; readonly value: string }[] {
  if (kind === 'devices') return deviceWrites(from, to);
  return [{ file, value: payloadOf(kind, to, device) }];
}

/** The order in which io.max writes them, all four. */
function ioSetting(text: string, device: string): string {
  const found = parseIoMax(text).find((each) => each.device === device);
  const {
    readBytesPerSec = 'max',
    writeBytesPerSec = 'max',
    readOpsPerSec = 'max',
    writeOpsPerSec = 'max',
  } = found ?? {};
  return `rbps=${readBytesPerSec} wbps=${writeBytesPerSec} riops=${readOpsPerSec} wiops=${writeOpsPerSec}`;
}

function defaultWeight(text: string, file: string): string {
  for (const line of splitLines(text)) {
    const [name, weight, ...more] = splitBlanks(line);
    if (name === 'default' && weight !== undefined && more.length === 0) return weight;
  }
  throw new KernelParseError(file, 'expected "default N"', text);
}

/**
 * The kernel rounds limits of memory down to pages and writes lists in its own way; anything else that comes back is not what
 * was asked for.
 */
export function isSameSetting(kind: FileKind, wanted: string, found: string): boolean {
  if (wanted === found) return true;
  if (kind === 'devices') return listedDevices(wanted) === listedDevices(found);
  if (kind !== 'bytes' && kind !== 'bytes-v1') return false;
  if (wanted === 'max' || found === 'max') return false;
  const difference = BigInt(wanted) - BigInt(found);
  return difference > 0n && difference < LARGEST_PAGE;
}

/** 64 KiB; limits of huge pages are rounded when they are planned. */
const LARGEST_PAGE = 65_536n;
