/**
 * The sockets and namespaces that processes have open, from /proc/PID/fd. Needs ptrace read access to each process. What is
 * closed or ends while it is listed is left out: nothing is known about it then.
 */
import { parseFdLink } from '../src/kernel/proc/fd-link.ts';
import type { FailedReading } from '../src/kernel/reading.ts';
import { errnoName } from '../src/kernel/tables/errno.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import { visitDescriptors } from '../src/sys/descriptor-batch.ts';
import { readingOfErrno } from '../src/sys/failure.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';

export interface DescriptorFacts {
  readonly pid: number;
  readonly fd: number;
  readonly kind: 'socket' | NamespaceType;
  readonly inode: number;
}

export interface DescriptorScan {
  readonly descriptors: readonly DescriptorFacts[];
  /** Processes that are there, but may not be looked into. */
  readonly refused: readonly FailedReading[];
}

export interface DescriptorInput {
  readonly pids: readonly number[];
  /** Sockets too, of which there may be many; namespaces always. */
  readonly sockets: boolean;
}

export const descriptors: Collector<DescriptorInput, DescriptorScan> = {
  id: 'descriptors',
  reads: ['/proc/PID/fd/*'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'slow',
  collect(files, { pids, sockets }) {
    const found: DescriptorFacts[] = [];
    const refused: FailedReading[] = [];
    const note = (failed: FailedReading) => {
      if (failed.why !== 'absent' && failed.why !== 'gone') refused.push(failed);
    };
    const kinds = sockets ? ([...NAMESPACE_TYPES, 'socket'] as const) : NAMESPACE_TYPES;
    const isNative = visitDescriptors(files.procRoot, pids, kinds, {
      found: (pid, fd, kind, inode) => found.push({ pid, fd, kind, inode }),
      refused: (pid, errno) => note(readingOfErrno(errnoName(errno), files.proc(`${pid}/fd`))),
    });
    if (!isNative) {
      for (const pid of pids) {
        const failed = oneByOne(files, pid, sockets, found);
        if (failed !== undefined) note(failed);
      }
    }
    return { descriptors: found, refused };
  },
};

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
