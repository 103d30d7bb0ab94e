import { describe, expect, it } from 'vitest';
import { image } from '../../../src/launch/image.ts';
import { program } from '../../../src/launch/program.ts';
import { sys } from '../../../src/launch/syscalls.ts';

const MACHINE = { x64: 62, arm64: 183 } as const;

describe.each(['x64', 'arm64'] as const)('the file for %s', (processor) => {
  const p = program('x', processor);
  p.step('getcwd', sys.getcwd, p.scratch(100_000), 100_000);
  const file = image(p);
  const segment = (n: number) => {
    const at = 64 + 56 * n;
    const [offset, virtual, , inFile, inMemory] = [8, 16, 24, 32, 40].map((o) =>
      Number(file.readBigUInt64LE(at + o)),
    );
    return {
      type: file.readUInt32LE(at),
      flags: file.readUInt32LE(at + 4),
      offset,
      virtual,
      inFile,
      inMemory,
    };
  };

  it('is a static ELF of that processor, and small', () => {
    expect(file.subarray(0, 7).toString('hex')).toBe('7f454c46020101');
    expect([file.readUInt16LE(16), file.readUInt16LE(18), file.readUInt16LE(56)]).toEqual([
      2,
      MACHINE[processor],
      3,
    ]);
    expect(segment(0).inFile).toBeLessThan(2048);
  });

  it('is never writable where it runs, and runs nothing that is writable', () => {
    expect([0, 1, 2].map((n) => [segment(n).type, segment(n).flags])).toEqual([
      [1, 5],
      [1, 6],
      [0x6474e551, 6],
    ]);
  });

  it('has the program behind the stub, where no page size asks for padding', () => {
    const stub = segment(0);
    const { offset = 0, virtual = 0, inFile, inMemory } = segment(1);
    expect(offset).toBe(stub.inFile);
    expect(virtual % 0x1_0000).toBe(offset % 0x1_0000);
    expect(inFile).toBe(file.length - offset);
    expect(inMemory).toBe(8 + 72 + 100_000);
    expect(file.readUInt32LE(offset)).toBe(1);
  });
});
