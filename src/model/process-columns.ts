/** Every field of `procs` as a column: the table behind its --columns, --sort and --filter, and completion. Pure. */
import { mapFact } from '../kernel/reading.ts';
import { column, textColumn } from './column.ts';
import { type ColumnSet, columnSet } from './column-set.ts';
import { mainCgroupPath } from './main-cgroup.ts';
import type { ProcessView } from './process-view.ts';

const USUAL: readonly string[] = [
  'pid',
  'inner',
  'ppid',
  'user',
  'inside-uid',
  'state',
  'threads',
  'cpu',
  'cpu-time',
  'mem',
  'caps',
  'seccomp',
  'command',
];

/** `users`: names of the host's users; whoever is not among them is shown by number. */
export function processColumns(users: ReadonlyMap<number, string>): ColumnSet<ProcessView> {
  return columnSet({
    columns: [
      column('identifier', ['pid', 'PID', 7, 'pid on the host'], (p) => p.pid),
      textColumn(['inner', 'INNER', 7, 'pids in the pid namespaces further in, outer first'], innerPids),
      column('identifier', ['ppid', 'PPID', 7, "its parent's pid on the host"], (p) => p.ppid),
      textColumn(['user', 'USER', 8, "effective user, by the host's names"], (p) =>
        mapFact(p.uid, (uid) => users.get(uid) ?? String(uid)),
      ),
      column('identifier', ['uid', 'UID', 6, 'effective user id on the host'], (p) => p.uid),
      column('identifier', ['gid', 'GID', 6, 'effective group id on the host'], (p) => p.gid),
      column(
        'identifier',
        ['inside-uid', 'INSIDE', 6, 'the same user as its own user namespace counts'],
        (p) => p.innerUid,
      ),
      column(
        'identifier',
        ['inside-gid', 'INSIDEGID', 9, 'the same group as its own user namespace counts'],
        (p) => p.innerGid,
      ),
      textColumn(['state', 'S', 1, 'R, S, D, T, Z, … as in proc(5)'], (p) => p.state),
      column('count', ['threads', 'THR', 4, 'threads'], (p) => p.threads),
      column('percent', ['cpu', 'CPU%', 6, 'CPU in use, 100 is one core'], (p) => p.cpu.ratio),
      column('cpu-time', ['cpu-time', 'TIME', 6, 'CPU time used so far'], (p) => p.cpu.usageUsec),
      column('bytes', ['mem', 'MEM', 5, 'resident memory; shared pages count in full'], (p) => p.memoryBytes),
      textColumn(['caps', 'CAPEFF', 11, 'effective capabilities as a mask'], (p) =>
        mapFact(p.capEff, (mask) => mask.replace(/^0+(?=.)/, '')),
      ),
      textColumn(['seccomp', 'SECCOMP', 8, 'disabled, strict or filter'], (p) => p.seccomp),
      column('time', ['started', 'STARTED', 24, 'when it started'], startedAtMs),
      column('age', ['since', 'SINCE', 6, 'how long ago it started'], startedAtMs),
      textColumn(['comm', 'COMM', 15, "the kernel's short name for it"], (p) => p.comm),
      textColumn(['command', 'COMMAND', 30, 'command line, or [comm] when it has none'], commandLine),
      textColumn(
        ['cgroup', 'CGROUP', 30, 'its cgroup: of the memory controller where each has its own'],
        (p) => mapFact(p.cgroup, mainCgroupPath),
      ),
    ],
    usual: USUAL,
    word: { within: ['comm', 'command'], startOf: [] },
    rates: ['cpu'],
    treeIn: 'command',
    key: (p) => p.pid,
  });
}

/** Does not apply in the reader's own pid namespace. */
function innerPids(process: ProcessView) {
  return mapFact(process.innerPids, (pids) => (pids.length < 2 ? undefined : pids.slice(1).join('/')));
}

function commandLine({ argv, comm }: ProcessView) {
  return mapFact(argv, (words) => (words.length === 0 ? `[${comm}]` : words.join(' ')));
}

function startedAtMs({ startedAt }: ProcessView): number | undefined {
  const ms = Date.parse(startedAt);
  return Number.isNaN(ms) ? undefined : ms;
}
