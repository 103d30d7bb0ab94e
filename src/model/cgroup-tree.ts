/** Joins a look at the cgroups with the one before it, and with the containers, into rows. Pure. */
import type { Limit } from '../kernel/count.ts';
import { type Fact, isUnknown, mapFact } from '../kernel/reading.ts';
import type { CgroupFacts, CgroupSample, PressureResource } from './cgroup-facts.ts';
import { freezerOf, inherited, setBy, upwards, withinHost, withKernelsSum } from './cgroup-limits.ts';
import { nameOfCgroup, unitOf } from './cgroup-name.ts';
import { cpuRates, earlierOf, ioWithRates, pressureWithRates } from './cgroup-rates.ts';
import type {
  CgroupCpu,
  CgroupHugetlb,
  CgroupIo,
  CgroupMemory,
  CgroupPids,
  CgroupSwap,
  CgroupView,
} from './cgroup-view.ts';
import { minus } from './rate.ts';

/** A container and the cgroups that are its alone, as `HIERARCHY:PATH`. */
export interface CgroupOwner {
  readonly key: string;
  readonly name: string;
  readonly cgroups: readonly string[];
}

export interface TreeContext {
  readonly previous: CgroupSample | undefined;
  readonly owners: readonly CgroupOwner[];
  readonly hostMemoryBytes: number | undefined;
}

export function keyOf({ hierarchy, path }: Pick<CgroupFacts, 'hierarchy' | 'path'>): string {
  return `${hierarchy.id}:${path}`;
}

export function buildCgroups(sample: CgroupSample, context: TreeContext): CgroupView[] {
  const earlier = earlierOf(context.previous);
  const ownerOf = ownersByCgroup(context.owners);
  return sample.cgroups.map((cgroup) => viewOf(cgroup, earlier(cgroup), ownerOf(cgroup), context));
}

/** The innermost cgroup of a container on the way up decides. */
function ownersByCgroup(owners: readonly CgroupOwner[]): (cgroup: CgroupFacts) => CgroupOwner | undefined {
  const byKey = new Map(owners.flatMap((owner) => owner.cgroups.map((key) => [key, owner] as const)));
  return (cgroup) => {
    for (const each of upwards(cgroup)) {
      const owner = byKey.get(keyOf(each));
      if (owner !== undefined) return owner;
    }
    return undefined;
  };
}

function viewOf(
  cgroup: CgroupFacts,
  before: CgroupFacts | undefined,
  owner: CgroupOwner | undefined,
  { hostMemoryBytes }: TreeContext,
): CgroupView {
  const { hierarchy, path, parent, state } = cgroup;
  const unit = unitOf(path);
  return {
    key: keyOf(cgroup),
    hierarchy: hierarchy.id,
    version: hierarchy.hierarchy.version,
    path,
    name: nameOfCgroup(path),
    ...(unit !== undefined && { unit }),
    inode: cgroup.inode,
    ownerUid: cgroup.ownerUid,
    ownerGid: cgroup.ownerGid,
    ...(parent !== undefined && parent.ownerUid !== cgroup.ownerUid && { delegated: true }),
    ...(hierarchy.self === path && { self: true }),
    controllers: cgroup.controllers,
    subtreeControl: state?.subtreeControl,
    type: state?.type,
    populated: state?.populated,
    children: cgroup.children,
    ...cgroup.descendants,
    procs: cgroup.procs,
    threads: cgroup.threads,
    ...(owner !== undefined && { container: owner.key, containerName: owner.name }),
    ...resourcesOf(cgroup, before, hostMemoryBytes),
  };
}

function resourcesOf(
  cgroup: CgroupFacts,
  before: CgroupFacts | undefined,
  hostMemoryBytes: number | undefined,
): Partial<CgroupView> {
  const freezer = freezerOf(cgroup);
  const pressure = pressureOf(cgroup, before);
  const cpuset = cgroup.cpuset && {
    ...cgroup.cpuset,
    ...withKey(
      'cpusLimitedBy',
      setBy(cgroup, (each) => each.cpuset?.effectiveCpus),
    ),
    ...withKey(
      'memsLimitedBy',
      setBy(cgroup, (each) => each.cpuset?.effectiveMems),
    ),
  };
  return {
    ...ifAny('cpu', cpuOf(cgroup, before)),
    ...ifAny('memory', memoryOf(cgroup, hostMemoryBytes)),
    ...ifAny('swap', swapOf(cgroup)),
    ...ifAny('io', ioOf(cgroup, before)),
    ...ifAny('pids', pidsOf(cgroup)),
    ...(pressure !== undefined && { pressure }),
    ...ifAny('hugetlb', hugetlbOf(cgroup)),
    ...(cpuset !== undefined && { cpuset }),
    ...(freezer !== undefined && { freezer }),
  };
}

function withKey<Key extends string, Value>(key: Key, value: Value | undefined) {
  return value === undefined ? {} : { [key]: value };
}

/** A resource of which nothing is known does not apply to this cgroup. */
function ifAny<Key extends string, Value extends object>(key: Key, value: Value) {
  return Object.values(value).some((each) => each !== undefined) ? { [key]: value } : {};
}

const quotaOf = ({ cpuLimits }: CgroupFacts): Fact<Limit> =>
  mapFact(cpuLimits?.max, ({ quotaUsec, periodUsec }) =>
    quotaUsec === 'max' ? quotaUsec : quotaUsec / periodUsec,
  );

function cpuOf(cgroup: CgroupFacts, before: CgroupFacts | undefined): CgroupCpu {
  const { cpu, cpuLimits } = cgroup;
  const { readAtUsec: _readAt, ...times } = cpu ?? {};
  const maxCores = inherited(cgroup, quotaOf);
  const max = cpuLimits?.max;
  const { max: _max, ...others } = cpuLimits ?? {};
  return {
    ...times,
    ...(cpu !== undefined && cpuRates(cpu, before?.cpu)),
    quotaUsec: mapFact(max, ({ quotaUsec }) => quotaUsec),
    periodUsec: mapFact(max, ({ periodUsec }) => periodUsec),
    ...others,
    ...(maxCores !== undefined && { maxCores }),
  };
}

function memoryOf(cgroup: CgroupFacts, hostBytes: number | undefined): CgroupMemory {
  const { memory, memoryLimits } = cgroup;
  const maxOf = (each: CgroupFacts) => each.memoryLimits?.max;
  const max = withKernelsSum(cgroup, inherited(cgroup, maxOf), memoryLimits?.hierarchical, maxOf);
  const maxBytes = withinHost(max, hostBytes);
  const highBytes = inherited(cgroup, (each) => each.memoryLimits?.high);
  const lowBytes = inherited(cgroup, (each) => each.memoryLimits?.low);
  const minBytes = inherited(cgroup, (each) => each.memoryLimits?.min);
  return {
    ...memory,
    ...(memory !== undefined && { workingSetBytes: workingSetOf(memory) }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(highBytes !== undefined && { highBytes }),
    ...(lowBytes !== undefined && { lowBytes }),
    ...(minBytes !== undefined && { minBytes }),
    softBytes: memoryLimits?.soft,
    events: cgroup.memoryEvents,
  };
}

/** As docker, podman and the kubelet count memory in use. Not known without memory.stat: current alone is something else. */
function workingSetOf({ currentBytes, inactiveFileBytes }: NonNullable<CgroupFacts['memory']>) {
  if (currentBytes === undefined || isUnknown(currentBytes)) return currentBytes;
  return mapFact(inactiveFileBytes, (inactive) => Math.max(0, minus(currentBytes, inactive)));
}

function swapOf(cgroup: CgroupFacts): Partial<CgroupSwap> {
  const { swap } = cgroup;
  const together = (each: CgroupFacts) => each.swap?.memorySwapMax;
  const maxBytes = inherited(cgroup, (each) => each.swap?.max);
  const highBytes = inherited(cgroup, (each) => each.swap?.high);
  const zswapMaxBytes = inherited(cgroup, (each) => each.swap?.zswapMax);
  const memorySwapMaxBytes = withKernelsSum(
    cgroup,
    inherited(cgroup, together),
    swap?.memorySwapHierarchical,
    together,
  );
  return {
    currentBytes: swap?.currentBytes,
    peakBytes: swap?.peakBytes,
    ...(maxBytes !== undefined && { maxBytes }),
    ...(highBytes !== undefined && { highBytes }),
    memorySwapBytes: swap?.memorySwapBytes,
    ...(memorySwapMaxBytes !== undefined && { memorySwapMaxBytes }),
    zswapBytes: swap?.zswapBytes,
    ...(zswapMaxBytes !== undefined && { zswapMaxBytes }),
    events: swap?.events,
  };
}

function ioOf(cgroup: CgroupFacts, before: CgroupFacts | undefined): CgroupIo {
  const { io, ioLimits } = cgroup;
  return { ...(io !== undefined && ioWithRates(io, before?.io)), max: ioLimits };
}

function pidsOf(cgroup: CgroupFacts): CgroupPids {
  const max = inherited(cgroup, (each) => each.pidsMax);
  return { ...cgroup.pids, ...(max !== undefined && { max }) };
}

const RESOURCES: readonly PressureResource[] = ['cpu', 'memory', 'io', 'irq'];

function pressureOf(cgroup: CgroupFacts, before: CgroupFacts | undefined): CgroupView['pressure'] {
  const { pressure } = cgroup;
  if (pressure === undefined) return undefined;
  return Object.fromEntries(
    RESOURCES.flatMap((resource) => {
      const now = pressure[resource];
      return now === undefined ? [] : [[resource, pressureWithRates(now, before?.pressure?.[resource])]];
    }),
  );
}

/** Where the controller is not handed down, what those above allow still holds, as for any other limit. */
function hugetlbOf(cgroup: CgroupFacts): Record<string, CgroupHugetlb> {
  const sizes = new Set([...upwards(cgroup)].flatMap((each) => Object.keys(each.hugetlb ?? {})));
  return Object.fromEntries(
    [...sizes].map((size) => {
      const { max: _max, reservedMax: _reserved, ...counts } = cgroup.hugetlb?.[size] ?? {};
      const maxBytes = inherited(cgroup, (each) => each.hugetlb?.[size]?.max);
      const reservedMaxBytes = inherited(cgroup, (each) => each.hugetlb?.[size]?.reservedMax);
      return [
        size,
        {
          ...counts,
          ...(maxBytes !== undefined && { maxBytes }),
          ...(reservedMaxBytes !== undefined && { reservedMaxBytes }),
        },
      ];
    }),
  );
}

/** The tops below which limits may be set that we do not see. */
export function hiddenTops({ hierarchies }: CgroupSample): string[] {
  return hierarchies.filter(({ hasHiddenTop }) => hasHiddenTop).map(({ id }) => id);
}
