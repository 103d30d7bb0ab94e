/**
 * Numbers that v1 and v2 count differently, as runc (from 1.3.2 on, opencontainers/cgroups 0.0.4) and crun (from 1.23 on)
 * turn one into the other. Pure.
 * @see opencontainers/cgroups utils.go: ConvertCPUSharesToCgroupV2Value, ConvertMemorySwapToCgroupV2Value,
 *   ConvertBlkIOToIOWeightValue; containers/crun crun.1.md, "CGROUP v2"
 */
import type { Count, Limit } from '../../kernel/count.ts';

export const SHARES = { least: 2, most: 262_144 } as const;
export const WEIGHT = { least: 1, most: 10_000 } as const;
export const BLKIO_WEIGHT = { least: 10, most: 1000 } as const;

/** Named where a conversion is told to people: older tools gave 39 for 1024, not 100. */
export const SHARES_FORMULA = 'the formula of runc 1.3.2 and crun 1.23: 1024 shares are weight 100';
export const BLKIO_FORMULA = 'the formula of runc and crun: 10..1000 spread evenly over 1..10000';

/** cpu.shares as cpu.weight: a curve through least, default and most of both (2 -> 1, 1024 -> 100, 262144 -> 10000). */
export function weightOfShares(shares: number): number {
  if (shares <= SHARES.least) return WEIGHT.least;
  if (shares >= SHARES.most) return WEIGHT.most;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}

/** The most shares that `weightOfShares` makes this weight of. */
export function sharesOfWeight(weight: number): number {
  if (weight <= WEIGHT.least) return SHARES.least;
  if (weight >= WEIGHT.most) return SHARES.most;
  const log = (Math.sqrt(125 * 125 + 4 * (126 + 612 * Math.log10(weight))) - 125) / 2;
  // The curve's rounding errors are far less than one share.
  const about = Math.round(2 ** log);
  return weightOfShares(about) <= weight ? about : about - 1;
}

/** blkio.weight (10..1000) as io.weight (1..10000), rounded down. */
export function ioWeightOfBlkio(weight: number): number {
  return WEIGHT.least + Math.floor(((weight - BLKIO_WEIGHT.least) * 9999) / 990);
}

/** The least blkio.weight that `ioWeightOfBlkio` makes no less of than this. */
export function blkioOfIoWeight(weight: number): number {
  return BLKIO_WEIGHT.least + Math.ceil(((weight - WEIGHT.least) * 990) / 9999);
}

/** v1 limits memory and swap together; "no limit" of either is none of both. */
export function memswOf(memory: Limit, swap: Limit): Limit {
  if (memory === 'max' || swap === 'max') return 'max';
  return plain(BigInt(memory) + BigInt(swap));
}

/** The swap in v1's sum. Without a limit on memory there is no telling: then v1's sum itself is it. */
export function swapOf(memsw: Limit, memory: Limit): Limit {
  if (memsw === 'max' || memory === 'max') return memsw;
  const swap = BigInt(memsw) - BigInt(memory);
  return swap < 0n ? 0 : plain(swap);
}

function plain(value: bigint): Count {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}
