/** What is read of one process by calls of its own: where nothing is read natively, and to look again at one that was. */
import type { ScannedStat } from '../src/kernel/proc/stat-bytes.ts';
import { type Fact, type FailedReading, factOf, isUnknown, type Reading } from '../src/kernel/reading.ts';
import { KTHREADD_PID } from '../src/kernel/tables/namespaces.ts';
import type { CgroupPlacement, ProcessFacts } from '../src/model/sample.ts';
import type { NamespaceLink, ProcessCursor } from '../src/sys/process-cursor.ts';
import type { LinksWanted } from '../src/sys/scan-batch.ts';
import { type ForChildren, forChildren } from './for-children.ts';
import { namespacesOf } from './namespaces.ts';
import type { Placements } from './placements.ts';
import { factsOf, statIn } from './process-records.ts';

export interface ReadAlone {
  readonly facts: ProcessFacts;
  /** Where all links are wanted. */
  readonly children: ForChildren | undefined;
}

interface Wanted {
  readonly settings: LinksWanted;
  readonly placements: Placements;
}

/** All that a scan reads of it; undefined of a kernel thread where none is wanted. */
export function readAlone(
  cursor: ProcessCursor,
  pid: string,
  wanted: Wanted,
): ReadAlone | FailedReading | undefined {
  const read = cursor.enter(pid) ?? readInside(cursor, wanted);
  cursor.leave();
  return read;
}

export function statAlone(cursor: ProcessCursor, pid: string): ScannedStat | FailedReading {
  const stat = cursor.enter(pid) ?? statInside(cursor);
  cursor.leave();
  return stat;
}

function statInside(cursor: ProcessCursor): ScannedStat | FailedReading {
  const length = cursor.read('stat');
  return typeof length === 'number' ? statIn(cursor.content, length, () => cursor.path('stat')) : length;
}

function readInside(
  cursor: ProcessCursor,
  { settings, placements }: Wanted,
): ReadAlone | FailedReading | undefined {
  const stat = statInside(cursor);
  if ('ok' in stat) return stat;
  const { pid, isKernelThread } = stat;
  const isComplete = settings.isComplete === true;
  if (isKernelThread) {
    if (settings.withoutKernelThreads === true && pid !== KTHREADD_PID) return undefined;
    // One of them shows the initial namespaces, whose numbers are not always the fixed ones.
    const isAsked = pid === KTHREADD_PID || isComplete;
    const namespaces = isAsked ? namespacesOf(cursor, settings.types) : undefined;
    const children = isComplete ? childrenOf(cursor) : undefined;
    return { facts: factsOf(stat, undefined, namespaces, undefined), children };
  }
  const cgroup = cgroupOf(cursor, placements);
  // Cgroup is readable by all while the process exists: if it is not there, neither is the process.
  if (!cgroup.ok && (cgroup.why === 'absent' || cgroup.why === 'gone')) return cgroup;
  const namespaces = namespacesOf(cursor, settings.types);
  const children = isComplete ? childrenOf(cursor) : undefined;
  const root: Fact<string> = isUnknown(namespaces) ? namespaces : factOf(cursor.root());
  return { facts: factsOf(stat, factOf(cgroup), namespaces, root), children };
}

function cgroupOf(cursor: ProcessCursor, placements: Placements): Reading<CgroupPlacement> {
  const length = cursor.read('cgroup');
  if (typeof length !== 'number') return length;
  cursor.padLastWord(length);
  return placements.of(cursor.content, cursor.words, 0, length, () => cursor.path('cgroup'));
}

function childrenOf(cursor: ProcessCursor): ForChildren {
  const inode = (name: NamespaceLink) => {
    const read = cursor.namespace(name);
    return typeof read === 'number' ? read : undefined;
  };
  return forChildren(inode('pid_for_children'), inode('time_for_children'));
}
