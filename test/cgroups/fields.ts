/**
 * Which kernel file each field of `cgroups --json` comes from, and how the value is found there. `moves`: the value can be
 * another one from read to read; `grows`: it can only get larger.
 */
import { isRefused, type KernelCgroup, type Said } from './kernel.ts';

export type Movement = 'stays' | 'grows' | 'moves';
export type Field = readonly [path: string, movement: Movement, of: (cgroup: KernelCgroup) => Said];

const usec = (said: Said): Said => (typeof said === 'number' ? Math.floor(said / 1000) : said);
const words = (said: Said): Said =>
  typeof said === 'string'
    ? said
        .split(' ')
        .filter((each) => each !== '')
        .join()
    : said;

type Of = (cgroup: KernelCgroup) => Said;
const byVersion =
  (v2: Of, v1: Of): Of =>
  (cgroup) =>
    cgroup.version === 2 ? v2(cgroup) : v1(cgroup);
const v2Only = (of: Of): Of => byVersion(of, () => undefined);
const v1Only = (of: Of): Of => byVersion(() => undefined, of);
const number =
  (name: string): Of =>
  (cgroup) =>
    cgroup.number(name);
const line =
  (name: string, key: string): Of =>
  (cgroup) =>
    cgroup.line(name, key);
const flag = (said: Said): Said => (typeof said === 'number' ? said === 1 : said);
const stat = (v2: string, v1?: string): Of =>
  byVersion(line('memory.stat', v2), v1 === undefined ? () => undefined : line('memory.stat', v1));

const IDENTITY: readonly Field[] = [
  ['inode', 'stays', (c) => c.directory?.inode],
  ['ownerUid', 'stays', (c) => c.directory?.uid],
  ['ownerGid', 'stays', (c) => c.directory?.gid],
  ['children', 'stays', (c) => c.directory?.children.length],
  ['delegated', 'stays', isDelegated],
  ['subtreeControl', 'stays', v2Only((c) => words(c.file('cgroup.subtree_control')))],
  ['type', 'stays', v2Only((c) => c.file('cgroup.type'))],
  ['populated', 'moves', v2Only((c) => flag(c.line('cgroup.events', 'populated')))],
  ['descendants', 'moves', v2Only(line('cgroup.stat', 'nr_descendants'))],
  ['dyingDescendants', 'moves', v2Only(line('cgroup.stat', 'nr_dying_descendants'))],
  ['procs', 'moves', (c) => c.pids('cgroup.procs')],
  [
    'threads',
    'moves',
    v2Only((c) => (c.file('cgroup.type') === 'threaded' ? c.pids('cgroup.threads') : undefined)),
  ],
];

function isDelegated(c: KernelCgroup): Said {
  const above = c.parent?.directory;
  return (above !== undefined && above.uid !== c.directory?.uid) || undefined;
}

const CPU: readonly Field[] = [
  [
    'cpu.usageUsec',
    'grows',
    byVersion(line('cpu.stat', 'usage_usec'), (c) => usec(c.number('cpuacct.usage'))),
  ],
  [
    'cpu.userUsec',
    'grows',
    byVersion(line('cpu.stat', 'user_usec'), (c) => usec(c.number('cpuacct.usage_user'))),
  ],
  [
    'cpu.systemUsec',
    'grows',
    byVersion(line('cpu.stat', 'system_usec'), (c) => usec(c.number('cpuacct.usage_sys'))),
  ],
  ['cpu.niceUsec', 'grows', v2Only(line('cpu.stat', 'nice_usec'))],
  ['cpu.nrPeriods', 'grows', line('cpu.stat', 'nr_periods')],
  ['cpu.nrThrottled', 'grows', line('cpu.stat', 'nr_throttled')],
  [
    'cpu.throttledUsec',
    'grows',
    byVersion(line('cpu.stat', 'throttled_usec'), (c) => usec(c.line('cpu.stat', 'throttled_time'))),
  ],
  ['cpu.nrBursts', 'grows', line('cpu.stat', 'nr_bursts')],
  [
    'cpu.burstUsec',
    'grows',
    byVersion(line('cpu.stat', 'burst_usec'), (c) => usec(c.line('cpu.stat', 'burst_time'))),
  ],
  ['cpu.quotaUsec', 'stays', quota],
  [
    'cpu.periodUsec',
    'stays',
    byVersion((c) => c.file('cpu.max', (text) => Number(text.split(' ')[1])), number('cpu.cfs_period_us')),
  ],
  ['cpu.maxBurstUsec', 'stays', byVersion(number('cpu.max.burst'), number('cpu.cfs_burst_us'))],
  ['cpu.weight', 'stays', v2Only(number('cpu.weight'))],
  ['cpu.shares', 'stays', v1Only(number('cpu.shares'))],
  ['cpu.idle', 'stays', (c) => flag(c.number('cpu.idle'))],
];

function quota(c: KernelCgroup): Said {
  if (c.version === 1) return c.file('cpu.cfs_quota_us', (text) => (Number(text) < 0 ? 'max' : Number(text)));
  return c.file('cpu.max', (text) => (text.startsWith('max ') ? 'max' : Number(text.split(' ')[0])));
}

/** Cores; undefined where there is no quota file. */
export function cores(c: KernelCgroup): Said {
  const allowed = quota(c);
  if (typeof allowed !== 'number') return allowed;
  const period =
    c.version === 1 ? c.number('cpu.cfs_period_us') : c.file('cpu.max', (text) => Number(text.split(' ')[1]));
  return typeof period === 'number' ? allowed / period : period;
}

const MEMORY: readonly Field[] = [
  ['memory.currentBytes', 'moves', byVersion(number('memory.current'), number('memory.usage_in_bytes'))],
  ['memory.peakBytes', 'grows', byVersion(number('memory.peak'), number('memory.max_usage_in_bytes'))],
  ['memory.workingSetBytes', 'moves', workingSet],
  ['memory.anonBytes', 'moves', stat('anon', 'total_rss')],
  ['memory.fileBytes', 'moves', stat('file', 'total_cache')],
  ['memory.shmemBytes', 'moves', stat('shmem', 'total_shmem')],
  ['memory.inactiveFileBytes', 'moves', stat('inactive_file', 'total_inactive_file')],
  ['memory.activeFileBytes', 'moves', stat('active_file', 'total_active_file')],
  [
    'memory.kernelBytes',
    'moves',
    byVersion(line('memory.stat', 'kernel'), number('memory.kmem.usage_in_bytes')),
  ],
  ['memory.slabBytes', 'moves', stat('slab')],
  ['memory.kernelStackBytes', 'moves', stat('kernel_stack')],
  ['memory.pageTablesBytes', 'moves', stat('pagetables')],
  ['memory.sockBytes', 'moves', stat('sock')],
  ['memory.mappedFileBytes', 'moves', stat('file_mapped', 'total_mapped_file')],
  ['memory.dirtyBytes', 'moves', stat('file_dirty', 'total_dirty')],
  ['memory.writebackBytes', 'moves', stat('file_writeback', 'total_writeback')],
  ['memory.unevictableBytes', 'moves', stat('unevictable', 'total_unevictable')],
  ['memory.pageFaults', 'grows', stat('pgfault', 'total_pgfault')],
  ['memory.majorPageFaults', 'grows', stat('pgmajfault', 'total_pgmajfault')],
  ['memory.softBytes', 'stays', v1Only((c) => c.limit('memory.soft_limit_in_bytes'))],
  ['memory.events.low', 'grows', v2Only(line('memory.events', 'low'))],
  ['memory.events.high', 'grows', v2Only(line('memory.events', 'high'))],
  ['memory.events.max', 'grows', byVersion(line('memory.events', 'max'), number('memory.failcnt'))],
  ['memory.events.oom', 'grows', v2Only(line('memory.events', 'oom'))],
  [
    'memory.events.oomKill',
    'grows',
    byVersion(line('memory.events', 'oom_kill'), line('memory.oom_control', 'oom_kill')),
  ],
  ['memory.events.oomGroupKill', 'grows', v2Only(line('memory.events', 'oom_group_kill'))],
  [
    'memory.events.oomKillDisable',
    'stays',
    v1Only((c) => flag(c.line('memory.oom_control', 'oom_kill_disable'))),
  ],
  ['memory.events.underOom', 'moves', v1Only((c) => flag(c.line('memory.oom_control', 'under_oom')))],
  ['swap.currentBytes', 'moves', byVersion(number('memory.swap.current'), line('memory.stat', 'total_swap'))],
  ['swap.peakBytes', 'grows', v2Only(number('memory.swap.peak'))],
  ['swap.memorySwapBytes', 'moves', v1Only(number('memory.memsw.usage_in_bytes'))],
  ['swap.zswapBytes', 'moves', v2Only(number('memory.zswap.current'))],
  ['swap.events.high', 'grows', v2Only(line('memory.swap.events', 'high'))],
  ['swap.events.max', 'grows', v2Only(line('memory.swap.events', 'max'))],
  ['swap.events.fail', 'grows', v2Only(line('memory.swap.events', 'fail'))],
];

function workingSet(c: KernelCgroup): Said {
  const current = byVersion(number('memory.current'), number('memory.usage_in_bytes'))(c);
  const inactive = stat('inactive_file', 'total_inactive_file')(c);
  if (typeof current !== 'number') return current;
  return typeof inactive === 'number' ? Math.max(0, current - inactive) : inactive;
}

const OTHERS: readonly Field[] = [
  ['pids.current', 'moves', number('pids.current')],
  ['pids.peak', 'grows', number('pids.peak')],
  ['pids.maxEvents', 'grows', line('pids.events', 'max')],
  ['cpuset.cpus', 'stays', (c) => c.file('cpuset.cpus')],
  ['cpuset.mems', 'stays', (c) => c.file('cpuset.mems')],
  [
    'cpuset.effectiveCpus',
    'stays',
    byVersion(
      (c) => c.file('cpuset.cpus.effective'),
      (c) => c.file('cpuset.effective_cpus'),
    ),
  ],
  [
    'cpuset.effectiveMems',
    'stays',
    byVersion(
      (c) => c.file('cpuset.mems.effective'),
      (c) => c.file('cpuset.effective_mems'),
    ),
  ],
  ['cpuset.exclusiveCpus', 'stays', v2Only((c) => c.file('cpuset.cpus.exclusive'))],
  ['cpuset.effectiveExclusiveCpus', 'stays', v2Only((c) => c.file('cpuset.cpus.exclusive.effective'))],
  ['cpuset.partition', 'stays', v2Only((c) => c.file('cpuset.cpus.partition'))],
  [
    'freezer.wish',
    'stays',
    byVersion(
      (c) => flag(c.number('cgroup.freeze')),
      (c) => flag(c.number('freezer.self_freezing')),
    ),
  ],
  ['freezer.frozenUsec', 'grows', v2Only(line('cgroup.stat.local', 'frozen_usec'))],
  ['freezer.state', 'moves', freezerState],
  ...pressure(),
];

function freezerState(c: KernelCgroup): Said {
  if (c.version === 1)
    return c.file(
      'freezer.state',
      (text) => ({ THAWED: 'running', FREEZING: 'freezing', FROZEN: 'frozen' })[text.trim()],
    );
  const frozen = c.line('cgroup.events', 'frozen');
  if (typeof frozen !== 'number') return frozen;
  const isWanted = c.upwards().some((each) => each.file('cgroup.freeze') === '1');
  return frozen === 1 ? 'frozen' : isWanted ? 'freezing' : 'running';
}

function pressure(): Field[] {
  const of = (resource: string, kind: string, key: string): Of =>
    v2Only((c) =>
      c.file(`${resource}.pressure`, (text) => {
        const found = new RegExp(`^${kind} .*\\b${key}=([\\d.]+)`, 'm').exec(text)?.[1];
        return found === undefined ? undefined : Number(found);
      }),
    );
  return ['cpu', 'memory', 'io', 'irq'].flatMap((resource) =>
    ['some', 'full'].flatMap((kind): Field[] => [
      [`pressure.${resource}.${kind}Avg10`, 'moves', of(resource, kind, 'avg10')],
      [`pressure.${resource}.${kind}Avg60`, 'moves', of(resource, kind, 'avg60')],
      [`pressure.${resource}.${kind}Avg300`, 'moves', of(resource, kind, 'avg300')],
      [`pressure.${resource}.${kind}TotalUsec`, 'grows', of(resource, kind, 'total')],
    ]),
  );
}

/** Fields whose names are in the files: page sizes, controllers, devices. */
export function fieldsByName(c: KernelCgroup): Field[] {
  const files = Object.keys(c.directory?.files ?? {});
  const sizes = new Set(
    files.flatMap((file) => /^hugetlb\.(\w+)\.(?:current|usage_in_bytes)$/.exec(file)?.[1] ?? []),
  );
  const hugetlb = [...sizes].flatMap((size): Field[] => [
    [
      `hugetlb.${size}.currentBytes`,
      'moves',
      byVersion(number(`hugetlb.${size}.current`), number(`hugetlb.${size}.usage_in_bytes`)),
    ],
    [
      `hugetlb.${size}.maxEvents`,
      'grows',
      byVersion(line(`hugetlb.${size}.events`, 'max'), number(`hugetlb.${size}.failcnt`)),
    ],
    [
      `hugetlb.${size}.reservedBytes`,
      'moves',
      byVersion(number(`hugetlb.${size}.rsvd.current`), number(`hugetlb.${size}.rsvd.usage_in_bytes`)),
    ],
  ]);
  const stats = c.version === 2 ? c.file('cgroup.stat', (text) => text) : undefined;
  const dying = [...(typeof stats === 'string' ? stats : '').matchAll(/^nr_dying_subsys_(\w+) /gm)].map(
    ([, name = '']): Field => [
      `dyingByController.${name}`,
      'moves',
      line('cgroup.stat', `nr_dying_subsys_${name}`),
    ],
  );
  return [...hugetlb, ...dying];
}

export const FIELDS: readonly Field[] = [...IDENTITY, ...CPU, ...MEMORY, ...OTHERS];

/** Limits that cgroups above hand down. */
export const LIMITS: readonly (readonly [path: string, of: Of])[] = [
  ['cpu.maxCores', cores],
  [
    'memory.maxBytes',
    byVersion(
      (c) => c.limit('memory.max'),
      (c) => c.limit('memory.limit_in_bytes'),
    ),
  ],
  ['memory.highBytes', v2Only((c) => c.limit('memory.high'))],
  ['memory.lowBytes', v2Only((c) => c.limit('memory.low'))],
  ['memory.minBytes', v2Only((c) => c.limit('memory.min'))],
  ['swap.maxBytes', v2Only((c) => c.limit('memory.swap.max'))],
  ['swap.highBytes', v2Only((c) => c.limit('memory.swap.high'))],
  ['swap.zswapMaxBytes', v2Only((c) => c.limit('memory.zswap.max'))],
  ['swap.memorySwapMaxBytes', v1Only((c) => c.limit('memory.memsw.limit_in_bytes'))],
  ['pids.max', (c) => c.limit('pids.max')],
];

export function limitsByName(c: KernelCgroup): (readonly [path: string, of: Of])[] {
  const sizes = new Set(
    c
      .upwards()
      .flatMap((each) =>
        Object.keys(each.directory?.files ?? {}).flatMap(
          (file) => /^hugetlb\.(\w+)\.(?:max|limit_in_bytes)$/.exec(file)?.[1] ?? [],
        ),
      ),
  );
  return [...sizes].flatMap((size) => [
    [
      `hugetlb.${size}.maxBytes`,
      byVersion(
        (each) => each.limit(`hugetlb.${size}.max`),
        (each) => each.limit(`hugetlb.${size}.limit_in_bytes`),
      ),
    ] as const,
    [
      `hugetlb.${size}.reservedMaxBytes`,
      byVersion(
        (each) => each.limit(`hugetlb.${size}.rsvd.max`),
        (each) => each.limit(`hugetlb.${size}.rsvd.limit_in_bytes`),
      ),
    ] as const,
  ]);
}

/** v1's own sum over the cgroup and all above. */
export function kernelsSum(path: string, c: KernelCgroup): number | 'max' | undefined {
  const key = {
    'memory.maxBytes': 'hierarchical_memory_limit',
    'swap.memorySwapMaxBytes': 'hierarchical_memsw_limit',
  }[path];
  const said = key === undefined || c.version === 2 ? undefined : c.line('memory.stat', key);
  if (typeof said !== 'number') return undefined;
  return said > 9.2233720368547e18 ? 'max' : said;
}

export interface IoSaid {
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly readOps?: number;
  readonly writeOps?: number;
}

/** By device. Refused, or undefined, as the file is. */
export function ioDevices(c: KernelCgroup): Said | Map<string, IoSaid> {
  const name = c.version === 2 ? 'io.stat' : 'blkio.throttle.io_service_bytes_recursive';
  const content = c.directory?.files[name];
  if (content === undefined || isRefused(content)) return content;
  const devices = new Map<string, IoSaid>();
  if (c.version === 2) {
    for (const [, device = '', rest = ''] of content.matchAll(/(\d+:\d+)((?: [a-z_.]+=\S+)*)/g)) {
      const key = (which: string) => Number(new RegExp(`\\b${which}=(\\d+)`).exec(rest)?.[1] ?? 0);
      devices.set(device, {
        readBytes: key('rbytes'),
        writeBytes: key('wbytes'),
        readOps: key('rios'),
        writeOps: key('wios'),
      });
    }
    return devices;
  }
  const operations = c.file('blkio.throttle.io_serviced_recursive');
  const amount = (text: unknown, device: string, what: string) =>
    Number(new RegExp(`^${device} ${what} (\\d+)$`, 'mi').exec(String(text))?.[1] ?? 0);
  for (const [, device = ''] of content.matchAll(/^(\d+:\d+) Read /gim))
    devices.set(device, {
      readBytes: amount(content, device, 'read'),
      writeBytes: amount(content, device, 'write'),
      readOps: amount(operations, device, 'read'),
      writeOps: amount(operations, device, 'write'),
    });
  return devices;
}
