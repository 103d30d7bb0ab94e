/** The file that is run: the stub for the program's processor, with the program right behind it. Pure. @see elf(5), stub.ld */
import { createHash } from 'node:crypto';
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
  const stub = checkedStub(program.processor);
  const address = PROGRAM_BASE + stub.length;
  const { bytes, memoryBytes } = encode(program, address);
  const whole = Buffer.concat([stub, bytes]);
  const write = (offset: number, value: number) =>
    whole.writeBigUInt64LE(BigInt(value), SECOND_SEGMENT + offset);
  write(OFFSET.file, stub.length);
  write(OFFSET.virtual, address);
  write(OFFSET.physical, address);
  write(OFFSET.fileBytes, bytes.length);
  write(OFFSET.memoryBytes, memoryBytes);
  return whole;
}

const checkedStubs = new Map<keyof typeof STUBS, Buffer>();

function checkedStub(processor: keyof typeof STUBS): Buffer {
  const seen = checkedStubs.get(processor);
  if (seen !== undefined) return seen;
  const { base64, sha256 } = STUBS[processor];
  const stub = Buffer.from(base64, 'base64');
  if (createHash('sha256').update(stub).digest('hex') !== sha256)
    throw new Error("the launcher's stub is damaged");
  checkedStubs.set(processor, stub);
  return stub;
}
