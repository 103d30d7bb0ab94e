/**
 * Every field of `ps` as a column: the one table behind `--columns`, `--sort`, `--filter`, completion and the dashboard.
 * Adding a column is adding an entry. Pure.
 */
import { type Fact, isUnknown, mapFact } from '../kernel/reading.ts';
import { type Column as ColumnOf, column, idColumn, textColumn } from './column.ts';
import { memoryInUse, memoryLimit, memoryShare, pidsLimit } from './column-limits.ts';
import { type ColumnSet, columnSet } from './column-set.ts';
import type { Container, ContainerPressure } from './host-model.ts';
import { limitColumn } from './limit-column.ts';
import { mainCgroupPath } from './main-cgroup.ts';

export { type ColumnKind, type ColumnValue, isNumeric, type TextOptions } from './column.ts';

export type Column = ColumnOf<Container>;

export const DEFAULT_COLUMNS: readonly string[] = [
  'name',
  'runtime',
  'id',
  'pid',
  'state',
  'mem',
  'limit',
  'pids',
  'since',
  'command',
];

export const COLUMNS: readonly Column[] = [
  textColumn(['name', 'NAME', 20, 'name, from its engine when it left one'], (c) => c.name),
  textColumn(['runtime', 'RUNTIME', 11, 'docker, podman, containerd, lxc, unshare, …'], (c) => c.runtime),
  idColumn(['id', 'ID', 12, "its engine's id; 64 hex digits are shown as 12"], (c) => c.id),
  column('number', ['pid', 'PID', 7, 'host pid of its init process'], (c) => c.initPid),
  textColumn(['state', 'STATE', 8, 'running, frozen, freezing, exited-init or exited'], (c) => c.state),
  column('percent', ['cpu', 'CPU%', 6, 'CPU in use, 100 is one core'], (c) =>
    isUnknown(c.cpu.usageUsec) ? c.cpu.usageUsec : c.cpu.ratio,
  ),
  column('bytes', ['mem', 'MEM', 5, 'memory in use without what the kernel can drop at once'], memoryInUse),
  limitColumn(
    'bytes',
    ['limit', 'LIMIT', 6, "memory limit; ↑ an ancestor's, – none but the host's memory"],
    memoryLimit,
  ),
  column('percent', ['mem-percent', 'MEM%', 5, 'memory in use against its limit'], memoryShare),
  column('count', ['pids', 'PIDS', 5, 'processes and threads in it'], (c) => c.pidsCount),
  limitColumn('count', ['pids-limit', 'PIDSLIM', 7, "limit on processes; ↑ an ancestor's"], pidsLimit),
  column('age', ['since', 'SINCE', 6, 'how long ago it started'], startedAtMs),
  textColumn(['command', 'COMMAND', 30, 'command line of its init process'], (c) => c.command),
  textColumn(['key', 'KEY', 24, 'stable name of the container for scripts'], (c) => c.key),
  textColumn(['kind', 'KIND', 11, 'container, pod-sandbox, jail or sandbox'], (c) => c.kind),
  textColumn(['image', 'IMAGE', 24, 'image it was made from'], (c) => c.image),
  textColumn(['parent', 'PARENT', 24, 'key of the container around it'], (c) => c.parent),
  textColumn(['pod', 'POD', 20, 'pod it belongs to'], (c) => c.pod?.name ?? c.pod?.id),
  column('time', ['started', 'STARTED', 24, 'when it started'], startedAtMs),
  textColumn(['hostname', 'HOSTNAME', 16, 'hostname inside'], (c) => c.hostname),
  column('number', ['depth', 'DEPTH', 5, '0 on the host, 1 inside another container, …'], (c) => c.depth),
  column('cpu-time', ['cpu-time', 'CPUTIME', 7, 'CPU time used so far'], (c) => c.cpu.usageUsec),
  column('percent', ['throttled', 'THROT%', 6, 'share of periods its CPU quota stopped it'], (c) =>
    isUnknown(c.cpu.usageUsec) ? c.cpu.usageUsec : c.cpu.throttledRatio,
  ),
  column(
    'bytes',
    ['mem-current', 'MEMCUR', 6, 'all memory charged to it, page cache included'],
    (c) => c.memory.currentBytes,
  ),
  column('bytes', ['anon', 'ANON', 5, 'anonymous memory: heaps and stacks'], (c) => c.memory.anonBytes),
  column('bytes', ['file', 'FILE', 5, 'page cache'], (c) => c.memory.fileBytes),
  column('bytes', ['swap', 'SWAP', 5, 'swapped out'], (c) => c.memory.swapBytes),
  column('count', ['oom', 'OOM', 4, 'processes the OOM killer ended'], (c) => c.memory.oomKills),
  column('rate', ['read', 'READ/s', 6, 'bytes read from disks per second'], (c) =>
    isUnknown(c.io.readBytes) ? c.io.readBytes : c.io.readBytesPerSec,
  ),
  column('rate', ['write', 'WRITE/s', 7, 'bytes written to disks per second'], (c) =>
    isUnknown(c.io.writeBytes) ? c.io.writeBytes : c.io.writeBytesPerSec,
  ),
  column('bytes', ['read-total', 'READ', 5, 'bytes read from disks so far'], (c) => c.io.readBytes),
  column('bytes', ['write-total', 'WRITE', 5, 'bytes written to disks so far'], (c) => c.io.writeBytes),
  column(
    'points',
    ['psi-cpu', 'PSICPU', 6, 'percent of 10 s in which a task waited for CPU'],
    pressureOf('cpu'),
  ),
  column(
    'points',
    ['psi-mem', 'PSIMEM', 6, 'percent of 10 s in which a task waited for memory'],
    pressureOf('memory'),
  ),
  column(
    'points',
    ['psi-io', 'PSIIO', 6, 'percent of 10 s in which a task waited for I/O'],
    pressureOf('io'),
  ),
  column('rate', ['rx', 'RX/s', 5, 'bytes received per second'], (c) =>
    mapFact(c.net, (net) => net.rxBytesPerSec),
  ),
  column('rate', ['tx', 'TX/s', 5, 'bytes sent per second'], (c) =>
    mapFact(c.net, (net) => net.txBytesPerSec),
  ),
  column('bytes', ['rx-total', 'RX', 5, 'bytes received so far'], (c) =>
    mapFact(c.net, (net) => net.rxBytes),
  ),
  column('bytes', ['tx-total', 'TX', 5, 'bytes sent so far'], (c) => mapFact(c.net, (net) => net.txBytes)),
  textColumn(['namespaces', 'NAMESPACES', 30, "namespaces of its own, not the host's"], (c) =>
    mapFact(c.privateNamespaces, (types) => (types.length === 0 ? undefined : types.join(','))),
  ),
  textColumn(['cgroup', 'CGROUP', 30, 'its cgroup: of the memory controller where each has its own'], (c) =>
    mainCgroupPath(c.cgroup.paths),
  ),
];

export const CONTAINER_COLUMNS: ColumnSet<Container> = columnSet({
  columns: COLUMNS,
  usual: DEFAULT_COLUMNS,
  word: { within: ['name', 'image', 'command'], startOf: ['id'] },
  rates: ['cpu', 'throttled', 'read', 'write', 'rx', 'tx'],
  treeIn: 'name',
  key: (c) => c.key,
});

export function findColumn(id: string): Column | undefined {
  return CONTAINER_COLUMNS.find(id);
}

function startedAtMs(c: Container): number | undefined {
  const ms = Date.parse(c.startedAt);
  return Number.isNaN(ms) ? undefined : ms;
}

function pressureOf(resource: 'cpu' | 'memory' | 'io'): (c: Container) => Fact<number> {
  return (c) => mapFact(c.pressure, (all): ContainerPressure['someAvg10'] => all[resource]?.someAvg10);
}
