/**
 * What makes limits last: a cgroup's files end with the cgroup, and whoever keeps the container writes its own values again when it
 * updates or starts it. Pure.
 * @see docker update, podman update, systemd.resource-control(5), lxc.container.conf(5)
 */
import { known } from '../../kernel/reading.ts';
import { unitOf } from '../cgroup-name.ts';
import { blkioOfIoWeight, memswOf, sharesOfWeight } from './conversions.ts';
import type { IoRates, LimitRow, LimitValue } from './view.ts';

export interface KeptContainer {
  readonly name: string;
  readonly runtime: string;
  readonly id?: string;
  readonly cgroupPaths: readonly string[];
  /** systemd is pid 1 here. */
  readonly hasSystemd: boolean;
}

export interface Persistence {
  /** To be run as they are; argv. */
  readonly commands: readonly (readonly string[])[];
  /** Lines for a file that somebody has to edit, and which. */
  readonly config?: { readonly file: string; readonly lines: readonly string[] };
  /** What cannot be kept, and why. */
  readonly notes: readonly string[];
}

/** Who keeps the container and will write its own values again; undefined when nobody does. */
export function keeperOf({ runtime, name, cgroupPaths, hasSystemd }: KeptContainer): string | undefined {
  if (KEEPERS.includes(runtime))
    return `${runtime} does not know of this and writes its own values when ${name} is updated or starts again`;
  const unit = hasSystemd ? cgroupPaths.flatMap((path) => unitOf(path) ?? [])[0] : undefined;
  if (unit === undefined) return undefined;
  return `systemd does not know of this and writes its own values into ${unit} when that is changed or starts again`;
}

/** Not what the kernel gives every cgroup. */
export function isSetLimit({ key, file, setting, inherited, value }: LimitRow): boolean {
  const own = known(value);
  if (own === undefined || inherited === true || NEVER_KEPT.includes(key)) return false;
  if (typeof own === 'object') return Object.values(own).some((rate) => rate !== 'max');
  const name = file.slice(file.lastIndexOf('/') + 1);
  if (setting !== undefined && setting === USUAL_SETTINGS[name]) return false;
  return own !== 'max' && own !== '' && own !== USUAL[key];
}

const NEVER_KEPT: readonly string[] = ['cpu-idle', 'swappiness', 'devices'];
const USUAL: Readonly<Record<string, unknown>> = {
  'cpu-weight': 100,
  'io-weight': 100,
  'memory-low': 0,
  'cpu-burst': 0,
};
/** Where the key counts in other units than the file. */
const USUAL_SETTINGS: Readonly<Record<string, string>> = {
  'blkio.weight': '500',
  'blkio.bfq.weight': '100',
  'cpu.shares': '1024',
};

const KEEPERS: readonly string[] = ['docker', 'podman', 'containerd', 'cri-o', 'lxc', 'nspawn'];

/** How docker and podman call what a key is, in their words. */
type Flag = (value: LimitValue, rows: readonly LimitRow[]) => readonly string[];

const bytes: Flag = (value) => [value === 'max' ? '-1' : String(value)];
const DOCKER: Readonly<Record<string, readonly [flag: string, words: Flag]>> = {
  memory: ['--memory', bytes],
  'memory-low': ['--memory-reservation', bytes],
  swap: ['--memory-swap', (value, rows) => [memorySwap(value, rows)]],
  cpu: ['--cpus', (value) => [value === 'max' ? '0' : String(value)]],
  'cpu-weight': ['--cpu-shares', (value) => [String(sharesOfWeight(Number(value)))]],
  'cpuset-cpus': ['--cpuset-cpus', (value) => [String(value)]],
  'cpuset-mems': ['--cpuset-mems', (value) => [String(value)]],
  pids: ['--pids-limit', bytes],
  'io-weight': ['--blkio-weight', (value) => [String(blkioOfIoWeight(Number(value)))]],
};

function memorySwap(swap: LimitValue, rows: readonly LimitRow[]): string {
  const memory = known(rows.find(({ key }) => key === 'memory')?.value);
  const sum =
    typeof swap === 'object' || memory === undefined || typeof memory === 'object'
      ? 'max'
      : memswOf(limit(memory), limit(swap));
  return sum === 'max' ? '-1' : String(sum);
}

const limit = (value: Exclude<LimitValue, IoRates>) => (value === 'max' ? 'max' : BigInt(value));

const infinity = (value: LimitValue) => (value === 'max' ? 'infinity' : String(value));
const SYSTEMD: Readonly<Record<string, (value: LimitValue) => string>> = {
  memory: (value) => `MemoryMax=${infinity(value)}`,
  'memory-high': (value) => `MemoryHigh=${infinity(value)}`,
  'memory-low': (value) => `MemoryLow=${infinity(value)}`,
  swap: (value) => `MemorySwapMax=${infinity(value)}`,
  cpu: (value) => `CPUQuota=${value === 'max' ? '' : `${Number(value) * 100}%`}`,
  'cpu-weight': (value) => `CPUWeight=${value}`,
  'cpuset-cpus': (value) => `AllowedCPUs=${value}`,
  'cpuset-mems': (value) => `AllowedMemoryNodes=${value}`,
  pids: (value) => `TasksMax=${infinity(value)}`,
  'io-weight': (value) => `IOWeight=${value}`,
};

const SYSTEMD_IO = {
  rbps: 'IOReadBandwidthMax',
  wbps: 'IOWriteBandwidthMax',
  riops: 'IOReadIOPSMax',
  wiops: 'IOWriteIOPSMax',
} as const;

/** @param rows those that are to last */
export function persistence(
  container: KeptContainer,
  rows: readonly LimitRow[],
  all: readonly LimitRow[],
): Persistence {
  const set = rows.filter(({ value }) => known(value) !== undefined);
  const { runtime, id = container.name } = container;
  if (runtime === 'docker' || runtime === 'podman') return engineUpdate(runtime, id, set, all);
  const unit = container.hasSystemd
    ? container.cgroupPaths.flatMap((path) => unitOf(path) ?? [])[0]
    : undefined;
  if (unit !== undefined) return setProperty(unit, set);
  if (runtime === 'lxc') return lxcConfig(container.name, set);
  const why =
    runtime === 'runc' || runtime === 'crun' || runtime === 'containerd' || runtime === 'cri-o'
      ? `${runtime} takes limits from its config.json (linux.resources) when the container starts: whoever makes that has to be told`
      : 'nothing keeps this container: its cgroup and the limits end with it';
  return { commands: [], notes: [why] };
}

function engineUpdate(
  engine: string,
  id: string,
  rows: readonly LimitRow[],
  all: readonly LimitRow[],
): Persistence {
  const isKept = ({ key }: LimitRow) => Object.hasOwn(DOCKER, key);
  const flags = rows.filter(isKept).flatMap((row) => {
    const [flag, words] = DOCKER[row.key] ?? [];
    const value = known(row.value);
    return flag === undefined || words === undefined || value === undefined
      ? []
      : [flag, ...words(value, all)];
  });
  // It refuses a limit of memory above the one of both that it remembers.
  const swap =
    rows.some(({ key }) => key === 'memory') && !rows.some(({ key }) => key === 'swap') ? swapFlag(all) : [];
  return {
    commands: flags.length === 0 ? [] : [[engine, 'update', ...flags, ...swap, id]],
    notes: cannotKeep(
      rows.filter((row) => !isKept(row)),
      `${engine} update`,
    ),
  };
}

function swapFlag(all: readonly LimitRow[]): string[] {
  const swap = known(all.find(({ key }) => key === 'swap')?.value);
  return swap === undefined ? [] : ['--memory-swap', memorySwap(swap, all)];
}

function setProperty(unit: string, rows: readonly LimitRow[]): Persistence {
  const properties = rows.flatMap((row) => {
    const value = known(row.value);
    if (value === undefined) return [];
    if (row.key === 'io') return ioProperties(row, value);
    return SYSTEMD[row.key]?.(value) ?? [];
  });
  const lost = rows.filter(({ key }) => key !== 'io' && !Object.hasOwn(SYSTEMD, key));
  return {
    commands: properties.length === 0 ? [] : [['systemctl', 'set-property', unit, ...properties]],
    notes: cannotKeep(lost, 'systemctl set-property'),
  };
}

function ioProperties({ device }: LimitRow, value: LimitValue): string[] {
  if (device === undefined || typeof value !== 'object') return [];
  return Object.entries(SYSTEMD_IO).map(([field, property]) => {
    const rate = Object.entries(value).find(([name]) => name === field)?.[1];
    return `${property}=/dev/block/${device} ${rate === 'max' ? 'infinity' : String(rate)}`;
  });
}

function cannotKeep(rows: readonly LimitRow[], command: string): string[] {
  const names = [...new Set(rows.map(({ key }) => key))];
  return names.length === 0 ? [] : [`${command} cannot keep ${names.join(', ')}`];
}

/** Its own names of files, as the kernel has them. */
function lxcConfig(name: string, rows: readonly LimitRow[]): Persistence {
  const lines = rows.flatMap((row) => {
    const file = row.file.slice(row.file.lastIndexOf('/') + 1);
    const prefix = row.version === 2 ? 'lxc.cgroup2' : 'lxc.cgroup';
    return row.setting === undefined ? [] : [`${prefix}.${file} = ${row.setting}`];
  });
  return {
    commands: [],
    config: {
      file: `the config of ${name} (/var/lib/lxc/${name}/config unless lxc was told otherwise)`,
      lines,
    },
    notes: [],
  };
}
