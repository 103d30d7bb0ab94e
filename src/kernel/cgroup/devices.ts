/**
 * `devices.list` (v1): "type major:minor access" per rule, "a *:* rwm" when all is allowed. v2 has no such file: a BPF program
 * decides there.
 * @see Documentation/admin-guide/cgroup-v1/devices.rst
 */
import { KernelParseError } from '../errors.ts';
import { splitLines } from '../proc/lines.ts';

export interface DeviceRule {
  /** all, block, character. */
  type: 'a' | 'b' | 'c';
  major: number | '*';
  minor: number | '*';
  /** Of r(ead), w(rite), m(knod). */
  access: string;
}

const FILE = 'devices.list';
const LINE = /^([abc]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/;

/** Empty when nothing is allowed. @throws {KernelParseError} on a line of another shape */
export function parseDevicesList(text: string): DeviceRule[] {
  return splitLines(text).map((line) => {
    const [, type, major, minor, access] = LINE.exec(line) ?? [];
    if ((type !== 'a' && type !== 'b' && type !== 'c') || access === undefined) {
      throw new KernelParseError(FILE, 'expected "type major:minor access"', line);
    }
    return { type, major: numberOrAny(major), minor: numberOrAny(minor), access };
  });
}

function numberOrAny(text: string | undefined): number | '*' {
  return text === '*' ? '*' : Number(text);
}
