/** The file that is run: the stub for the program's processor, with the program right behind it. Pure. @see elf(5), stub.ld */
import { encode } from './encode.ts';
import type { Program } from './program.ts';
import { STUBS } from './stub.generated.ts';

/** Where stub.ld has the program: this much above its place in the file. */
const PROGRAM_BASE = 0x1000_0000;
/** In the second of the program headers, which follow the file's of 64 bytes and are 56 bytes each. */
const SECOND_SEGMENT = 64 + 56;
const OFFSET = { file: 8, virtual: 16, physical: 24, fileBytes: 32, memoryBytes: 40 };

/** @throws when the stub is not the one that was checked in */
export function image(program: Program): Buffer {
  const stub = checkedCode(STUBS[program.processor], "launcher's stub");
  const { bytes, memoryBytes } = encode(program, PROGRAM_BASE + stub.length);
  return assembled(stub, bytes, memoryBytes);
}

/** `memoryBytes`: of what follows the code, with zeros behind it. */
export function assembled(code: Buffer, bytes: Uint8Array, memoryBytes: number): Buffer {
  const address = PROGRAM_BASE + code.length;
  const whole = Buffer.concat([code, bytes]);
  const write = (offset: number, value: number) =>
    whole.writeBigUInt64LE(BigInt(value), SECOND_SEGMENT + offset);
  write(OFFSET.file, code.length);
  write(OFFSET.virtual, address);
  write(OFFSET.physical, address);
  write(OFFSET.fileBytes, bytes.length);
  write(OFFSET.memoryBytes, memoryBytes);
  return whole;
}

interface CheckedIn {
  readonly base64: string;
  readonly crc: number;
}

const CRC_OF_HALF = Array.from({ length: 16 }, (_, half) => {
  let sum = half;
  for (let bit = 0; bit < 4; bit += 1) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ 0xedb8_8320;
  return sum;
});

const checked = new Map<CheckedIn, Buffer>();

/** Against damage; what was checked in is held to its SHA-256 by a test. @throws when it is not what its sum says */
export function checkedCode(from: CheckedIn, what: string): Buffer {
  const seen = checked.get(from);
  if (seen !== undefined) return seen;
  const code = Buffer.from(from.base64, 'base64');
  if (crc32(code) !== from.crc) throw new Error(`the ${what} is damaged`);
  checked.set(from, code);
  return code;
}

/** What zlib calls so, without zlib, which brings Node's streams along. */
function crc32(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let half = 0; half < 2; half += 1) sum = (sum >>> 4) ^ (CRC_OF_HALF[sum & 15] ?? 0);
  }
  return ~sum >>> 0;
}
