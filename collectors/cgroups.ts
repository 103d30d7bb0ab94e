/**
 * Counters of the cgroups that containers own, read once or again and again: those of containers that stand still stay as
 * they are.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Fact, isKnown } from '../src/kernel/reading.ts';
import type { CgroupCounters, LimitAt, Pressures } from '../src/model/sample.ts';
import type { FileWatch, KernelFiles } from '../src/sys/kernel-files.ts';
import { BlockDevices } from './block-devices.ts';
import type { Collector } from './collector.ts';
import { CounterReader, type CounterRequest, type SharedByAll, type TimedFiles } from './counter-reader.ts';

export type { CounterRequest };

type Requests = ReadonlyMap<string, CounterRequest>;

export const cgroups: Collector<Requests, ReadonlyMap<string, CgroupCounters>> = {
  id: 'cgroups',
  reads: [
    'CGROUP/cpu.stat',
    'CGROUP/memory.*',
    'CGROUP/io.stat',
    'CGROUP/pids.*',
    'CGROUP/cgroup.events',
    'CGROUP/*.pressure',
  ],
  needs: [],
  tier: 'counters',
  collect(files, requests) {
    return new RepeatedCounters(files).read(requests);
  },
};

interface KnownCounters {
  readonly places: CounterRequest['places'];
  /** Every file they came from. */
  readonly paths: readonly string[];
  readonly watch: FileWatch;
  readonly timed: TimedFiles;
  readonly counters: CgroupCounters;
}

/** Counters read again and again: those of a container whose files all say what they said the time before stay as they are. */
export class RepeatedCounters {
  #known = new Map<string, KnownCounters>();
  #found = new Map<string, CgroupCounters>();
  #requests: Requests | undefined;

  constructor(readonly files: KernelFiles) {}

  /** The very same map as long as nothing in it is new. */
  read(requests: Requests): ReadonlyMap<string, CgroupCounters> {
    if (requests === this.#requests && !this.files.hasNews()) return this.#found;
    const shared = { ancestors: new Map<string, LimitAt['limit']>(), devices: new BlockDevices(this.files) };
    let isNew = requests !== this.#requests;
    const known = isNew ? new Map<string, KnownCounters>() : this.#known;
    requests.forEach((request, key) => {
      const before = this.#known.get(key);
      const isSame =
        before !== undefined && samePlaces(before.places, request.places) && before.watch.isSame();
      if (!isSame) isNew = true;
      known.set(key, isSame ? before : this.#read(request, shared, before));
    });
    if (!isNew) return this.#found;
    for (const [key, { watch }] of this.#known) if (!known.has(key)) watch.stop();
    this.#known = known;
    this.#requests = requests;
    this.#found = new Map();
    known.forEach(({ counters }, key) => {
      this.#found.set(key, counters);
    });
    return this.#found;
  }

  /** When the processor time that moves with everything else in it is read, and from where. */
  usageFile(key: string): string | undefined {
    return this.#known.get(key)?.timed.cpu;
  }

  #read(
    { places }: CounterRequest,
    { ancestors, devices }: SharedByAll,
    before: KnownCounters | undefined,
  ): KnownCounters {
    const asked = this.files.recordAsked();
    const reader = new CounterReader(this.files, { places }, ancestors, devices);
    const counters = withKeptParts(reader.read(), before?.counters);
    const paths = asked();
    if (before !== undefined && counters !== before.counters) this.#noteLastSeen(before);
    const isWatched = before !== undefined && isSameList(before.paths, paths);
    const watch = isWatched ? before.watch : this.files.watch(paths);
    if (!isWatched) before?.watch.stop();
    return { places, paths, watch, timed: reader.timed, counters };
  }

  /** They were seen to say this until the last round, in which nobody wrote it down. */
  #noteLastSeen({ counters, timed: { cpu, io } }: KnownCounters): void {
    if (cpu !== undefined) counters.cpuReadAtUsec = this.files.readBeforeUsec(cpu) ?? counters.cpuReadAtUsec;
    if (io !== undefined) counters.ioReadAtUsec = this.files.readBeforeUsec(io) ?? counters.ioReadAtUsec;
  }
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** The same objects where they say the same; the very same counters where all of them do. */
function withKeptParts(now: CgroupCounters, before: CgroupCounters | undefined): CgroupCounters {
  if (before === undefined) return now;
  const kept: CgroupCounters = {
    ...now,
    cpu: either(now.cpu, before.cpu),
    memory: either(now.memory, before.memory),
    io: either(now.io, before.io),
    pids: either(now.pids, before.pids),
    freezer: either(now.freezer, before.freezer),
    pressure: isSamePressure(now.pressure, before.pressure) ? before.pressure : now.pressure,
  };
  const isSame =
    kept.cpu === before.cpu &&
    kept.memory === before.memory &&
    kept.io === before.io &&
    kept.pids === before.pids &&
    kept.freezer === before.freezer &&
    kept.pressure === before.pressure;
  return isSame && isDeepStrictEqual(inodesOf(now), inodesOf(before)) ? before : kept;
}

function either<T>(now: T, before: T): T {
  return isDeepStrictEqual(now, before) ? before : now;
}

function inodesOf({ cpuInode, ioInode }: CgroupCounters) {
  return [cpuInode, ioInode];
}

/** In what is made of them for a container: the longer averages and the total move for minutes after the last stall. */
function isSamePressure(now: Fact<Pressures>, before: Fact<Pressures>): boolean {
  if (!isKnown(now) || !isKnown(before)) return isDeepStrictEqual(now, before);
  return (['cpu', 'memory', 'io'] as const).every(
    (resource) =>
      now[resource]?.some?.avg10 === before[resource]?.some?.avg10 &&
      now[resource]?.full?.avg10 === before[resource]?.full?.avg10,
  );
}

function samePlaces(a: CounterRequest['places'], b: CounterRequest['places']): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((one, index) => {
    const other = b[index];
    return one.hierarchy === other?.hierarchy && one.path === other.path && one.own === other.own;
  });
}
