/**
 * The limits there are: what each is called, what it is measured in, and which files hold it on v1 and v2. A limit is a row
 * here; how its files are read and written is in settings.ts, what its words mean in request.ts. Pure.
 * @see Documentation/admin-guide/cgroup-v2.rst, Documentation/admin-guide/cgroup-v1/
 */
import type { FileKind } from './settings.ts';

export type Unit = 'bytes' | 'cores' | 'count' | 'usec' | 'weight' | 'list' | 'io' | 'hugetlb' | 'devices';

export interface LimitFile {
  readonly name: string;
  readonly kind: FileKind;
}

export interface LimitKey {
  readonly id: string;
  readonly unit: Unit;
  /** By version of the hierarchy that has it. */
  readonly controller: { readonly 1: string; readonly 2: string };
  /** The files it may be in, the first that is there counts; empty: this version has no such limit. */
  readonly files: { readonly 1: readonly LimitFile[]; readonly 2: readonly LimitFile[] };
  /** What it does when this version has none, and what does something like it. */
  readonly instead?: { readonly 1?: string; readonly 2?: string };
  readonly range?: { readonly least: number; readonly most: number };
  /** A value that it may not be given, and why. */
  readonly zero?: string;
  /** May it be `max`? */
  readonly hasMax: boolean;
  /** The smallest on the way up counts. */
  readonly inherits: boolean;
  /** How values are written, for help and errors. */
  readonly example: string;
  readonly summary: string;
  /** Shown only when it was asked for: another view of a limit that is shown already. */
  readonly isOtherView?: true;
}

const file = (name: string, kind: FileKind): LimitFile => ({ name, kind });
const both = (controller: string) => ({ 1: controller, 2: controller }) as const;

/** No file, but where a file's name stands. */
export const DEVICE_PROGRAMS = 'devices (BPF)';

/** Made when they are asked for: most commands are about one of them. */
const ROWS: Readonly<Record<string, () => Omit<LimitKey, 'id'>>> = {
  memory: () => ({
    unit: 'bytes',
    controller: both('memory'),
    files: { 1: [file('memory.limit_in_bytes', 'bytes-v1')], 2: [file('memory.max', 'bytes')] },
    zero: '0 would leave it no memory at all',
    hasMax: true,
    inherits: true,
    example: 'memory=256M',
    summary: 'memory it may use; at this limit processes are killed',
  }),
  'memory-high': () => ({
    unit: 'bytes',
    controller: both('memory'),
    files: { 1: [], 2: [file('memory.high', 'bytes')] },
    instead: { 1: 'memory-low (memory.soft_limit_in_bytes) is what v1 has, and is something else' },
    zero: '0 would slow it down to a standstill',
    hasMax: true,
    inherits: true,
    example: 'memory-high=200M',
    summary: 'memory above which it is slowed down and its pages are taken, v2 only',
  }),
  'memory-low': () => ({
    unit: 'bytes',
    controller: both('memory'),
    files: { 1: [file('memory.soft_limit_in_bytes', 'bytes-v1')], 2: [file('memory.low', 'bytes')] },
    hasMax: true,
    inherits: false,
    example: 'memory-low=64M',
    summary: 'memory that is left to it while others can give some (v1: soft limit)',
  }),
  swap: () => ({
    unit: 'bytes',
    controller: both('memory'),
    files: { 1: [file('memory.memsw.limit_in_bytes', 'bytes-v1')], 2: [file('memory.swap.max', 'bytes')] },
    hasMax: true,
    inherits: true,
    example: 'swap=0',
    summary: 'swap it may use beside its memory',
  }),
  swappiness: () => ({
    unit: 'count',
    controller: both('memory'),
    files: { 1: [file('memory.swappiness', 'count')], 2: [] },
    instead: { 2: 'v2 has none for a single cgroup; swap limits what it may swap' },
    range: { least: 0, most: 200 },
    hasMax: false,
    inherits: false,
    example: 'swappiness=10',
    summary: 'how readily its memory is swapped, 0 to 100 (200 on new kernels), v1 only',
  }),
  cpu: () => ({
    unit: 'cores',
    controller: both('cpu'),
    files: { 1: [file('cpu.cfs_quota_us', 'quota-v1')], 2: [file('cpu.max', 'cpu.max')] },
    zero: '0 would stop it for good; freeze stops a container',
    hasMax: true,
    inherits: true,
    example: 'cpu=1.5',
    summary: 'cores it may keep busy: 1.5, 50%, or quota/period in microseconds',
  }),
  'cpu-burst': () => ({
    unit: 'usec',
    controller: both('cpu'),
    files: { 1: [file('cpu.cfs_burst_us', 'count')], 2: [file('cpu.max.burst', 'count')] },
    hasMax: false,
    inherits: false,
    example: 'cpu-burst=20ms',
    summary: 'processor time it may save up and use at once, no more than its quota',
  }),
  'cpu-idle': () => ({
    unit: 'count',
    controller: both('cpu'),
    files: { 1: [file('cpu.idle', 'count')], 2: [file('cpu.idle', 'count')] },
    range: { least: 0, most: 1 },
    hasMax: false,
    inherits: false,
    example: 'cpu-idle=1',
    summary: '1: runs only when nobody else wants to',
  }),
  'cpu-weight': () => ({
    unit: 'weight',
    controller: both('cpu'),
    files: { 1: [file('cpu.shares', 'count')], 2: [file('cpu.weight', 'count')] },
    range: { least: 1, most: 10_000 },
    hasMax: false,
    inherits: false,
    example: 'cpu-weight=200',
    summary: 'its part of processors that are fought for, 1 to 10000, usually 100',
  }),
  'cpu-shares': () => ({
    unit: 'weight',
    controller: both('cpu'),
    files: { 1: [file('cpu.shares', 'count')], 2: [file('cpu.weight', 'count')] },
    range: { least: 2, most: 262_144 },
    hasMax: false,
    inherits: false,
    example: 'cpu-shares=512',
    summary: 'the same in the numbers of v1 and docker, 2 to 262144, usually 1024',
    isOtherView: true,
  }),
  'cpuset-cpus': () => ({
    unit: 'list',
    controller: both('cpuset'),
    files: { 1: [file('cpuset.cpus', 'list')], 2: [file('cpuset.cpus', 'list')] },
    hasMax: false,
    inherits: false,
    example: 'cpuset-cpus=0-3,7',
    summary: 'processors it may run on',
  }),
  'cpuset-mems': () => ({
    unit: 'list',
    controller: both('cpuset'),
    files: { 1: [file('cpuset.mems', 'list')], 2: [file('cpuset.mems', 'list')] },
    hasMax: false,
    inherits: false,
    example: 'cpuset-mems=0',
    summary: 'memory nodes it may have memory from',
  }),
  pids: () => ({
    unit: 'count',
    controller: both('pids'),
    files: { 1: [file('pids.max', 'limit')], 2: [file('pids.max', 'limit')] },
    zero: '0 is not "no limit": nothing in it could start a process; write max for none',
    range: { least: 1, most: 4_194_304 },
    hasMax: true,
    inherits: true,
    example: 'pids=200',
    summary: 'processes and threads there may be in it',
  }),
  io: () => ({
    unit: 'io',
    controller: { 1: 'blkio', 2: 'io' },
    files: { 1: [file('blkio.throttle.read_bps_device', 'throttle-v1')], 2: [file('io.max', 'io.max')] },
    hasMax: true,
    inherits: true,
    example: 'io=/dev/vda:rbps=10M,wiops=200',
    summary: 'bytes and operations a second on a disk: rbps, wbps, riops, wiops',
  }),
  'io-weight': () => ({
    unit: 'weight',
    controller: { 1: 'blkio', 2: 'io' },
    files: {
      1: [file('blkio.weight', 'count'), file('blkio.bfq.weight', 'count')],
      2: [file('io.weight', 'default-weight'), file('io.bfq.weight', 'default-weight')],
    },
    range: { least: 1, most: 10_000 },
    hasMax: false,
    inherits: false,
    example: 'io-weight=200',
    summary: 'its part of disks that are fought for, 1 to 10000',
  }),
  'blkio-weight': () => ({
    unit: 'weight',
    controller: { 1: 'blkio', 2: 'io' },
    files: {
      1: [file('blkio.weight', 'count'), file('blkio.bfq.weight', 'count')],
      2: [file('io.weight', 'default-weight'), file('io.bfq.weight', 'default-weight')],
    },
    range: { least: 10, most: 1000 },
    hasMax: false,
    inherits: false,
    example: 'blkio-weight=500',
    summary: 'the same in the numbers of v1 and docker, 10 to 1000',
    isOtherView: true,
  }),
  hugetlb: () => ({
    unit: 'hugetlb',
    controller: both('hugetlb'),
    files: { 1: [], 2: [] },
    hasMax: true,
    inherits: true,
    example: 'hugetlb=2MB:64M',
    summary: 'huge pages of one size',
  }),
  devices: () => ({
    unit: 'devices',
    controller: { 1: 'devices', 2: '' },
    files: { 1: [file('devices.list', 'devices')], 2: [file(DEVICE_PROGRAMS, 'bpf')] },
    hasMax: false,
    inherits: false,
    example: 'devices=allow:/dev/fuse:rwm',
    summary: 'a device it may use (allow) or not (deny)',
  }),
};

const made = new Map<string, LimitKey>();

export function limitKey(id: string): LimitKey | undefined {
  const seen = made.get(id);
  if (seen !== undefined) return seen;
  const row = Object.hasOwn(ROWS, id) ? ROWS[id]?.() : undefined;
  if (row === undefined) return undefined;
  const key = { id, ...row };
  made.set(id, key);
  return key;
}

export function limitKeyIds(): string[] {
  return Object.keys(ROWS);
}

/** All of them, in the order in which they are shown. */
export function limitKeys(): LimitKey[] {
  return limitKeyIds().flatMap((id) => limitKey(id) ?? []);
}

/** v1 has a file for each: the fields of v2's io.max. */
export const IO_FIELDS = ['rbps', 'wbps', 'riops', 'wiops'] as const;
export type IoField = (typeof IO_FIELDS)[number];
export const THROTTLE_FILES: Readonly<Record<IoField, string>> = {
  rbps: 'blkio.throttle.read_bps_device',
  wbps: 'blkio.throttle.write_bps_device',
  riops: 'blkio.throttle.read_iops_device',
  wiops: 'blkio.throttle.write_iops_device',
};

let allFiles: ReadonlySet<string> | undefined;

/** Is it the name of a file that holds a limit? Those of the limits that somebody has asked for are looked through first. */
export function isLimitFile(name: string): boolean {
  const isIts = (each: LimitFile) => each.name === name;
  for (const { files } of made.values()) if (files[1].some(isIts) || files[2].some(isIts)) return true;
  allFiles ??= new Set([
    ...limitKeys().flatMap(({ files }) => [...files[1], ...files[2]].map((each) => each.name)),
    ...Object.values(THROTTLE_FILES),
  ]);
  return allFiles.has(name);
}
