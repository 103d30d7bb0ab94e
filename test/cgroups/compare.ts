/**
 * Holds a `cgroups --json` document against the kernel's own files, file by file: `compareCgroups` says what does not agree,
 * a line each. The files are those of two snapshots (snapshot.mjs), one taken before Porthole looked and one after: what
 * stays must be equal, what grows must lie between, and what moves must be equal where both snapshots agree.
 */
import {
  FIELDS,
  type Field,
  fieldsByName,
  type IoSaid,
  ioDevices,
  kernelsSum,
  LIMITS,
  limitsByName,
  type Movement,
} from './fields.ts';
import { isRefused, KernelCgroup, type Said, type Snapshot } from './kernel.ts';

export type { Directory, Snapshot } from './kernel.ts';

export interface CgroupsDocument {
  readonly hierarchies: readonly {
    readonly hierarchy: string;
    readonly version: 1 | 2;
    readonly controllers: readonly string[];
    readonly mountPoint: string;
    readonly root: string;
    readonly hasHiddenTop: boolean;
    readonly self?: string;
  }[];
  readonly cgroups: readonly Entry[];
}
export type Entry = Readonly<Record<string, unknown>> & {
  readonly hierarchy: string;
  readonly path: string;
  readonly controllers: unknown;
};

export interface Comparison {
  readonly document: CgroupsDocument;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** False where others make and remove cgroups meanwhile: cgroups that only one snapshot has are left out. */
  readonly complete?: boolean;
}

/** The kernel sums some memory counters per CPU and in batches: two reads may differ by this without any change. */
const BATCH_BYTES = 1024 * 1024;
/** Averages of pressure go up and down between two reads that nearly agree. */
const AVERAGE_POINTS = 10;
/** Where both agree it may have risen and fallen in the two seconds after which the kernel works them out anew. */
const SETTLED_AVERAGE = { points: 0.05, share: 0.05 };

/** Neither of a file nor of a directory: rates, names, whose it is. Tested elsewhere. */
const NOT_IN_FILES =
  /^(key|hierarchy|version|path|name|unit|self|container|containerName|controllers)$|PerSec$|[rR]atio$|^io\.(devices|readBytes|writeBytes|max)|LimitedBy$|^freezer\.wishedBy$/;

export function compareCgroups({ document, before, after, complete = true }: Comparison): string[] {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const entry of document.cgroups) {
    const hierarchy = document.hierarchies.find((each) => each.hierarchy === entry.hierarchy);
    if (hierarchy === undefined) {
      wrong.push(`${entry.hierarchy}:${entry.path}: a hierarchy that the document does not list`);
      continue;
    }
    const { mountPoint, root, version } = hierarchy;
    const then = new KernelCgroup(before, mountPoint, root, entry.path, version);
    const now = new KernelCgroup(after, mountPoint, root, entry.path, version);
    seen.add(now.directoryPath);
    const isSteady = then.directory !== undefined && then.directory.inode === now.directory?.inode;
    if (!isSteady && !complete) continue;
    if (!isSteady) wrong.push(`${now.directoryPath}: not in both snapshots`);
    else
      for (const line of compareEntry(entry, then, now, hierarchy))
        wrong.push(`${now.directoryPath}: ${line}`);
  }
  if (complete) {
    const missed = Object.keys(after.directories).filter(
      (path) => path in before.directories && !seen.has(path),
    );
    wrong.push(...missed.map((path) => `${path}: not in the document`));
  }
  return wrong;
}

function compareEntry(
  entry: Entry,
  then: KernelCgroup,
  now: KernelCgroup,
  { controllers, hasHiddenTop, self }: CgroupsDocument['hierarchies'][number],
): string[] {
  const wrong: string[] = [];
  // Porthole is in it, while it looks.
  const isOurs = self !== undefined && `${self}/`.startsWith(entry.path === '/' ? '/' : `${entry.path}/`);
  const checked = new Set<string>();
  for (const [path, movement, of] of [...FIELDS, ...fieldsByName(now)] as Field[]) {
    checked.add(path);
    if (isOurs && movement === 'moves') continue;
    wrong.push(...compareField(path, valueAt(entry, path), of(then), of(now), movement));
  }
  for (const [path, of] of [...LIMITS, ...limitsByName(now)]) {
    checked.add(`${path}.own`).add(`${path}.effective`).add(`${path}.limitedBy`);
    wrong.push(...compareLimit(path, valueAt(entry, path), now, of, hasHiddenTop));
  }
  const listed = now.version === 1 ? controllers.join() : now.file('cgroup.controllers');
  const expected = typeof listed === 'string' ? listed.replaceAll(' ', ',') : listed;
  wrong.push(...compareField('controllers', String(entry.controllers), expected, expected, 'stays'));
  wrong.push(...compareIo(entry, then, now), ...compareWhose(entry, now));
  for (const path of leaves(entry))
    if (!checked.has(path) && !NOT_IN_FILES.test(path)) wrong.push(`${path}: no file is known for it`);
  return wrong;
}

/** The value at `a.b.c`; an unknown on the way there is the answer for all below it. */
function valueAt(entry: unknown, path: string): unknown {
  let value = entry;
  for (const key of path.split('.')) {
    if (isUnknown(value)) return value;
    value = isObject(value) ? value[key] : undefined;
  }
  return Array.isArray(value) ? value.join() : value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
const isUnknown = (value: unknown): value is { unknown: string; errno: string; path: string } =>
  isObject(value) && 'unknown' in value;

/** Paths of everything that is no object, and of what is unknown. */
function leaves(value: unknown, path = ''): string[] {
  if (!isObject(value) || Array.isArray(value) || isUnknown(value)) return [path];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, path === '' ? key : `${path}.${key}`));
}

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'denied',
  EPERM: 'denied',
  EOPNOTSUPP: 'unsupported',
  EINVAL: 'unsupported',
  ENODEV: 'gone',
};

function compareField(path: string, value: unknown, then: Said, now: Said, movement: Movement): string[] {
  const disagrees = (expected: unknown) => [
    `${path}: ${JSON.stringify(value)}, and the kernel says ${JSON.stringify(expected)}`,
  ];
  if (isRefused(now) || isRefused(then)) {
    // Node has a name of its own for it.
    const errnos = [then, now].flatMap((said) =>
      isRefused(said) ? said.errno.replace('ENOTSUP', 'EOPNOTSUPP') : [],
    );
    const isRight =
      isUnknown(value) &&
      errnos.includes(value.errno) &&
      value.unknown === WHY[value.errno] &&
      value.path.startsWith('/');
    return isRight ? [] : disagrees(now);
  }
  // Beyond 2^53 the document has text.
  const given = typeof value === 'string' && /^\d{16,}$/.test(value) ? Number(value) : value;
  if (given === then || given === now) return [];
  if (
    movement === 'stays' ||
    typeof then !== 'number' ||
    typeof now !== 'number' ||
    typeof given !== 'number'
  )
    return disagrees(now);
  if (movement === 'grows') return given >= then && given <= now ? [] : disagrees([then, now]);
  // What moved between the snapshots may have been anywhere near when Porthole looked.
  const moved = Math.abs(now - then) * 4;
  const slack = Math.max(leastSlack(path, now, moved > 0), moved);
  return given >= Math.min(then, now) - slack && given <= Math.max(then, now) + slack
    ? []
    : disagrees([then, now]);
}

function leastSlack(path: string, now: number, hasMoved: boolean): number {
  if (path.endsWith('Bytes')) return BATCH_BYTES;
  if (!/Avg\d+$/.test(path)) return 0;
  return hasMoved ? AVERAGE_POINTS : Math.max(SETTLED_AVERAGE.points, now * SETTLED_AVERAGE.share);
}

function compareLimit(
  path: string,
  value: unknown,
  cgroup: KernelCgroup,
  of: (cgroup: KernelCgroup) => Said,
  hasHiddenTop: boolean,
): string[] {
  const chain = cgroup.upwards().flatMap((each) => {
    const said = of(each);
    return said === undefined ? [] : [{ path: each.path, said }];
  });
  if (chain.length === 0)
    return value === undefined ? [] : [`${path}: ${JSON.stringify(value)}, and no file is there`];
  const { own, effective, limitedBy } = isObject(value) ? value : {};
  const wrong = compareField(`${path}.own`, own, of(cgroup), of(cgroup), 'stays');
  if (chain.some(({ said }) => isRefused(said)))
    return isUnknown(effective) ? wrong : [...wrong, `${path}.effective: known, though a limit above is not`];
  const sizes = chain.map(({ said }) => (typeof said === 'number' ? said : Number.POSITIVE_INFINITY));
  const sum = kernelsSum(path, cgroup);
  let smallest = sum === undefined ? Math.min(...sizes) : sum === 'max' ? Number.POSITIVE_INFINITY : sum;
  let by = chain.find(({ said }) => said === smallest)?.path;
  if (smallest === Number.POSITIVE_INFINITY && hasHiddenTop && sum === undefined)
    return isUnknown(effective)
      ? wrong
      : [...wrong, `${path}.effective: known, though limits above are hidden`];
  const hostBytes = Number(/^MemTotal: +(\d+) kB/m.exec(cgroup.snapshot.meminfo)?.[1]) * 1024;
  if (path === 'memory.maxBytes' && smallest > hostBytes) {
    smallest = hostBytes;
    by = 'host';
  }
  const expected = smallest === Number.POSITIVE_INFINITY ? 'max' : smallest;
  if (effective !== expected)
    wrong.push(`${path}.effective: ${JSON.stringify(effective)}, and it is ${expected}`);
  if (limitedBy !== by) wrong.push(`${path}.limitedBy: ${JSON.stringify(limitedBy)}, and it is ${by}`);
  return wrong;
}

const IO_FIELDS = ['readBytes', 'writeBytes', 'readOps', 'writeOps'] as const;

function compareIo(entry: Entry, then: KernelCgroup, now: KernelCgroup): string[] {
  const earlier = ioDevices(then);
  const later = ioDevices(now);
  const devices = partOf(entry, 'io', 'devices');
  if (later === undefined || isRefused(later))
    return compareField('io.devices', devices, undefined, later, 'stays');
  if (!(later instanceof Map) || !(earlier instanceof Map)) return ['io: the snapshots do not agree'];
  if (!Array.isArray(devices)) return [`io.devices: ${JSON.stringify(devices)}, and there are ${later.size}`];
  const wrong = devices.flatMap((device: Record<string, unknown>) => {
    const name = String(device['device']);
    const none: IoSaid = { readBytes: 0, writeBytes: 0, readOps: 0, writeOps: 0 };
    const [a, b] = [earlier.get(name) ?? none, later.get(name)];
    if (b === undefined) return [`io.devices: ${name} is not in the file`];
    return IO_FIELDS.flatMap((key) =>
      compareField(`io.devices ${name} ${key}`, device[key], a[key], b[key], 'grows'),
    );
  });
  const missed = [...earlier.keys()].filter((name) => !devices.some((each) => each.device === name));
  const counted = devices.filter((each) => each.isStacked !== true);
  for (const key of ['readBytes', 'writeBytes'] as const) {
    const sum = counted.reduce((sofar: number, each) => sofar + Number(each[key]), 0);
    wrong.push(...compareField(`io.${key}`, partOf(entry, 'io', key), sum, sum, 'stays'));
  }
  return [...wrong, ...missed.map((name) => `io.devices: ${name} is missing`), ...compareIoMax(entry, now)];
}

const THROTTLES = [
  ['readBytesPerSec', 'rbps', 'read_bps'],
  ['writeBytesPerSec', 'wbps', 'write_bps'],
  ['readOpsPerSec', 'riops', 'read_iops'],
  ['writeOpsPerSec', 'wiops', 'write_iops'],
] as const;

function compareIoMax(entry: Entry, now: KernelCgroup): string[] {
  const listed = partOf(entry, 'io', 'max');
  const given = (Array.isArray(listed) ? listed : []).flatMap((each: Record<string, unknown>) =>
    THROTTLES.flatMap(([field]) =>
      each[field] === 'max' ? [] : `${each['device']} ${field} ${each[field]}`,
    ),
  );
  const expected = THROTTLES.flatMap(([field, v2, v1]) => {
    const text = now.file(now.version === 2 ? 'io.max' : `blkio.throttle.${v1}_device`, (all) => all);
    if (typeof text !== 'string') return [];
    const pattern =
      now.version === 2 ? new RegExp(`^(\\d+:\\d+) .*\\b${v2}=(\\d+)`, 'gm') : /^(\d+:\d+) (\d+)$/gm;
    return [...text.matchAll(pattern)].map(([, device, value]) => `${device} ${field} ${value}`);
  });
  return compareField('io.max', given.sort().join(), expected.sort().join(), expected.sort().join(), 'stays');
}

/** Who sets processors and memory nodes, and whose wish a freeze is. */
function compareWhose(entry: Entry, now: KernelCgroup): string[] {
  const chain = now.upwards();
  const outermost = (names: readonly [v2: string, v1: string]) => {
    const set = (each: KernelCgroup) => each.file(names[now.version === 2 ? 0 : 1]);
    const first = chain.findIndex((each) => set(each) !== set(now));
    return typeof set(now) !== 'string' || first === -1 ? undefined : chain[first - 1]?.path;
  };
  const wisher = chain.findLast(
    (each) => each.file(now.version === 2 ? 'cgroup.freeze' : 'freezer.self_freezing') === '1',
  );
  const state = partOf(entry, 'freezer', 'state');
  const isStopped = state === 'frozen' || state === 'freezing';
  return [
    ['cpuset.cpusLimitedBy', outermost(['cpuset.cpus.effective', 'cpuset.effective_cpus'])] as const,
    ['cpuset.memsLimitedBy', outermost(['cpuset.mems.effective', 'cpuset.effective_mems'])] as const,
    ['freezer.wishedBy', isStopped ? wisher?.path : undefined] as const,
  ].flatMap(([path, expected]) => compareField(path, valueAt(entry, path), expected, expected, 'stays'));
}

function partOf(entry: Entry, resource: string, key: string): unknown {
  const part = entry[resource];
  return isObject(part) ? part[key] : undefined;
}
