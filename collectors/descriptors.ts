/**
 * The sockets and namespaces that processes have open, from /proc/PID/fd. Needs ptrace read access to each process. What is
 * closed or ends while it is listed is left out: nothing is known about it then.
 */
import { parseFdLink } from '../src/kernel/proc/fd-link.ts';
import type { FailedReading } from '../src/kernel/reading.ts';
import { errnoName } from '../src/kernel/tables/errno.ts';
import { NAMESPACE_TYPES } from '../src/kernel/tables/namespaces.ts';
import {
  type DescriptorKind,
  visitDescriptors,
  visitDescriptorsMeanwhile,
} from '../src/sys/descriptor-batch.ts';
import { readingOfErrno } from '../src/sys/failure.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';

export interface DescriptorFacts {
  readonly pid: number;
  readonly fd: number;
  readonly kind: DescriptorKind;
  readonly inode: number;
}

export interface DescriptorScan {
  readonly descriptors: readonly DescriptorFacts[];
  /** Processes that are there, but may not be looked into. */
  readonly refused: readonly FailedReading[];
}

export interface DescriptorInput {
  readonly pids: Iterable<number>;
  /** Sockets too, of which there may be many; namespaces always. */
  readonly sockets: boolean;
}

export const descriptors: Collector<DescriptorInput, DescriptorScan> = {
  id: 'descriptors',
  reads: ['/proc/PID/fd/*'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'slow',
  collect(files, { pids, sockets }) {
    const sighted = new Sighted(files);
    if (!visitDescriptors(files.procRoot, pids, kindsOf(sockets), sighted)) sighted.oneByOne(pids, sockets);
    return sighted;
  },
};

/** What `descriptors` collects, by another thread while ours goes on; without native calls only when it is waited for. */
export async function descriptorsMeanwhile(
  files: KernelFiles,
  { pids, sockets }: DescriptorInput,
): Promise<DescriptorScan> {
  const sighted = new Sighted(files);
  const isNative = await visitDescriptorsMeanwhile(files.procRoot, pids, kindsOf(sockets), sighted);
  if (!isNative) sighted.oneByOne(pids, sockets);
  return sighted;
}

function kindsOf(sockets: boolean): readonly DescriptorKind[] {
  return sockets ? [...NAMESPACE_TYPES, 'socket'] : NAMESPACE_TYPES;
}

class Sighted implements DescriptorScan {
  readonly descriptors: DescriptorFacts[] = [];
  readonly refused: FailedReading[] = [];

  constructor(readonly files: KernelFiles) {}

  found(pid: number, fd: number, kind: DescriptorKind, inode: number): void {
    this.descriptors.push({ pid, fd, kind, inode });
  }

  refuse(pid: number, errno: number): void {
    this.#note(readingOfErrno(errnoName(errno), this.files.proc(`${pid}/fd`)));
  }

  oneByOne(pids: Iterable<number>, sockets: boolean): void {
    for (const pid of pids) {
      const failed = oneByOne(this.files, pid, sockets, this.descriptors);
      if (failed !== undefined) this.#note(failed);
    }
  }

  #note(failed: FailedReading): void {
    if (failed.why !== 'absent' && failed.why !== 'gone') this.refused.push(failed);
  }
}

function oneByOne(
  files: KernelFiles,
  pid: number,
  sockets: boolean,
  found: DescriptorFacts[],
): FailedReading | undefined {
  const listing = files.list(files.proc(`${pid}/fd`));
  if (!listing.ok) return listing;
  for (const name of listing.value) {
    const link = files.link(files.proc(`${pid}/fd/${name}`));
    // The directory of one's own user can be listed where no link in it may be read.
    if (!link.ok && link.why === 'denied') return { ...link, path: files.proc(`${pid}/fd`) };
    const parsed = link.ok ? parseFdLink(link.value) : undefined;
    if (parsed === undefined || (parsed.kind === 'socket' && !sockets)) continue;
    found.push({ pid, fd: Number(name), ...parsed });
  }
  return undefined;
}
