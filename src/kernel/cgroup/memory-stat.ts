/**
 * `memory.stat` of both cgroup versions in one shape, bytes, the cgroup and everything below it.
 * v1 counts the cgroup alone in `rss`, `cache` … and includes the ones below in `total_…`: only the latter are comparable.
 * | here | v2 | v1 |
 * |---|---|---|
 * | anonBytes | anon | total_rss |
 * | fileBytes, which includes shmem and tmpfs | file | total_cache |
 * | shmemBytes | shmem | total_shmem, since Linux 4.12 |
 * | inactiveFileBytes, activeFileBytes | inactive_file, active_file | total_inactive_file, total_active_file |
 * | swapBytes | not here: memory.swap.current | total_swap, where swap is accounted |
 * Memory in use, as engines count it, is the current usage minus inactiveFileBytes.
 * @see Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/memory.rst section 5.2
 */
import type { Count, Limit } from '../count.ts';
import { type FlatKeyed, parseFlatKeyed, requiredCount } from './flat-keyed.ts';
import { limitFromV1 } from './value.ts';

export interface MemoryStat {
  anonBytes: Count;
  fileBytes: Count;
  /** Unknown, not 0, on kernels before 4.12. */
  shmemBytes?: Count;
  inactiveFileBytes: Count;
  activeFileBytes: Count;
  /** v2 since Linux 5.18; the parts below since earlier. v1 keeps kernel memory in memory.kmem.usage_in_bytes. */
  kernelBytes?: Count;
  slabBytes?: Count;
  kernelStackBytes?: Count;
  pageTablesBytes?: Count;
  sockBytes?: Count;
  swapBytes?: Count;
  mappedFileBytes?: Count;
  dirtyBytes?: Count;
  writebackBytes?: Count;
  unevictableBytes?: Count;
  pageFaults?: Count;
  majorPageFaults?: Count;
}

/** v1 alone knows the smallest limit of the cgroup and its ancestors. */
export interface MemoryStatV1 extends MemoryStat {
  hierarchicalLimitBytes: Limit;
  /** Memory plus swap; only where swap is accounted. */
  hierarchicalMemswLimitBytes?: Limit;
}

type OptionalField = keyof { [K in keyof MemoryStat as undefined extends MemoryStat[K] ? K : never]: Count };

const FILE = 'memory.stat';

const OPTIONAL_V2: readonly (readonly [OptionalField, string])[] = [
  ['shmemBytes', 'shmem'],
  ['kernelBytes', 'kernel'],
  ['slabBytes', 'slab'],
  ['kernelStackBytes', 'kernel_stack'],
  ['pageTablesBytes', 'pagetables'],
  ['sockBytes', 'sock'],
  ['mappedFileBytes', 'file_mapped'],
  ['dirtyBytes', 'file_dirty'],
  ['writebackBytes', 'file_writeback'],
  ['unevictableBytes', 'unevictable'],
  ['pageFaults', 'pgfault'],
  ['majorPageFaults', 'pgmajfault'],
];

const OPTIONAL_V1: readonly (readonly [OptionalField, string])[] = [
  ['shmemBytes', 'total_shmem'],
  ['swapBytes', 'total_swap'],
  ['mappedFileBytes', 'total_mapped_file'],
  ['dirtyBytes', 'total_dirty'],
  ['writebackBytes', 'total_writeback'],
  ['unevictableBytes', 'total_unevictable'],
  ['pageFaults', 'total_pgfault'],
  ['majorPageFaults', 'total_pgmajfault'],
];

/** @throws {KernelParseError} without anon, file, inactive_file or active_file, or on a malformed line */
export function parseMemoryStatV2(text: string): MemoryStat {
  const values = parseFlatKeyed(text, FILE);
  const stat: MemoryStat = {
    anonBytes: requiredCount(values, 'anon', FILE),
    fileBytes: requiredCount(values, 'file', FILE),
    inactiveFileBytes: requiredCount(values, 'inactive_file', FILE),
    activeFileBytes: requiredCount(values, 'active_file', FILE),
  };
  addOptional(stat, values, OPTIONAL_V2);
  return stat;
}

/** @throws {KernelParseError} when what 3.10 already wrote is missing, or on a malformed line */
export function parseMemoryStatV1(text: string): MemoryStatV1 {
  const values = parseFlatKeyed(text, FILE);
  const stat: MemoryStatV1 = {
    anonBytes: requiredCount(values, 'total_rss', FILE),
    fileBytes: requiredCount(values, 'total_cache', FILE),
    inactiveFileBytes: requiredCount(values, 'total_inactive_file', FILE),
    activeFileBytes: requiredCount(values, 'total_active_file', FILE),
    hierarchicalLimitBytes: limitFromV1(requiredCount(values, 'hierarchical_memory_limit', FILE)),
  };
  const memsw = values.get('hierarchical_memsw_limit');
  if (memsw !== undefined) stat.hierarchicalMemswLimitBytes = limitFromV1(memsw);
  addOptional(stat, values, OPTIONAL_V1);
  return stat;
}

function addOptional(
  stat: MemoryStat,
  values: FlatKeyed,
  fields: readonly (readonly [OptionalField, string])[],
): void {
  for (const [field, key] of fields) {
    const value = values.get(key);
    if (value !== undefined) stat[field] = value;
  }
}
