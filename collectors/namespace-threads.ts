/**
 * Namespaces that only some threads of a process are in, or will start their children in, from /proc/PID/task/TID/ns. All
 * types but user can differ; unshare(2) and setns(2) move the calling thread alone.
 */
import { parseNsInode } from '../src/kernel/proc/ns-link.ts';
import { type FailedReading, known } from '../src/kernel/reading.ts';
import { errnoName } from '../src/kernel/tables/errno.ts';
import { isNamespaceType, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceSighting } from '../src/model/namespace-facts.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import { readingOfErrno } from '../src/sys/failure.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { NamespaceLink } from '../src/sys/process-cursor.ts';
import { NAMESPACE_LINKS, visitThreads } from '../src/sys/thread-batch.ts';
import type { Collector } from './collector.ts';
import type { ForChildren } from './for-children.ts';
import { parsed } from './parsed.ts';

export interface ThreadsInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  readonly forChildren: ReadonlyMap<number, ForChildren>;
}

export interface ThreadScan {
  readonly sightings: readonly (NamespaceSighting & { readonly path: string })[];
  readonly refused: readonly FailedReading[];
}

export const namespaceThreads: Collector<ThreadsInput, ThreadScan> = {
  id: 'namespaceThreads',
  reads: ['/proc/PID/task/TID/ns/*'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'slow',
  collect(files, { processes, forChildren }) {
    const sightings: (NamespaceSighting & { readonly path: string })[] = [];
    const refused: FailedReading[] = [];
    const pathOf = (pid: number, tid: number, name: NamespaceLink) =>
      files.proc(`${pid}/task/${tid}/ns/${name}`);
    const note: Visit = (pid, tid, name, result) => {
      const path = pathOf(pid, tid, name);
      if (typeof result !== 'number') {
        if (result.why !== 'absent' && result.why !== 'gone') refused.push(result);
        return;
      }
      const type = typeOfLink(name);
      const isForChildren = name !== type;
      const own = known(processes.get(pid)?.namespaces)?.[type];
      const expected = isForChildren ? (childOf(forChildren.get(pid), type) ?? own) : own;
      if (result === expected) return;
      const kind = isForChildren ? 'child' : 'thread';
      sightings.push({ type, inode: result, holder: { kind, pid, tid }, path });
    };
    const pids = [...processes.values()]
      .filter(({ threads, namespaces, pid }) => threads > 1 && known(namespaces) && pid !== process.pid)
      .map(({ pid }) => pid);
    const isNative = visitThreads(files.procRoot, pids, {
      link: (pid, tid, name, inode) => note(pid, tid, name, inode),
      refused: (pid, tid, name, errno) =>
        note(pid, tid, name, readingOfErrno(errnoName(errno), pathOf(pid, tid, name))),
    });
    if (!isNative) for (const pid of pids) oneByOne(files, pid, note);
    return { sightings, refused };
  },
};

type Visit = (pid: number, tid: number, name: NamespaceLink, result: number | FailedReading) => void;

function oneByOne(files: KernelFiles, pid: number, visit: Visit): void {
  const tasks = files.list(files.proc(`${pid}/task`));
  for (const tid of tasks.ok ? tasks.value : []) {
    if (Number(tid) === pid) continue;
    for (const name of NAMESPACE_LINKS) {
      const path = files.proc(`${pid}/task/${tid}/ns/${name}`);
      const inode = parsed(files.link(path), path, parseNsInode);
      visit(pid, Number(tid), name, inode.ok ? inode.value : inode);
    }
  }
}

function typeOfLink(name: NamespaceLink): NamespaceType {
  if (isNamespaceType(name)) return name;
  return name === 'pid_for_children' ? 'pid' : 'time';
}

function childOf(children: ForChildren | undefined, type: NamespaceType): number | undefined {
  return type === 'pid' ? children?.pid : type === 'time' ? children?.time : undefined;
}
