/** systemd with a shell, and of each container an init, what it started, and what that started. */
import type { ProcessRow } from '../../../../src/live/feed.ts';
import type { Container } from '../../../../src/model/host-model.ts';
import { chosen, DENIED, firstPid } from './numbers.ts';

const MIB = 1024 ** 2;

export function processRows(
  all: readonly Container[],
  key: string | undefined,
  tick: number,
  nowMs: number,
): ProcessRow[] {
  const host =
    key === undefined
      ? [
          row({ pid: 1, ppid: 0, comm: 'systemd', argv: ['/sbin/init'] }, nowMs),
          row({ pid: 612, ppid: 1, comm: 'bash', argv: ['-bash'], uid: 1000, state: 'T' }, nowMs),
        ]
      : [];
  return [...host, ...chosen(all, key).flatMap((each) => ofContainer(each, tick, nowMs))];
}

function ofContainer(container: Container, tick: number, nowMs: number): ProcessRow[] {
  const pid = firstPid(container);
  const { key, name, argv } = container;
  const whose = { container: key, containerName: name };
  const uid = name === 'db' ? 100_000 : 0;
  const init = { pid, ppid: 1, comm: 'init', argv: Array.isArray(argv) ? argv : [name], uid };
  return [
    { ...row({ ...init, inner: [1] }, nowMs), ...whose },
    {
      ...row(
        {
          pid: pid + 1,
          ppid: pid,
          comm: 'worker',
          argv: ['worker', '--of', name],
          uid: uid + 33,
          inner: [7],
          ratio: (pid % 97) / 100 + (tick % 3) / 1000,
          state: 'R',
        },
        nowMs,
      ),
      ...whose,
    },
    {
      ...row(
        {
          pid: pid + 2,
          ppid: pid + 1,
          comm: 'helper',
          argv: DENIED(`/proc/${pid + 2}/cmdline`),
          uid,
          inner: [8],
        },
        nowMs,
      ),
      ...whose,
    },
  ];
}

interface Told {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly argv: ProcessRow['argv'];
  readonly uid?: number;
  readonly inner?: readonly number[];
  readonly state?: string;
  readonly ratio?: number;
}

function row(told: Told, nowMs: number): ProcessRow {
  const { pid, ppid, comm, argv, uid = 0, inner = [], state = 'S', ratio = 0 } = told;
  return {
    pid,
    ppid,
    comm,
    argv,
    state,
    innerPids: [pid, ...inner],
    threads: 1 + (pid % 4),
    starttimeTicks: 5000 + pid,
    startedAt: new Date(nowMs - 3_600_000).toISOString(),
    uid,
    gid: uid,
    ...(uid >= 100_000 && { innerUid: uid - 100_000, innerGid: uid - 100_000 }),
    cpu: { usageUsec: 1_000_000 + pid, ratio },
    memoryBytes: (8 + (pid % 50)) * MIB,
    capEff: uid === 0 ? '00000000a80425fb' : '0000000000000000',
    seccomp: pid < 20_000 ? 'disabled' : 'filter',
    cgroup: { '': pid < 20_000 ? '/init.scope' : `/docker/${pid}` },
  };
}
