/** Reading and parsing in one step, with a parse failure answered as `unsupported` instead of ending the sample. */
import { KernelParseError } from '../src/kernel/errors.ts';
import type { Reading } from '../src/kernel/reading.ts';

/** No errno of the kernel: the file was read, and is in a format we do not know. */
export const UNPARSED = { ok: false, why: 'unsupported', errno: 'EPARSE' } as const;

/** A format we do not know is the kernel's way of being newer than us: that field is unsupported, the rest goes on. */
export function parsed<Raw, T>(reading: Reading<Raw>, path: string, parse: (raw: Raw) => T): Reading<T> {
  if (!reading.ok) return reading;
  try {
    return { ok: true, value: parse(reading.value) };
  } catch (error) {
    if (error instanceof KernelParseError) return { ...UNPARSED, path };
    throw error;
  }
}

/** For files that are there as long as their process is: without them, the process has gone. */
export function ofLiving<T>(reading: Reading<T>): Reading<T> {
  return !reading.ok && reading.why === 'absent' ? { ...reading, why: 'gone' } : reading;
}
