/**
 * One mount table per mount namespace, read through one of its processes whose root is the namespace's own (a chrooted
 * one would show only what lies below its root).
 */
import { type MountEntry, parseMountinfo } from '../src/kernel/proc/mountinfo.ts';
import { type Fact, factOf, known } from '../src/kernel/reading.ts';
import type { MountTable, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';
import { parsed } from './parsed.ts';

export interface MountsInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** Tables read before, with the process they were read through; reused while that process lives. */
  readonly before?: ReadonlyMap<number, MountTable>;
}

export const mounts: Collector<MountsInput, Map<number, MountTable>> = {
  id: 'mounts',
  reads: ['/proc/PID/mountinfo'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'slow',
  collect(files, { processes, before }) {
    const tables = new Map<number, MountTable>();
    for (const [mnt, facts] of representatives(processes)) {
      const old = before?.get(mnt);
      const stillThere = old !== undefined && processes.get(old.pid)?.starttimeTicks === old.starttimeTicks;
      tables.set(mnt, stillThere ? old : readTable(files, facts));
    }
    return tables;
  },
};

function representatives(processes: ReadonlyMap<number, ProcessFacts>): Map<number, ProcessFacts> {
  const best = new Map<number, ProcessFacts>();
  for (const facts of processes.values()) {
    const mnt = known(facts.namespaces)?.mnt;
    if (mnt === undefined || known(facts.root) !== '/') continue;
    const sofar = best.get(mnt);
    if (sofar === undefined || facts.pid < sofar.pid) best.set(mnt, facts);
  }
  return best;
}

function readTable(files: KernelFiles, { pid, starttimeTicks }: ProcessFacts): MountTable {
  return { pid, starttimeTicks, mounts: mountsOf(files, pid) };
}

/** `/proc/PID/mountinfo`; paths in it may be any bytes but are UTF-8 in practice. */
export function mountsOf(files: KernelFiles, pid: number | 'self'): Fact<MountEntry[]> {
  const path = files.proc(`${pid}/mountinfo`);
  return factOf(parsed(files.text(path, 'utf8'), path, parseMountinfo));
}
