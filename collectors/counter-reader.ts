/**
 * The counters of one container: of the cgroups that it owns, and the limits on the way up from any cgroup, joined over v1
 * and v2 hierarchies per controller. Only what is asked for is read; kernfs reads take global locks.
 */
import { type CpuMax, parseCfsQuota, parseCpuMax } from '../src/kernel/cgroup/cpu-max.ts';
import { parseCpuacctUsage, parseCpuStat, parseCpuStatV1 } from '../src/kernel/cgroup/cpu-stat.ts';
import { cgroupDirectory, type Hierarchy, parentPath } from '../src/kernel/cgroup/hierarchy.ts';
import { parseBlkioBytes, parseIoStat } from '../src/kernel/cgroup/io-stat.ts';
import { parseMemoryEvents, parseOomControlV1 } from '../src/kernel/cgroup/memory-events.ts';
import { parseMemoryStatV1, parseMemoryStatV2 } from '../src/kernel/cgroup/memory-stat.ts';
import { parsePressure } from '../src/kernel/cgroup/pressure.ts';
import { parseLimitV1, parseLimitV2, parseSingleCount } from '../src/kernel/cgroup/value.ts';
import type { Count } from '../src/kernel/count.ts';
import { type Fact, factOf, known, mapFact, type Reading } from '../src/kernel/reading.ts';
import type {
  CgroupCounters,
  CpuCounters,
  IoCounters,
  LimitAt,
  MemoryCounters,
  PressurePair,
  Pressures,
} from '../src/model/sample.ts';
import { type Changes, clockUsec, type KernelFiles } from '../src/sys/kernel-files.ts';
import type { BlockDevices } from './block-devices.ts';
import { freezerOf } from './freezer.ts';
import {
  AVERAGES_LAG_MS,
  CALM_GOOD_FOR_MS,
  COUNTED_ABOVE_FOR_MS,
  IDLE_GOOD_FOR_MS,
  PERIODS_GOOD_FOR_MS,
  PRESSURE_GOOD_FOR_MS,
  SAME_MEMORY_GOOD_FOR_MS,
  SETTING_GOOD_FOR_MS,
} from './freshness.ts';
import { joinPressure } from './host.ts';
import { parsed } from './parsed.ts';

/** One container's place in the hierarchy of each controller; `own` is false where others share that cgroup. */
export interface CounterRequest {
  readonly places: readonly { readonly hierarchy: Hierarchy; readonly path: string; readonly own: boolean }[];
}

/** The files whose counters become rates. */
export interface TimedFiles {
  readonly cpu: string | undefined;
  readonly io: string | undefined;
}

function readAt(files: KernelFiles, { cpu, io }: TimedFiles) {
  return {
    cpuReadAtUsec: cpu === undefined ? clockUsec() : files.readAtUsec(cpu),
    ioReadAtUsec: io === undefined ? clockUsec() : files.readAtUsec(io),
  };
}

export interface SharedByAll {
  readonly ancestors: Map<string, LimitAt['limit']>;
  readonly devices: BlockDevices;
}

interface Place {
  readonly version: 1 | 2;
  readonly directory: string;
  readonly hierarchy: Hierarchy;
  readonly path: string;
  readonly own: boolean;
}

const V1_USAGE = 'cpuacct.usage';
const V1_IO = 'blkio.throttle.io_service_bytes_recursive';

/** Reads one container's counters. `ancestors` holds limits of cgroups already read in this sample. */
export class CounterReader {
  readonly #places: readonly Place[];
  /** Known once it has read. */
  timed: TimedFiles = { cpu: undefined, io: undefined };
  /** A place that the mount does not show: outside our cgroup namespace, where limits may well be. */
  readonly #outside: CounterRequest['places'][number] | undefined;

  constructor(
    readonly files: KernelFiles,
    request: CounterRequest,
    readonly ancestors: Map<string, LimitAt['limit']>,
    readonly blockDevices: BlockDevices,
  ) {
    this.#places = request.places.flatMap(({ hierarchy, path, own }) => {
      const directory = cgroupDirectory(hierarchy, path);
      return directory === undefined ? [] : [{ version: hierarchy.version, directory, hierarchy, path, own }];
    });
    this.#outside = request.places.find(
      ({ hierarchy, path }) => cgroupDirectory(hierarchy, path) === undefined,
    );
  }

  read(): CgroupCounters {
    // On hybrid hosts a container can own its v2 cgroup alone (nspawn): cpu.stat is there without any controller.
    const cpuPlace = [this.#place('cpuacct'), this.#unified()].find((place) => place?.own);
    const ioPlace = this.#place('blkio') ?? this.#place('io');
    this.timed = {
      cpu: cpuPlace && `${cpuPlace.directory}/${cpuPlace.version === 1 ? V1_USAGE : 'cpu.stat'}`,
      io: ioPlace && `${ioPlace.directory}/${ioPlace.version === 1 ? V1_IO : 'io.stat'}`,
    };
    const cpu = this.#cpu(cpuPlace);
    const { cpuReadAtUsec } = readAt(this.files, this.timed);
    const io = this.#io(ioPlace);
    const { ioReadAtUsec } = readAt(this.files, this.timed);
    return {
      cpuReadAtUsec,
      ioReadAtUsec,
      cpuInode: this.#inode(cpuPlace),
      ioInode: this.#inode(ioPlace),
      cpu,
      memory: this.#memory(),
      io,
      pids: this.#pids(),
      freezer: freezerOf(this.files, this.#place('freezer'), this.#unified()),
      pressure: this.#pressure(),
    };
  }

  #place(controller: string): Place | undefined {
    return (
      this.#places.find((each) => each.version === 1 && each.hierarchy.controllers.includes(controller)) ??
      this.#places.find((each) => each.version === 2 && each.hierarchy.controllers.includes(controller))
    );
  }

  #unified(): Place | undefined {
    return this.#places.find((each) => each.version === 2);
  }

  #inode(place: Place | undefined): Fact<number> {
    return place?.own ? factOf(this.files.inode(place.directory)) : undefined;
  }

  #value<T>(
    place: Place | undefined,
    file: string,
    parse: (text: string, file: string) => T,
    changes?: () => Changes,
  ): Reading<T> {
    if (place === undefined) return { ok: false, why: 'absent', path: file, errno: 'ENOENT' };
    const path = `${place.directory}/${file}`;
    return parsed(this.files.small(path, changes), path, (text) => parse(text, path));
  }

  /** A value that moves when something runs in the cgroup, which its usage of processors tells. */
  #moving<T>(place: Place | undefined, file: string, parse: (text: string, file: string) => T): Reading<T> {
    return this.#value(place, file, parse, () => this.#idle(IDLE_GOOD_FOR_MS));
  }

  /** Until something runs in it, or one of these moves. */
  #idle(goodForMs: number, others: readonly string[] = []): Changes {
    return this.timed.cpu === undefined ? {} : { goodForMs, leaders: [this.timed.cpu, ...others] };
  }

  #setting<T>(place: Place, file: string, parse: (text: string, file: string) => T): Reading<T> {
    return this.#value(place, file, parse, () => ({
      goodForMs: SETTING_GOOD_FOR_MS,
      told: [place.directory],
    }));
  }

  #cpu(usage: Place | undefined): CpuCounters {
    const quota = this.#quota(this.#place('cpu'));
    if (!usage?.own) return { usageUsec: undefined, quota };
    if (usage.version === 2) {
      const above = () => ({
        above: { paths: filesAbove(usage, 'cpu.stat'), goodForMs: PERIODS_GOOD_FOR_MS },
      });
      const stat = factOf(this.#value(usage, 'cpu.stat', parseCpuStat, above));
      const { userUsec, systemUsec, nrPeriods, nrThrottled, throttledUsec } = known(stat) ?? {};
      return {
        usageUsec: mapFact(stat, (value) => value.usageUsec),
        quota,
        ...(userUsec !== undefined && { userUsec }),
        ...(systemUsec !== undefined && { systemUsec }),
        ...(nrPeriods !== undefined && { nrPeriods }),
        ...(nrThrottled !== undefined && { nrThrottled }),
        ...(throttledUsec !== undefined && { throttledUsec }),
      };
    }
    const above = () => ({ above: { paths: filesAbove(usage, V1_USAGE), goodForMs: COUNTED_ABOVE_FOR_MS } });
    const usageUsec = factOf(this.#value(usage, V1_USAGE, parseCpuacctUsage, above));
    const bandwidth = this.#place('cpu');
    const throttle = bandwidth?.own
      ? known(factOf(this.#moving(bandwidth, 'cpu.stat', parseCpuStatV1)))
      : undefined;
    return { usageUsec, quota, ...throttle };
  }

  #quota(place: Place | undefined): Fact<CpuMax> {
    if (place === undefined) return undefined;
    if (place.version === 2) return factOf(this.#setting(place, 'cpu.max', parseCpuMax));
    const quota = this.#setting(place, 'cpu.cfs_quota_us', (text) => text.trim());
    const period = this.#setting(place, 'cpu.cfs_period_us', (text) => text.trim());
    if (!quota.ok) return factOf(quota);
    return factOf(
      parsed(period, `${place.directory}/cpu.cfs_period_us`, (text) => parseCfsQuota(quota.value, text)),
    );
  }

  #memory(): MemoryCounters {
    const place = this.#place('memory');
    const v1 = place?.version === 1;
    const limits = this.#limits(
      place,
      v1 ? 'memory.limit_in_bytes' : 'memory.max',
      v1 ? parseLimitV1 : parseLimitV2,
    );
    if (!place?.own) return { currentBytes: undefined, limits };
    const currentFile = v1 ? 'memory.usage_in_bytes' : 'memory.current';
    const current = factOf(this.#moving(place, currentFile, parseSingleCount));
    // Dear to read: the kernel makes some fifty lines.
    const same = () => this.#idle(SAME_MEMORY_GOOD_FOR_MS, [`${place.directory}/${currentFile}`]);
    const stat = known(
      factOf(this.#value(place, 'memory.stat', v1 ? parseMemoryStatV1 : parseMemoryStatV2, same)),
    );
    const oomKills = v1
      ? mapFact(
          factOf(this.#moving(place, 'memory.oom_control', parseOomControlV1)),
          (events) => events.oomKill,
        )
      : mapFact(factOf(this.#moving(place, 'memory.events', parseMemoryEvents)), (events) => events.oomKill);
    const swapBytes = v1
      ? stat?.swapBytes
      : factOf(this.#moving(place, 'memory.swap.current', parseSingleCount));
    return {
      currentBytes: current,
      limits,
      ...(stat?.anonBytes !== undefined && { anonBytes: stat.anonBytes }),
      ...(stat?.fileBytes !== undefined && { fileBytes: stat.fileBytes }),
      ...(stat?.shmemBytes !== undefined && { shmemBytes: stat.shmemBytes }),
      ...(stat?.inactiveFileBytes !== undefined && { inactiveFileBytes: stat.inactiveFileBytes }),
      ...(swapBytes !== undefined && { swapBytes }),
      ...(oomKills !== undefined && { oomKills }),
    };
  }

  #pids(): CgroupCounters['pids'] {
    const place = this.#place('pids');
    const limits = this.#limits(place, 'pids.max', parseLimitV2);
    const current = place?.own ? factOf(this.#moving(place, 'pids.current', parseSingleCount)) : undefined;
    return { current, limits };
  }

  /** Own limit first, then every ancestor's up to the mount; files that the root lacks are absent. */
  #limits(
    place: Place | undefined,
    file: string,
    parse: (text: string, file: string) => Exclude<LimitAt['limit'], undefined | { unknown: unknown }>,
  ): LimitAt[] {
    if (place === undefined) return this.#outside === undefined ? [] : [hiddenLimit(this.#outside)];
    const limits: LimitAt[] = [];
    for (let path = place.path; ; path = parentPath(path)) {
      const directory = cgroupDirectory(place.hierarchy, path);
      if (directory === undefined) break;
      const name = `${directory}/${file}`;
      if (this.ancestors.has(name)) this.files.noteAsked(name);
      else {
        const text = this.files.small(name, () => ({
          goodForMs: SETTING_GOOD_FOR_MS,
          told: [directory],
        }));
        const read = parsed(text, name, (value) => parse(value, name));
        this.ancestors.set(name, factOf(read));
      }
      const limit = this.ancestors.get(name);
      if (limit !== undefined) limits.push({ path, limit });
      if (path === '/') break;
    }
    return limits;
  }

  #io(place: Place | undefined): IoCounters {
    if (!place?.own) return { readBytes: undefined, writeBytes: undefined };
    const devices =
      place.version === 1
        ? this.#moving(place, V1_IO, parseBlkioBytes)
        : this.#moving(place, 'io.stat', parseIoStat);
    const counted = mapFact(factOf(devices), (list) => this.blockDevices.withoutStacked(list));
    return {
      readBytes: mapFact(counted, (list) => total(list.map((each) => each.readBytes))),
      writeBytes: mapFact(counted, (list) => total(list.map((each) => each.writeBytes))),
    };
  }

  #pressure(): Fact<Pressures> {
    const place = this.#unified();
    if (!place?.own) return undefined;
    const one = (name: string) => {
      const file = `${name}.pressure`;
      const path = `${place.directory}/${file}`;
      const pressure = parsed(
        this.files.small(path, () => ({ goodForMs: PRESSURE_GOOD_FOR_MS })),
        path,
        parsePressure,
      );
      if (pressure.ok) this.#watchPressure(place, file, isCalm(pressure.value));
      return pressure;
    };
    return factOf(joinPressure({ cpu: one('cpu'), memory: one('memory'), io: one('io') }));
  }

  /** Whoever is held up is held up in the cgroups around it, too. And nobody is who did not run before. */
  #watchPressure(place: Place, file: string, calm: boolean): void {
    this.files.mayAge(`${place.directory}/${file}`, calm ? 'calm' : 'stalled', () => {
      if (!calm) return { goodForMs: PRESSURE_GOOD_FOR_MS };
      const idle =
        this.timed.cpu === undefined ? { goodForMs: PRESSURE_GOOD_FOR_MS } : this.#idle(CALM_GOOD_FOR_MS);
      return { ...idle, above: { paths: filesAbove(place, file), lagMs: AVERAGES_LAG_MS } };
    });
  }
}

/** The same file of the cgroups around it, the nearest first; without the topmost, in which all that runs is counted. */
function filesAbove({ hierarchy, path }: Place, file: string): string[] {
  const files: string[] = [];
  for (let above = parentPath(path); above !== '/'; above = parentPath(above)) {
    const directory = cgroupDirectory(hierarchy, above);
    if (directory === undefined) break;
    files.push(`${directory}/${file}`);
  }
  return files;
}

function isCalm({ some, full }: PressurePair): boolean {
  return (some?.avg10 ?? 0) === 0 && (full?.avg10 ?? 0) === 0;
}

function hiddenLimit({ hierarchy, path }: CounterRequest['places'][number]): LimitAt {
  return { path, limit: { unknown: 'denied', path: `${hierarchy.mountPoint}${path}`, errno: 'ENOENT' } };
}

function total(counts: readonly Count[]): Count {
  const sum = counts.reduce((sofar: bigint, each) => sofar + BigInt(each), 0n);
  const small = Number(sum);
  return Number.isSafeInteger(small) ? small : sum;
}
