/** What a container has read and written on each disk so far, from its own cgroup; and how fast, of two looks. Pure. */
import { parseBlkioBytes, parseBlkioOperations } from '../../kernel/cgroup/blkio-bytes.ts';
import { parseIoStat } from '../../kernel/cgroup/io-stat.ts';
import { type Count, toNumber } from '../../kernel/count.ts';
import { type Fact, known, mapFact } from '../../kernel/reading.ts';
import { type LimitPlace, parsedAt } from './snapshot.ts';
import { IO_BYTES_V1, IO_OPERATIONS_V1 } from './use-files.ts';

/** Of one disk. Those on others (dm on a disk) count the same bytes once more, so nothing is summed. */
export interface IoUse {
  /** "major:minor". */
  readonly device: string;
  readonly readBytes: Count;
  readonly writeBytes: Count;
  readonly readOps?: Count;
  readonly writeOps?: Count;
  /** Of two looks. */
  readonly readBytesPerSec?: number;
  readonly writeBytesPerSec?: number;
  readonly readOpsPerSec?: number;
  readonly writeOpsPerSec?: number;
}

/** Undefined where the kernel does not count it. */
export function ioUseAt({ own, version }: LimitPlace): Fact<readonly IoUse[]> {
  if (version === 2)
    return mapFact(parsedAt(own, 'io.stat', parseIoStat), (devices) =>
      devices.map(({ device, readBytes, writeBytes, readOps, writeOps }) => ({
        device,
        readBytes,
        writeBytes,
        readOps,
        writeOps,
      })),
    );
  const operations = known(parsedAt(own, IO_OPERATIONS_V1, parseBlkioOperations)) ?? [];
  return mapFact(parsedAt(own, IO_BYTES_V1, parseBlkioBytes), (devices) =>
    devices.map((bytes) => ({ ...bytes, ...operations.find(({ device }) => device === bytes.device) })),
  );
}

/** Of one disk; nothing of it is counted before it is used. */
export function ofDevice(uses: readonly IoUse[], device: string): IoUse {
  const unused = { device, readBytes: 0, writeBytes: 0, readOps: 0, writeOps: 0 };
  return uses.find((each) => each.device === device) ?? unused;
}

export function isUsed({ readBytes, writeBytes, readOps = 0, writeOps = 0 }: IoUse): boolean {
  return [readBytes, writeBytes, readOps, writeOps].some((count) => toNumber(count) > 0);
}

/** @param before an earlier look, so long ago */
export function withIoRates(now: readonly IoUse[], before: readonly IoUse[], usec: number): IoUse[] {
  return now.map((use) => {
    const earlier = ofDevice(before, use.device);
    const rate = (count: Count = 0, then: Count = 0) =>
      Math.max(0, (toNumber(count) - toNumber(then)) / (usec / 1e6));
    return {
      ...use,
      readBytesPerSec: rate(use.readBytes, earlier.readBytes),
      writeBytesPerSec: rate(use.writeBytes, earlier.writeBytes),
      ...(use.readOps !== undefined && { readOpsPerSec: rate(use.readOps, earlier.readOps) }),
      ...(use.writeOps !== undefined && { writeOpsPerSec: rate(use.writeOps, earlier.writeOps) }),
    };
  });
}
