/**
 * Every field of `cgroups` as a column, with the portions of a cgroup's files that it needs: the table behind its --columns,
 * --sort and --filter, and completion. Pure.
 */
import { type Count, toNumber } from '../kernel/count.ts';
import { type Fact, isKnown, isUnknown, known, mapFact } from '../kernel/reading.ts';
import type { PressureResource } from './cgroup-facts.ts';
import type { CgroupPart, CgroupParts } from './cgroup-parts.ts';
import type { CgroupView, InheritedLimit } from './cgroup-view.ts';
import {
  type Column,
  type ColumnKind,
  type ColumnValue,
  column,
  type Description,
  textColumn,
} from './column.ts';
import { type ColumnSet, columnSet } from './column-set.ts';
import { type EffectiveLimit, effectiveLimit, limitColumn } from './limit-column.ts';

type Entry = readonly [parts: readonly CgroupPart[], column: Column<CgroupView>];
type ValueOf = (row: CgroupView) => Fact<ColumnValue>;

const text = (parts: readonly CgroupPart[], description: Description, value: ValueOf): Entry => [
  parts,
  textColumn(description, value),
];
const of = (
  kind: ColumnKind,
  parts: readonly CgroupPart[],
  description: Description,
  value: ValueOf,
): Entry => [parts, column(kind, description, value)];
const limit = (
  kind: 'bytes' | 'count' | 'number',
  parts: readonly CgroupPart[],
  description: Description,
  value: (row: CgroupView) => InheritedLimit | undefined,
): Entry => [parts, limitColumn(kind, description, (row) => limitThatCounts(value(row)))];

const ENTRIES: readonly Entry[] = [
  text([], ['hierarchy', 'HIERARCHY', 12, 'v2, or the controllers of a v1 hierarchy'], (c) => c.hierarchy),
  text([], ['path', 'PATH', 40, 'path in its hierarchy'], (c) => c.path),
  text([], ['name', 'NAME', 24, "last part of the path without systemd's escapes"], (c) => c.name),
  text([], ['unit', 'UNIT', 24, 'systemd unit that it is part of'], (c) => c.unit),
  text(['controllers'], ['controllers', 'CONTROLLERS', 24, 'controllers enabled in it'], (c) =>
    mapFact(c.controllers, (names) => names.join(',')),
  ),
  text(
    ['state'],
    ['type', 'TYPE', 15, 'domain, threaded, domain threaded or domain invalid (v2)'],
    (c) => c.type,
  ),
  of('identifier', [], ['inode', 'INODE', 6, 'inode of its directory: its identity'], (c) => c.inode),
  of('identifier', [], ['owner', 'OWNER', 6, 'user id that owns its directory'], (c) => c.ownerUid),
  text([], ['delegated', 'DELEGATED', 9, 'yes where the owner is not that of the cgroup above'], (c) =>
    c.delegated === true ? 'yes' : undefined,
  ),
  text(
    ['containers'],
    ['container', 'CONTAINER', 20, 'name of the container it belongs to'],
    (c) => c.containerName,
  ),
  text(['containers'], ['key', 'KEY', 24, 'key of that container'], (c) => c.container),
  of('count', [], ['children', 'CHILDREN', 8, 'cgroups directly below'], (c) => c.children),
  of('count', ['descendants'], ['descendants', 'BELOW', 5, 'all cgroups below (v2)'], (c) => c.descendants),
  of(
    'count',
    ['descendants'],
    ['dying', 'DYING', 5, 'removed cgroups below that something still refers to (v2)'],
    (c) => c.dyingDescendants,
  ),
  of('count', ['procs'], ['procs', 'PROCS', 5, 'processes in it, not below'], (c) => c.procs),
  of(
    'count',
    ['procs'],
    ['threads', 'THREADS', 7, 'threads in it, when it is a threaded cgroup'],
    (c) => c.threads,
  ),
  of('percent', ['cpu'], ['cpu', 'CPU%', 6, 'CPU in use, 100 is one core'], (c) =>
    isUnknown(c.cpu?.usageUsec) ? c.cpu?.usageUsec : c.cpu?.ratio,
  ),
  of('cpu-time', ['cpu'], ['cpu-time', 'CPUTIME', 7, 'CPU time used so far'], (c) => c.cpu?.usageUsec),
  of('cpu-time', ['cpu-split'], ['user', 'USER', 6, 'of that in user mode'], (c) => c.cpu?.userUsec),
  of('cpu-time', ['cpu-split'], ['system', 'SYSTEM', 6, 'of that in the kernel'], (c) => c.cpu?.systemUsec),
  limit(
    'number',
    ['cpu-limits'],
    ['cpu-limit', 'CPULIM', 6, 'cores allowed; ↑ by a cgroup above'],
    (c) => c.cpu?.maxCores,
  ),
  of(
    'count',
    ['cpu-limits'],
    ['weight', 'WEIGHT', 6, 'share of the CPU: cpu.weight, or cpu.shares of v1'],
    (c) => c.cpu?.weight ?? c.cpu?.shares,
  ),
  of('percent', ['throttling'], ['throttled', 'THROT%', 6, 'share of periods its quota stopped it'], (c) =>
    isUnknown(c.cpu?.nrThrottled) ? c.cpu?.nrThrottled : c.cpu?.throttledRatio,
  ),
  of(
    'cpu-time',
    ['throttling'],
    ['throttled-time', 'THROTTLED', 9, 'time it was stopped so far'],
    (c) => c.cpu?.throttledUsec,
  ),
  of(
    'bytes',
    ['memory', 'memory-stat'],
    ['mem', 'MEM', 6, 'memory in use: current without inactive file pages'],
    (c) => c.memory?.workingSetBytes,
  ),
  of(
    'bytes',
    ['memory'],
    ['mem-current', 'MEMCUR', 6, 'all memory charged to it, page cache included'],
    (c) => c.memory?.currentBytes,
  ),
  of('bytes', ['memory-stat'], ['peak', 'PEAK', 6, 'most memory it ever had'], (c) => c.memory?.peakBytes),
  of(
    'bytes',
    ['memory-stat'],
    ['anon', 'ANON', 6, 'anonymous memory: heaps and stacks'],
    (c) => c.memory?.anonBytes,
  ),
  of('bytes', ['memory-stat'], ['file', 'FILE', 6, 'page cache, tmpfs included'], (c) => c.memory?.fileBytes),
  of('bytes', ['memory-stat'], ['shmem', 'SHMEM', 6, 'tmpfs and shared memory'], (c) => c.memory?.shmemBytes),
  of(
    'bytes',
    ['memory-stat'],
    ['inactive-file', 'INACTIVE', 8, 'page cache that nobody used lately'],
    (c) => c.memory?.inactiveFileBytes,
  ),
  of(
    'bytes',
    ['memory-stat'],
    ['kernel', 'KERNEL', 6, 'memory of the kernel for it'],
    (c) => c.memory?.kernelBytes,
  ),
  of('bytes', ['memory-stat'], ['slab', 'SLAB', 6, 'of that in slabs (v2)'], (c) => c.memory?.slabBytes),
  limit(
    'bytes',
    ['memory-limits'],
    ['limit', 'LIMIT', 6, 'memory limit; ↑ by a cgroup above'],
    (c) => c.memory?.maxBytes,
  ),
  limit(
    'bytes',
    ['memory-limits'],
    ['high', 'HIGH', 6, 'memory from which on it is throttled (v2)'],
    (c) => c.memory?.highBytes,
  ),
  limit(
    'bytes',
    ['memory-limits'],
    ['low', 'LOW', 6, 'memory protected while others have some (v2)'],
    (c) => c.memory?.lowBytes,
  ),
  limit(
    'bytes',
    ['memory-limits'],
    ['min', 'MIN', 6, 'memory never taken away (v2)'],
    (c) => c.memory?.minBytes,
  ),
  text(
    ['memory-limits'],
    ['limited-by', 'LIMITEDBY', 24, 'path of the cgroup that sets the memory limit'],
    (c) => c.memory?.maxBytes?.limitedBy,
  ),
  of('count', ['memory-events'], ['oom', 'OOM', 4, 'processes the OOM killer ended'], (c) =>
    mapFact(c.memory?.events, (events) => events.oomKill),
  ),
  of('count', ['memory-events'], ['limit-hits', 'HITS', 5, 'times memory met its limit'], (c) =>
    mapFact(c.memory?.events, (events) => events.max),
  ),
  of('bytes', ['swap'], ['swap', 'SWAP', 6, 'swapped out'], (c) => c.swap?.currentBytes),
  limit(
    'bytes',
    ['swap'],
    ['swap-limit', 'SWAPLIM', 7, 'limit on swap; of v1, on memory and swap together'],
    (c) => c.swap?.maxBytes ?? c.swap?.memorySwapMaxBytes,
  ),
  of('rate', ['io'], ['read', 'READ/s', 6, 'bytes read from disks per second'], (c) =>
    isUnknown(c.io?.readBytes) ? c.io?.readBytes : c.io?.readBytesPerSec,
  ),
  of('rate', ['io'], ['write', 'WRITE/s', 7, 'bytes written to disks per second'], (c) =>
    isUnknown(c.io?.writeBytes) ? c.io?.writeBytes : c.io?.writeBytesPerSec,
  ),
  of('bytes', ['io'], ['read-total', 'READ', 6, 'bytes read from disks so far'], (c) => c.io?.readBytes),
  of('bytes', ['io'], ['write-total', 'WRITE', 6, 'bytes written to disks so far'], (c) => c.io?.writeBytes),
  of('count', ['pids'], ['pids', 'PIDS', 5, 'processes and threads in it and below'], (c) => c.pids?.current),
  limit(
    'count',
    ['pids-limits'],
    ['pids-limit', 'PIDSLIM', 7, 'limit on them; ↑ by a cgroup above'],
    (c) => c.pids?.max,
  ),
  ...pressureColumns(),
  of('bytes', ['hugetlb'], ['hugetlb', 'HUGETLB', 7, 'huge pages in use, all sizes'], hugetlbBytes),
  text(['cpuset'], ['cpus', 'CPUS', 8, 'processors it may use'], (c) => c.cpuset?.effectiveCpus),
  text(['cpuset'], ['mems', 'MEMS', 6, 'memory nodes it may use'], (c) => c.cpuset?.effectiveMems),
  text(
    ['cpuset'],
    ['partition', 'PARTITION', 9, 'cpuset partition: member, root or isolated (v2)'],
    (c) => c.cpuset?.partition,
  ),
  text(['freezer'], ['state', 'STATE', 8, 'running, freezing or frozen'], (c) => c.freezer?.state),
  text(
    ['freezer'],
    ['frozen-by', 'FROZENBY', 24, 'path of the cgroup whose wish that is'],
    (c) => c.freezer?.wishedBy,
  ),
];

function pressureColumns(): Entry[] {
  const titles: readonly (readonly [PressureResource, string, string])[] = [
    ['cpu', 'psi-cpu', 'CPU'],
    ['memory', 'psi-mem', 'memory'],
    ['io', 'psi-io', 'I/O'],
  ];
  const waits = titles.map(([resource, id, what]) =>
    of(
      'points',
      ['pressure'],
      [
        id,
        id.toUpperCase().replace('-', ''),
        6,
        `percent of time a task waited for ${what}; of the last 10 s with one sample`,
      ],
      (c) => stalledPercent(c, resource, 'some'),
    ),
  );
  const interrupts: Description = ['psi-irq', 'PSIIRQ', 6, 'percent of time that went to interrupts'];
  return [...waits, of('points', ['pressure'], interrupts, (c) => stalledPercent(c, 'irq', 'full'))];
}

function stalledPercent(c: CgroupView, resource: PressureResource, kind: 'some' | 'full'): Fact<number> {
  return mapFact(c.pressure?.[resource], (pressure) => {
    const ratio = pressure[`${kind}Ratio`];
    return ratio === undefined ? pressure[`${kind}Avg10`] : ratio * 100;
  });
}

/** Not known as soon as one size is not. */
function hugetlbBytes({ hugetlb }: CgroupView): Fact<number> {
  if (hugetlb === undefined) return undefined;
  let sum = 0;
  for (const { currentBytes } of Object.values(hugetlb)) {
    if (!isKnown<Count>(currentBytes)) return currentBytes;
    sum += toNumber(currentBytes);
  }
  return sum;
}

/** That the host has no more is no limit of a cgroup. */
function limitThatCounts(found: InheritedLimit | undefined): Fact<EffectiveLimit> {
  if (found === undefined) return undefined;
  if (found.limitedBy === 'host') return { value: 'max', inherited: false };
  const own = known(found.own) === undefined && known(found.effective) !== undefined ? 'max' : found.own;
  return effectiveLimit(own, found.effective);
}

const USUAL = [
  'hierarchy',
  'path',
  'container',
  'state',
  'procs',
  'cpu-time',
  'mem',
  'limit',
  'pids',
  'pids-limit',
];

const parts: CgroupColumns = {
  columns: ENTRIES.map(([, each]) => each),
  usual: USUAL,
  word: { within: ['path', 'name', 'container'], startOf: [] },
  rates: ['cpu', 'throttled', 'read', 'write'],
  treeIn: 'path',
  key: (c: CgroupView) => c.key,
};
type CgroupColumns = Parameters<typeof columnSet<CgroupView>>[0];

export const CGROUP_COLUMNS: ColumnSet<CgroupView> = columnSet(parts);

/** The lines of a tree say where a cgroup is: its name is enough. */
export const CGROUP_TREE_COLUMNS: ColumnSet<CgroupView> = columnSet({
  ...parts,
  usual: ['name', ...USUAL.filter((id) => id !== 'path' && id !== 'hierarchy')],
  treeIn: 'name',
});

const PARTS_OF = new Map(ENTRIES.map(([needs, { id }]) => [id, needs]));

/** What must be read for the columns shown, sorted by, filtered on, and for words that a filter looks for. */
export function partsOf(
  columns: readonly Column<CgroupView>[],
  ...expressions: readonly (string | undefined)[]
): CgroupParts {
  const words = expressions.join(' ').toLowerCase();
  const isNamed = (id: string) => new RegExp(`(?<![\\w-])-?${id}(?![\\w-])`).test(words);
  const named = [...PARTS_OF.keys()].filter(isNamed);
  const looked = words.trim() === '' ? [] : CGROUP_COLUMNS.word.within.map(({ id }) => id);
  const ids = [...columns.map(({ id }) => id), ...named, ...looked];
  return new Set(ids.flatMap((id) => PARTS_OF.get(id) ?? []));
}
