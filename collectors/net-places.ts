/**
 * Which network namespaces there are, and a way into each: through processes, and through what somebody keeps one open by.
 * Where the links in /proc/PID/ns are denied, the inode of /proc/PID/net/dev still tells which processes share one.
 */
import { type Fact, type FailedReading, isUnknown, known } from '../src/kernel/reading.ts';
import type { NetPlace } from '../src/model/net-facts.ts';
import type { ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';

export interface NetPlacesInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** Processes worth a place of their own where their namespace may not be known: the inits of containers. */
  readonly inits: readonly number[];
  /** Namespaces that were found by other ways, with or without processes. */
  readonly kept: readonly KeptNamespace[];
}

export interface KeptNamespace {
  readonly inode: number;
  readonly path: string;
  readonly refused?: FailedReading;
}

interface FoundPlace extends NetPlace {
  readonly pids: number[];
}

export const netPlaces: Collector<NetPlacesInput, NetPlace[]> = {
  id: 'net-places',
  reads: ['/proc/PID/ns/net', '/proc/PID/net/dev'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'request',
  collect(files, { processes, inits, kept }) {
    const places = new Map<number, FoundPlace>();
    for (const facts of byUse(processes)) {
      const inode = known(facts.namespaces)?.net;
      if (inode === undefined) continue;
      const place = places.get(inode);
      if (place !== undefined) place.pids.push(facts.pid);
      else places.set(inode, placeOf(files, facts.pid, inode));
    }
    for (const { inode, path, refused } of kept)
      if (!places.has(inode))
        places.set(inode, { inode, path, pids: [], ...(refused !== undefined && { refused }) });
    const found = [...places.values()];
    return [...found, ...deniedPlaces(files, processes, inits, found)];
  },
};

/** Kernel threads last: they tell a namespace, but are no way to look into it as an ordinary user. */
function byUse(processes: ReadonlyMap<number, ProcessFacts>): ProcessFacts[] {
  return [...processes.values()].sort(
    (a, b) => Number(a.isKernelThread) - Number(b.isKernelThread) || a.pid - b.pid,
  );
}

function placeOf(files: KernelFiles, pid: number, inode: Fact<number>): FoundPlace {
  return { inode, path: files.proc(`${pid}/ns/net`), pid, pids: [pid] };
}

function deniedPlaces(
  files: KernelFiles,
  processes: ReadonlyMap<number, ProcessFacts>,
  inits: readonly number[],
  found: readonly FoundPlace[],
): NetPlace[] {
  const denied = inits.flatMap((pid) => {
    const namespaces = processes.get(pid)?.namespaces;
    return isUnknown(namespaces) ? [{ pid, why: namespaces }] : [];
  });
  if (denied.length === 0) return [];
  const mark = (pid: number) => known(factOfInode(files, pid));
  const seen = new Map(
    found.flatMap((place) => (place.pid === undefined ? [] : [[mark(place.pid), place] as const])),
  );
  const places: FoundPlace[] = [];
  for (const { pid, why } of denied) {
    const marked = mark(pid);
    const same = marked === undefined ? undefined : seen.get(marked);
    if (same !== undefined) {
      same.pids.push(pid);
      continue;
    }
    const place = placeOf(files, pid, { ...why, path: files.proc(`${pid}/ns/net`) });
    if (marked !== undefined) seen.set(marked, place);
    places.push(place);
  }
  return places;
}

function factOfInode(files: KernelFiles, pid: number): Fact<number> {
  const inode = files.inode(files.proc(`${pid}/net/dev`));
  return inode.ok ? inode.value : undefined;
}
