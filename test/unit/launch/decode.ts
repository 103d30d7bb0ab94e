/** Reads a program's bytes back, by stub.c's description of them and not by encode.ts. */

export interface DecodedStep {
  readonly operation: number;
  readonly flags: number;
  readonly indirect: number;
  readonly target: number;
  readonly ignored: readonly number[];
  readonly number: number;
  readonly store: bigint;
  readonly arguments: readonly bigint[];
}

export class Decoded {
  readonly steps: DecodedStep[] = [];
  readonly statusFd: number;

  constructor(
    private readonly bytes: Buffer,
    private readonly memoryBytes: number,
    private readonly address: number,
  ) {
    const count = bytes.readUInt32LE(0);
    this.statusFd = bytes.readInt32LE(4);
    for (let i = 0; i < count; i++) this.steps.push(step(bytes.subarray(8 + 72 * i, 8 + 72 * (i + 1))));
  }

  /** What the loader maps at these addresses: bytes of the file, and zeros behind them. */
  at(address: bigint, length: number): Buffer {
    const from = Number(address) - this.address;
    if (from < 0 || from + length > this.memoryBytes) throw new Error(`nothing is at ${address}`);
    const found = Buffer.alloc(length);
    this.bytes.copy(found, 0, from, from + length);
    return found;
  }

  isInFile(address: bigint): boolean {
    return Number(address) - this.address < this.bytes.length;
  }

  u64(address: bigint): bigint {
    return this.at(address, 8).readBigUInt64LE(0);
  }

  string(address: bigint): Buffer {
    for (let length = 1; ; length++) {
      const bytes = this.at(address, length);
      if (bytes[length - 1] === 0) return bytes.subarray(0, -1);
    }
  }

  strings(address: bigint): Buffer[] {
    const found: Buffer[] = [];
    for (let at = address; this.u64(at) !== 0n; at += 8n) found.push(this.string(this.u64(at)));
    return found;
  }
}

function step(bytes: Buffer): DecodedStep {
  return {
    operation: bytes.readUInt8(0),
    flags: bytes.readUInt8(1),
    indirect: bytes.readUInt8(2),
    target: bytes.readUInt16LE(4),
    ignored: [...bytes.subarray(6, 12)].filter((errno) => errno !== 0),
    number: bytes.readUInt32LE(12),
    store: bytes.readBigUInt64LE(16),
    arguments: [0, 1, 2, 3, 4, 5].map((i) => bytes.readBigUInt64LE(24 + 8 * i)),
  };
}
