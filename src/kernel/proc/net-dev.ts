/**
 * `/proc/PID/net/dev`: two header lines, then one line per device of that process's network namespace: the name, a colon,
 * 8 numbers received and 8 sent. Bytes and packets since the device was made.
 * @see proc_pid_net(5)
 */
import { type Count, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitBlanks, splitLines } from './lines.ts';

export interface NetDevice {
  name: string;
  rxBytes: Count;
  rxPackets: Count;
  rxErrors: Count;
  rxDropped: Count;
  txBytes: Count;
  txPackets: Count;
  txErrors: Count;
  txDropped: Count;
}

const FILE = '/proc/PID/net/dev';
const COLUMNS = 16;

/** @throws {KernelParseError} without the two headers, or on a line that is not a name and 16 numbers */
export function parseNetDev(text: string): NetDevice[] {
  const [first, second, ...lines] = splitLines(text);
  // By position: "|" is a valid character in a device's name.
  if (!first?.startsWith('Inter-|') || !second?.startsWith(' face |')) {
    throw new KernelParseError(FILE, 'no header lines', first);
  }
  return lines.map(parseLine);
}

function parseLine(line: string): NetDevice {
  // The last colon: aliases ("eth0:1:") hold one, and old kernels leave no blank before a wide number ("eth0:123").
  const colon = line.lastIndexOf(':');
  const name = line.slice(0, Math.max(colon, 0)).trimStart();
  const columns = splitBlanks(line.slice(colon + 1));
  if (name === '' || columns.length < COLUMNS) {
    throw new KernelParseError(FILE, 'expected a name, ":" and 16 numbers', line);
  }
  const count = (column: number) => parseCount(columns[column] ?? '', FILE);
  return {
    name,
    rxBytes: count(0),
    rxPackets: count(1),
    rxErrors: count(2),
    rxDropped: count(3),
    txBytes: count(8),
    txPackets: count(9),
    txErrors: count(10),
    txDropped: count(11),
  };
}
