/** `inspect` for people: sections with titles, one fact a line, unknown ones with path and errno. Pure: text only. */
import type { Count, Limit } from '../kernel/count.ts';
import { type Fact, isUnknown } from '../kernel/reading.ts';
import { DOCKER_DEFAULT_CAPABILITIES } from '../kernel/tables/capabilities.ts';
import { absentMark, formatBytes, formatCpuTime, formatDuration, formatPercent } from '../model/format.ts';
import type { CapabilitySets, InspectedContainer, InspectedMount } from '../model/inspect.ts';
import type { Cell } from './table.ts';

interface TextOptions {
  readonly ascii: boolean;
  readonly sources: boolean;
  readonly nowMs: number;
}

interface Section {
  readonly title: string;
  readonly source: string;
  readonly lines: readonly string[];
}

const LABEL_WIDTH = 16;

export function inspectSections(container: InspectedContainer, options: TextOptions): Cell[][] {
  const sections: Section[] = [
    {
      title: 'Container',
      source: 'cgroup, ns/*, stat, cmdline of the init',
      lines: identity(container, options),
    },
    { title: 'Why it is one', source: '/proc/PID/{cgroup,ns/*,root,mountinfo}', lines: container.evidence },
    {
      title: 'Usage and limits',
      source: 'cpu.stat, memory.*, pids.*, io.stat (v1: cpuacct.*, memory.*, pids.*, blkio.*)',
      lines: usage(container, options),
    },
    { title: 'Namespaces', source: '/proc/PID/ns/*', lines: namespaces(container) },
    { title: 'Users', source: '/proc/PID/uid_map, gid_map', lines: users(container, options) },
    { title: 'Security', source: '/proc/PID/status, attr/current', lines: security(container, options) },
    { title: 'Storage', source: '/proc/PID/mountinfo', lines: storage(container) },
    {
      title: 'Mounts',
      source: '/proc/PID/mountinfo',
      lines: factLines(container.mounts, (mounts) => mounts.map(mountLine)),
    },
    { title: 'Cgroups', source: '/proc/PID/cgroup', lines: cgroups(container) },
    {
      title: 'Above it',
      source: 'ppid of stat; sockets of the shim',
      lines: container.ancestry.map((each) => `${String(each.pid).padStart(7)}  ${each.comm}  ${each.role}`),
    },
    {
      title: 'Processes',
      source: '/proc/PID/{stat,status,cmdline}',
      lines: container.processes.map(processLine),
    },
  ];
  return sections
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ title, source, lines }, index) => [
      ...(index === 0 ? [] : [['']]),
      [
        { text: title, style: 'bold' as const },
        ...(options.sources ? [{ text: `  ${source}`, style: 'dim' as const }] : []),
      ],
      ...lines.map((line) => [`  ${line}`]),
    ]);
}

function labelled(label: string, value: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${value}`;
}

function show<T>(fact: Fact<T>, absent: string, text: (value: T) => string): string {
  if (fact === undefined) return absent;
  return isUnknown(fact) ? `? (${fact.path}: ${fact.errno})` : text(fact);
}

function factLines<T>(fact: Fact<T>, lines: (value: T) => string[]): string[] {
  if (fact === undefined) return [];
  return isUnknown(fact) ? [`? (${fact.path}: ${fact.errno})`] : lines(fact);
}

function identity(container: InspectedContainer, { ascii, nowMs }: TextOptions): string[] {
  const absent = absentMark(ascii);
  const { pod } = container;
  const age = formatDuration(nowMs - Date.parse(container.startedAt));
  return [
    labelled('name', `${container.name}  (${container.nameSource})`),
    labelled('runtime', container.runtime),
    labelled('id', container.id ?? absent),
    labelled('kind', container.kind),
    labelled('key', container.key),
    ...(container.image === undefined ? [] : [labelled('image', container.image)]),
    ...(pod === undefined
      ? []
      : [labelled('pod', [pod.name, pod.id].filter((part) => part !== undefined).join('  '))]),
    ...(container.parent === undefined ? [] : [labelled('inside', container.parent)]),
    labelled(
      'state',
      container.frozenBy === undefined ? container.state : `${container.state} (by ${container.frozenBy})`,
    ),
    labelled('init', `${container.initPid}  ${show(container.exe, absent, String)}`),
    labelled('command', show(container.command, absent, String)),
    labelled('directory', show(container.cwd, absent, String)),
    labelled('started', `${container.startedAt}  (${age} ago)`),
    labelled('hostname', show(container.hostname, absent, String)),
  ];
}

function usage(container: InspectedContainer, { ascii }: TextOptions): string[] {
  const absent = absentMark(ascii);
  const { cpu, memory, io } = container;
  const bytes = (fact: Fact<Count>) => show(fact, absent, formatBytes);
  const limit = (fact: Fact<Limit>) =>
    show(fact, absent, (value) => (value === 'max' ? 'max' : formatBytes(value)));
  const count = (fact: Fact<Limit>) => show(fact, absent, String);
  const split = [
    ['anon', memory.anonBytes],
    ['file', memory.fileBytes],
    ['shmem', memory.shmemBytes],
    ['swap', memory.swapBytes],
  ] as const;
  return [
    labelled('cpu time', show(cpu.usageUsec, absent, formatCpuTime)),
    labelled(
      'cpu limit',
      show(cpu.limitCores, absent, (cores) => (cores === 'max' ? 'max' : `${cores} cores`)),
    ),
    ...(cpu.throttledUsec === undefined ? [] : [labelled('throttled', formatCpuTime(cpu.throttledUsec))]),
    ...(cpu.ratio === undefined ? [] : [labelled('cpu', `${formatPercent(cpu.ratio)}%`)]),
    memory.accounting === 'processes'
      ? labelled(
          'memory',
          `${bytes(memory.currentBytes)}  (sum of its processes; it has no cgroup of its own)`,
        )
      : labelled(
          'memory',
          `${bytes(memory.workingSetBytes)} working set, ${bytes(memory.currentBytes)} with cache`,
        ),
    ...(memory.accounting === 'processes'
      ? []
      : [
          labelled(
            '',
            split
              .filter(([, value]) => value !== undefined)
              .map(([name, value]) => `${name} ${bytes(value)}`)
              .join(', '),
          ),
        ]),
    labelled(
      'memory limit',
      `${limit(memory.limitBytes)}, effective ${limit(memory.effectiveLimitBytes)}${memory.limitedBy === undefined ? '' : ` (${memory.limitedBy === 'host' ? "the host's memory" : memory.limitedBy})`}`,
    ),
    ...(memory.oomKills === undefined ? [] : [labelled('oom kills', count(memory.oomKills))]),
    labelled('io', `${bytes(io.readBytes)} read, ${bytes(io.writeBytes)} written`),
    labelled(
      'tasks',
      `${count(container.pidsCount)} of ${count(container.pidsLimit)}, effective ${count(container.effectivePidsLimit)}`,
    ),
  ];
}

function namespaces(container: InspectedContainer): string[] {
  return factLines(container.namespaces, (inodes) =>
    Object.entries(inodes).map(([type, inode]) => {
      const isPrivate =
        !isUnknown(container.privateNamespaces) && container.privateNamespaces?.some((own) => own === type);
      return `${type.padEnd(8)}${inode}  ${isPrivate === true ? 'own' : 'shared with the host'}`;
    }),
  );
}

function users(container: InspectedContainer, { ascii }: TextOptions): string[] {
  const maps = [
    ['uid', container.uidMap],
    ['gid', container.gidMap],
  ] as const;
  return maps.flatMap(([name, map]) =>
    factLines(map, (ranges) =>
      ranges.length === 0
        ? [`${name}  no map written yet`]
        : ranges.map(
            ({ inside, outside, count }) =>
              `${name}  inside ${inside} ${ascii ? '->' : '→'} outside ${outside}, ${count} ids`,
          ),
    ),
  );
}

function security(container: InspectedContainer, { ascii }: TextOptions): string[] {
  const absent = absentMark(ascii);
  const count = container.seccompFilters ?? 0;
  const filters = count === 0 ? '' : ` (${count} ${count === 1 ? 'filter' : 'filters'})`;
  return [
    labelled('seccomp', `${show(container.seccomp, absent, String)}${filters}`),
    labelled(
      'no_new_privs',
      show(container.noNewPrivs, absent, (on) => (on ? 'on' : 'off')),
    ),
    labelled('lsm label', show(container.lsm, absent, String)),
    ...factLines(container.capabilities, capabilityLines),
    ...(container.devices === undefined
      ? []
      : [
          labelled(
            'devices',
            show(container.devices, absent, (rules) => rules.join('; ')),
          ),
        ]),
  ];
}

function capabilityLines(sets: CapabilitySets): string[] {
  const short = (names: readonly string[]) =>
    names.length === 0 ? 'none' : names.map((name) => name.replace('CAP_', '')).join(' ');
  const beyond = sets.effective.filter((name) => !DOCKER_DEFAULT_CAPABILITIES.includes(name));
  return [
    ...(['effective', 'permitted', 'inheritable', 'bounding', 'ambient'] as const).map((set) =>
      labelled(set, `${sets[set].length === 0 ? '' : `${sets[set].length}: `}${short(sets[set])}`),
    ),
    labelled('beyond docker', beyond.length === 0 ? "none beyond docker's default" : short(beyond)),
  ];
}

function storage(container: InspectedContainer): string[] {
  return factLines(container.storage, ({ driver, lowerdirs, upperdir, workdir, directory }) => [
    labelled('driver', driver),
    ...(directory === undefined ? [] : [labelled('directory', directory)]),
    ...(upperdir === undefined ? [] : [labelled('upperdir', upperdir)]),
    ...(workdir === undefined ? [] : [labelled('workdir', workdir)]),
    ...(lowerdirs ?? []).map((path) => labelled('lowerdir', path)),
  ]);
}

function mountLine(mount: InspectedMount): string {
  const shown = mount.hostSource ?? (mount.root === '/' ? mount.source : `${mount.source}:${mount.root}`);
  const { shared, master } = mount.propagation;
  const peers = [
    ...(shared === undefined ? [] : [`shared ${shared}`]),
    ...(master === undefined ? [] : [`slave of ${master}`]),
  ];
  return `${mount.target}  ${mount.type}  ${mount.options.join(',')}  from ${shown === '' ? mount.type : shown}${peers.length === 0 ? '' : `  ${peers.join(', ')}`}`;
}

function cgroups(container: InspectedContainer): string[] {
  const byPath = new Map<string, string[]>();
  for (const [controller, path] of Object.entries(container.cgroup.paths)) {
    byPath.set(path, [...(byPath.get(path) ?? []), controller === '' ? 'v2' : controller]);
  }
  return [
    labelled('mode', `${container.cgroup.mode}${container.cgroup.own ? '' : ', none of its own'}`),
    ...[...byPath].map(([path, controllers]) => labelled(controllers.join(','), ` ${path}`)),
  ];
}

function processLine(view: InspectedContainer['processes'][number]): string {
  const inner =
    isUnknown(view.innerPids) || view.innerPids === undefined
      ? '?'
      : view.innerPids.slice(1).join('/') || '-';
  const command = show(view.argv, '', (argv) => (argv.length === 0 ? `[${view.comm}]` : argv.join(' ')));
  return `${String(view.pid).padStart(7)}  ${inner.padEnd(6)} ${view.state}  ${command}`;
}
