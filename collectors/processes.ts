/**
 * Every process the proc mount lists: identity, parent, and what places it (cgroup, namespaces, root): two small files and
 * one link per namespace type for each process. Kernel threads are named but not looked into.
 */
import type { Hierarchy } from '../src/kernel/cgroup/hierarchy.ts';
import { parseNsPid } from '../src/kernel/proc/status.ts';
import { type Fact, type FailedReading, factOf, isKnown, known, mapFact } from '../src/kernel/reading.ts';
import type { NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { ProcessCursor } from '../src/sys/process-cursor.ts';
import { cmdlineOf } from './cmdline.ts';
import type { Collector } from './collector.ts';
import { namespacesOf } from './namespaces.ts';
import { parsed } from './parsed.ts';
import { ProcessPass } from './process-pass.ts';

export interface ProcessScanInput {
  /** Paths in /proc/PID/cgroup are relative to our cgroup namespace; these say where that begins. */
  readonly hierarchies?: readonly Hierarchy[];
  readonly types: readonly NamespaceType[];
  /**
   * Other types too, but only of processes that differ from their parent in cgroup, root or one of `types`: every init is
   * one of them, and what its children share with it need not be asked again.
   */
  readonly typesAtBorders?: readonly NamespaceType[];
  /** The observer's pid namespace: processes outside it get their inner pids read. */
  readonly ownPidNamespace: number | undefined;
  /** Processes whose argv tells what they serve (shims, monitors), by comm. */
  readonly wantsArgv: (comm: string) => boolean;
}

export interface ProcessScan {
  readonly processes: Map<number, ProcessFacts>;
  /** Listed, but ended before they could be read. */
  readonly vanished: number;
  /** There, but not to be read: denied, or in a format we do not know. */
  readonly refused: readonly FailedReading[];
}

export const processes: Collector<ProcessScanInput, ProcessScan> = {
  id: 'processes',
  reads: ['/proc/PID/stat', '/proc/PID/cgroup', '/proc/PID/ns/*', '/proc/PID/root', '/proc/PID/status'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'arrivals',
  collect(files, input) {
    const pass = new ProcessPass(files, { types: input.types, hierarchies: input.hierarchies ?? [] });
    try {
      pass.lookAtAll();
      const found = withArgv(files, pass.found, input.wantsArgv);
      addAtBorders(pass.cursor, found, input.typesAtBorders ?? []);
      if (found.size === 0)
        throw new Error(`${files.procRoot}: no process is listed there; is it a mounted proc file system?`);
      const { vanished, refused } = pass;
      return { processes: withInnerPids(pass.cursor, found, input.ownPidNamespace), vanished, refused };
    } finally {
      pass.cursor.close();
    }
  },
};

function withArgv(
  files: KernelFiles,
  found: Map<number, ProcessFacts>,
  wantsArgv: (comm: string) => boolean,
): Map<number, ProcessFacts> {
  for (const facts of found.values()) {
    if (facts.isKernelThread || !wantsArgv(facts.comm)) continue;
    found.set(facts.pid, { ...facts, argv: mapFact(cmdlineOf(files, facts), ({ argv }) => argv) });
  }
  return found;
}

function addAtBorders(
  cursor: ProcessCursor,
  found: Map<number, ProcessFacts>,
  types: readonly NamespaceType[],
): void {
  if (types.length === 0) return;
  for (const facts of found.values()) {
    const { namespaces } = facts;
    if (facts.isKernelThread || !isKnown(namespaces) || !isAtBorder(facts, found.get(facts.ppid))) continue;
    if (cursor.enter(String(facts.pid)) !== undefined) continue;
    const more = namespacesOf(cursor, types);
    cursor.leave();
    found.set(facts.pid, {
      ...facts,
      namespaces: mapFact(more, (inodes) => ({ ...namespaces, ...inodes })),
    });
  }
}

function isAtBorder(facts: ProcessFacts, parent: ProcessFacts | undefined): boolean {
  if (parent === undefined || parent.isKernelThread) return true;
  const mine = known(facts.namespaces);
  const theirs = known(parent.namespaces);
  return (
    parent.cgroup !== facts.cgroup ||
    parent.root !== facts.root ||
    mine?.pid !== theirs?.pid ||
    mine?.mnt !== theirs?.mnt
  );
}

/**
 * Adds NSpid where it tells which process is the init of a pid namespace: at the border between two of them, and
 * everywhere the namespace itself may not be read (status is readable by all).
 */
function withInnerPids(
  cursor: ProcessCursor,
  found: Map<number, ProcessFacts>,
  ownPidNamespace: number | undefined,
): Map<number, ProcessFacts> {
  for (const facts of found.values()) {
    if (facts.isKernelThread || !decidesInit(facts, found.get(facts.ppid), ownPidNamespace)) continue;
    const failed = cursor.enter(String(facts.pid));
    const nsPid = failed === undefined ? innerPids(cursor) : factOf<number[]>(failed);
    cursor.leave();
    found.set(facts.pid, { ...facts, nsPid });
  }
  return found;
}

function innerPids(cursor: ProcessCursor): Fact<number[]> {
  const length = cursor.read('status');
  if (typeof length !== 'number') return factOf<number[]>(length);
  const text = cursor.content.toString('latin1', 0, length);
  return factOf(parsed({ ok: true, value: text }, cursor.path('status'), parseNsPid));
}

function decidesInit(
  facts: ProcessFacts,
  parent: ProcessFacts | undefined,
  own: number | undefined,
): boolean {
  const mine = pidNamespace(facts.namespaces);
  if (mine === undefined) return true;
  if (mine === own) return false;
  return parent === undefined || pidNamespace(parent.namespaces) !== mine;
}

function pidNamespace(namespaces: Fact<NamespaceInodes>): number | undefined {
  return isKnown(namespaces) ? namespaces.pid : undefined;
}
