/**
 * Pressure stall information, `cpu.pressure`, `memory.pressure`, `io.pressure`, `irq.pressure` and /proc/pressure/*:
 * "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and "full …", averages in percent, total in microseconds.
 * The `full` line of cpu is absent before Linux 5.13 and 0 at the top; irq has only `full`. Reading can fail with EOPNOTSUPP.
 * @see Documentation/accounting/psi.rst
 */
import { type Count, parseCount } from '../count.ts';
import { KernelParseError } from '../errors.ts';
import { splitLines } from '../proc/lines.ts';

export interface PressureLine {
  avg10: number;
  avg60: number;
  avg300: number;
  totalUsec: Count;
}

export interface Pressure {
  some?: PressureLine;
  full?: PressureLine;
}

const FILE = 'pressure';
const LINE = /^(\w+) avg10=(\d+\.\d+) avg60=(\d+\.\d+) avg300=(\d+\.\d+) total=(\d+)$/;

/** @throws {KernelParseError} on a malformed line, or when there is neither `some` nor `full` */
export function parsePressure(text: string): Pressure {
  const pressure: Pressure = {};
  for (const line of splitLines(text)) {
    const [, kind, avg10, avg60, avg300, total = ''] = LINE.exec(line) ?? [];
    if (kind === undefined) throw new KernelParseError(FILE, 'expected "some avg10=… total=…"', line);
    // A third kind of line would be a newer kernel's: of no use without knowing what it means.
    if (kind !== 'some' && kind !== 'full') continue;
    pressure[kind] = {
      avg10: Number(avg10),
      avg60: Number(avg60),
      avg300: Number(avg300),
      totalUsec: parseCount(total, FILE),
    };
  }
  if (pressure.some === undefined && pressure.full === undefined) throw new KernelParseError(FILE, 'empty');
  return pressure;
}
