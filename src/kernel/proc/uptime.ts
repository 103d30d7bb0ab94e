/**
 * `/proc/uptime`: "uptime idle", in seconds with two decimals; idle is summed over all cores. Uptime is shifted in a time
 * namespace.
 * @see proc_uptime(5)
 */
import { KernelParseError } from '../errors.ts';
import { onlyLine } from './lines.ts';

export interface Uptime {
  uptimeSeconds: number;
  idleSeconds: number;
}

const FILE = '/proc/uptime';
const LINE = /^(\d+\.\d+) (\d+\.\d+)$/;

/** @throws {KernelParseError} on anything but two decimal numbers */
export function parseUptime(text: string): Uptime {
  const line = onlyLine(text, FILE);
  const [, uptime, idle] = LINE.exec(line) ?? [];
  if (uptime === undefined || idle === undefined)
    throw new KernelParseError(FILE, 'expected two numbers', line);
  return { uptimeSeconds: Number(uptime), idleSeconds: Number(idle) };
}
