/** Memory of one cgroup: in use and of what, swap, huge pages, limits, and how often it met them. */
import { parseFlatKeyed } from '../src/kernel/cgroup/flat-keyed.ts';
import { parseMemoryEvents, parseOomControlV1 } from '../src/kernel/cgroup/memory-events.ts';
import {
  type MemoryStat,
  type MemoryStatV1,
  parseMemoryStatV1,
  parseMemoryStatV2,
} from '../src/kernel/cgroup/memory-stat.ts';
import { parseLimitV1, parseLimitV2, parseSingleCount } from '../src/kernel/cgroup/value.ts';
import { type Fact, isUnknown, mapFact } from '../src/kernel/reading.ts';
import type {
  HugetlbFacts,
  MemoryEventCounts,
  MemoryFacts,
  MemoryLimitFacts,
  SwapFacts,
} from '../src/model/cgroup-facts.ts';
import type { CgroupParts } from '../src/model/cgroup-parts.ts';
import type { OpenCgroup } from './cgroup-tree-directory.ts';

/** The root of v2 has memory.stat alone. */
function hasMemory(cgroup: OpenCgroup): boolean {
  return ['memory.stat', 'memory.current', 'memory.usage_in_bytes'].some((file) => cgroup.has(file));
}

export function memoryOf(cgroup: OpenCgroup, parts: CgroupParts): MemoryFacts | undefined {
  if (!hasMemory(cgroup) || !(parts.has('memory') || parts.has('memory-stat'))) return undefined;
  const current = parts.has('memory')
    ? cgroup.either(['memory.current', parseSingleCount], ['memory.usage_in_bytes', parseSingleCount])
    : undefined;
  const stat = parts.has('memory-stat') ? statOf(cgroup) : undefined;
  const of = (key: keyof MemoryStat) => mapFact(stat, (each) => each[key]);
  return {
    currentBytes: current,
    // Only shown beside what memory.stat says.
    peakBytes: parts.has('memory-stat')
      ? cgroup.either(['memory.peak', parseSingleCount], ['memory.max_usage_in_bytes', parseSingleCount])
      : undefined,
    anonBytes: of('anonBytes'),
    fileBytes: of('fileBytes'),
    shmemBytes: of('shmemBytes'),
    inactiveFileBytes: of('inactiveFileBytes'),
    activeFileBytes: of('activeFileBytes'),
    kernelBytes:
      cgroup.version === 2 || !parts.has('memory-stat')
        ? of('kernelBytes')
        : cgroup.fact('memory.kmem.usage_in_bytes', parseSingleCount),
    slabBytes: of('slabBytes'),
    kernelStackBytes: of('kernelStackBytes'),
    pageTablesBytes: of('pageTablesBytes'),
    sockBytes: of('sockBytes'),
    mappedFileBytes: of('mappedFileBytes'),
    dirtyBytes: of('dirtyBytes'),
    writebackBytes: of('writebackBytes'),
    unevictableBytes: of('unevictableBytes'),
    pageFaults: of('pageFaults'),
    majorPageFaults: of('majorPageFaults'),
  };
}

function statOf(cgroup: OpenCgroup): Fact<MemoryStat> {
  return cgroup.version === 2 ? cgroup.fact('memory.stat', parseMemoryStatV2) : statV1Of(cgroup);
}

function statV1Of(cgroup: OpenCgroup): Fact<MemoryStatV1> {
  return cgroup.fact('memory.stat', parseMemoryStatV1);
}

export function memoryLimitsOf(cgroup: OpenCgroup): MemoryLimitFacts | undefined {
  if (!cgroup.has('memory.max') && !cgroup.has('memory.limit_in_bytes')) return undefined;
  return {
    max: cgroup.either(['memory.max', parseLimitV2], ['memory.limit_in_bytes', parseLimitV1]),
    high: cgroup.fact('memory.high', parseLimitV2),
    low: cgroup.fact('memory.low', parseLimitV2),
    min: cgroup.fact('memory.min', parseLimitV2),
    soft: cgroup.fact('memory.soft_limit_in_bytes', parseLimitV1),
    hierarchical:
      cgroup.version === 1 ? mapFact(statV1Of(cgroup), (stat) => stat.hierarchicalLimitBytes) : undefined,
  };
}

export function memoryEventsOf(cgroup: OpenCgroup): Fact<MemoryEventCounts> {
  if (cgroup.version === 2) return cgroup.fact('memory.events', parseMemoryEvents);
  const control = cgroup.fact('memory.oom_control', parseOomControlV1);
  if (control === undefined || isUnknown(control)) return control;
  const failed = cgroup.fact('memory.failcnt', parseSingleCount);
  return { ...control, ...(failed !== undefined && { max: failed }) };
}

const SWAP_FILES = ['memory.swap.current', 'memory.memsw.usage_in_bytes'];

export function swapOf(cgroup: OpenCgroup): SwapFacts | undefined {
  if (!SWAP_FILES.some((file) => cgroup.has(file)) && !(cgroup.version === 1 && hasMemory(cgroup)))
    return undefined;
  const v1 = cgroup.version === 1 ? statV1Of(cgroup) : undefined;
  return {
    currentBytes:
      cgroup.version === 1
        ? mapFact(v1, (stat) => stat.swapBytes)
        : cgroup.fact('memory.swap.current', parseSingleCount),
    peakBytes: cgroup.fact('memory.swap.peak', parseSingleCount),
    max: cgroup.fact('memory.swap.max', parseLimitV2),
    high: cgroup.fact('memory.swap.high', parseLimitV2),
    memorySwapBytes: cgroup.fact('memory.memsw.usage_in_bytes', parseSingleCount),
    memorySwapMax: cgroup.fact('memory.memsw.limit_in_bytes', parseLimitV1),
    memorySwapHierarchical: mapFact(v1, (stat) => stat.hierarchicalMemswLimitBytes),
    zswapBytes: cgroup.fact('memory.zswap.current', parseSingleCount),
    zswapMax: cgroup.fact('memory.zswap.max', parseLimitV2),
    events: cgroup.fact('memory.swap.events', (text, path) => Object.fromEntries(parseFlatKeyed(text, path))),
  };
}

const HUGETLB = /^hugetlb\.([0-9]+[KMG]B)\.(?:current|usage_in_bytes)$/;

/** By page size, as the files are named: `2MB`, `1GB`. */
export function hugetlbOf(cgroup: OpenCgroup): Record<string, HugetlbFacts> | undefined {
  const sizes = [...cgroup.listing.files].flatMap((file) => HUGETLB.exec(file)?.[1] ?? []).sort();
  if (sizes.length === 0) return undefined;
  return Object.fromEntries(sizes.map((size) => [size, hugePagesOf(cgroup, `hugetlb.${size}`)]));
}

function hugePagesOf(cgroup: OpenCgroup, prefix: string): HugetlbFacts {
  const count = (v2: string, v1: string) =>
    cgroup.either([`${prefix}.${v2}`, parseSingleCount], [`${prefix}.${v1}`, parseSingleCount]);
  const limit = (v2: string, v1: string) =>
    cgroup.either([`${prefix}.${v2}`, parseLimitV2], [`${prefix}.${v1}`, parseLimitV1]);
  return {
    currentBytes: count('current', 'usage_in_bytes'),
    max: limit('max', 'limit_in_bytes'),
    maxEvents:
      cgroup.version === 1
        ? cgroup.fact(`${prefix}.failcnt`, parseSingleCount)
        : mapFact(cgroup.fact(`${prefix}.events`, parseFlatKeyed), (events) => events.get('max')),
    reservedBytes: count('rsvd.current', 'rsvd.usage_in_bytes'),
    reservedMax: limit('rsvd.max', 'rsvd.limit_in_bytes'),
  };
}
