/**
 * `/proc/PID/auxv`: what the kernel told the process at execve(2), as pairs of 64-bit little-endian words, type and value,
 * ended by AT_NULL. Read our own: a 32-bit process has 32-bit words. Empty for kernel threads and zombies.
 * @see getauxval(3), include/uapi/linux/auxvec.h
 */
import { KernelParseError } from '../errors.ts';

export const AT_PAGESZ = 6;
/** Frequency of times(2): the unit of every "ticks" in /proc. */
export const AT_CLKTCK = 17;

const AT_NULL = 0n;
const FILE = '/proc/PID/auxv';
const PAIR_BYTES = 16;

/** @throws {KernelParseError} when it ends before AT_NULL does */
export function parseAuxv(bytes: Uint8Array): Map<number, bigint> {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vector = new Map<number, bigint>();
  if (bytes.length === 0) return vector;
  for (let at = 0; at + PAIR_BYTES <= bytes.length; at += PAIR_BYTES) {
    const type = words.getBigUint64(at, true);
    if (type === AT_NULL) return vector;
    vector.set(Number(type), words.getBigUint64(at + 8, true));
  }
  throw new KernelParseError(FILE, 'ends before AT_NULL');
}
