/**
 * Tables of values: of opencontainers/cgroups 0.0.4 (runc 1.3.2) utils.go, ConvertCPUSharesToCgroupV2Value,
 * ConvertBlkIOToIOWeightValue and ConvertMemorySwapToCgroupV2Value, and of crun 1.23 crun.1.md.
 */
import { describe, expect, it } from 'vitest';
import {
  blkioOfIoWeight,
  ioWeightOfBlkio,
  memswOf,
  sharesOfWeight,
  swapOf,
  weightOfShares,
} from '../../../../src/model/limits/conversions.ts';

describe('cpu.shares as cpu.weight', () => {
  // 2000 and 22000 as seen in runc#4896 and youki#3274; the others by the formula, in arithmetic of 50 digits.
  it.each([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 4],
    [100, 17],
    [256, 35],
    [512, 59],
    [1000, 99],
    [1024, 100],
    [1025, 101],
    [2000, 170],
    [2048, 174],
    [4096, 303],
    [10000, 627],
    [22000, 1204],
    [65536, 3023],
    [262143, 10000],
    [262144, 10000],
    [500000, 10000],
  ])('%i shares are weight %i', (shares, weight) => {
    expect(weightOfShares(shares)).toBe(weight);
  });

  it('never falls, and every weight has shares that make it', () => {
    let last = 0;
    for (let shares = 2; shares <= 262_144; shares += 1) {
      const weight = weightOfShares(shares);
      if (weight < last) throw new Error(`${shares} shares are less than ${shares - 1}`);
      last = weight;
    }
    const wrong = Array.from({ length: 10_000 }, (_, index) => index + 1).filter((weight) => {
      const shares = sharesOfWeight(weight);
      return weightOfShares(shares) !== weight || (weight < 10_000 && weightOfShares(shares + 1) === weight);
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    [1, 2],
    [100, 1024],
    [10000, 262144],
  ])('weight %i is %i shares', (weight, shares) => {
    expect(sharesOfWeight(weight)).toBe(shares);
  });
});

describe('blkio.weight as io.weight', () => {
  it.each([
    [10, 1],
    [11, 11],
    [100, 910],
    [500, 4950],
    [999, 9989],
    [1000, 10000],
  ])('%i is %i', (blkio, io) => {
    expect(ioWeightOfBlkio(blkio)).toBe(io);
    expect(blkioOfIoWeight(io)).toBe(blkio);
  });
});

describe('memory and swap together', () => {
  it.each([
    // memory+swap, memory, swap
    ['max', 'max', 'max'],
    ['max', 1024, 'max'],
    [1024, 1024, 0],
    [3072, 1024, 2048],
    [3072, 'max', 3072],
    [9007199254740993n, 1, 9007199254740992n],
  ] as const)('%s with memory %s is swap %s', (memsw, memory, swap) => {
    expect(swapOf(memsw, memory)).toBe(swap);
    if (memory !== 'max') expect(memswOf(memory, swap)).toBe(memsw);
  });
});
