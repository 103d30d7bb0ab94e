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
import { cmdlinesOf } from './cmdline.ts';
import type { Collector } from './collector.ts';
import type { ForChildren } from './for-children.ts';
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
  /** None of them is in a container. The first of them stays: it shows the initial namespaces. */
  readonly withoutKernelThreads?: boolean;
  /** Namespaces of kernel threads too, and those for children: what `porthole ns` needs and nothing else does. */
  readonly isComplete?: boolean;
  /** The observer's pid namespace, or what tells it once all are read: processes outside it get their inner pids read. */
  readonly ownPidNamespace:
    | number
    | undefined
    | ((found: ReadonlyMap<number, ProcessFacts>) => number | undefined);
  /** Processes whose argv tells what they serve (shims, monitors), by comm. */
  readonly wantsArgv: (comm: string) => boolean;
  /** Not before somebody asks for one of them: most containers are told by their cgroups alone. */
  readonly isArgvLate?: boolean;
}

export interface ProcessScan {
  readonly processes: Map<number, ProcessFacts>;
  /** Listed, but ended before they could be read. */
  readonly vanished: number;
  /** There, but not to be read: denied, or in a format we do not know. */
  readonly refused: readonly FailedReading[];
}

export interface CompleteProcessScan extends ProcessScan {
  /** By pid; empty unless `isComplete`. */
  readonly forChildren: ReadonlyMap<number, ForChildren>;
  /** Processes with a pid namespace for children that has no name yet. */
  readonly unnamed: number;
}

export const processes: Collector<ProcessScanInput, CompleteProcessScan> = {
  id: 'processes',
  reads: ['/proc/PID/stat', '/proc/PID/cgroup', '/proc/PID/ns/*', '/proc/PID/root', '/proc/PID/status'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'arrivals',
  collect(files, input) {
    const pass = passFor(files, input);
    try {
      pass.lookAtAll();
      return scanOf(pass, input);
    } finally {
      pass.close();
    }
  },
};

/** What `processes` collects, sooner: by two threads. @param listed hears which pids there are before they are read */
export async function processesTogether(
  files: KernelFiles,
  input: ProcessScanInput,
  listed: (pids: Int32Array) => void,
): Promise<CompleteProcessScan> {
  const pass = passFor(files, input);
  try {
    await pass.lookAtAllTogether(listed);
    return scanOf(pass, input);
  } finally {
    pass.close();
  }
}

function passFor(
  files: KernelFiles,
  { types, isComplete = false, hierarchies = [], withoutKernelThreads = false }: ProcessScanInput,
): ProcessPass {
  return new ProcessPass(files, { types, isComplete, hierarchies, withoutKernelThreads });
}

function scanOf(pass: ProcessPass, input: ProcessScanInput): CompleteProcessScan {
  complete(pass, input, [...pass.found.keys()]);
  if (pass.found.size === 0) throw noProcesses(pass.files);
  const { found, vanished, refused, forChildren, unnamed } = pass;
  return { processes: found, vanished, refused: [...refused.values()], forChildren, unnamed };
}

export function noProcesses(files: KernelFiles): Error {
  return new Error(`${files.procRoot}: no process is listed there; is it a mounted proc file system?`);
}

/** What a look alone does not give, because it depends on the parent or on the name, for those of `found` in `pids`. */
export function complete(
  pass: ProcessPass,
  input: Pick<ProcessScanInput, 'typesAtBorders' | 'ownPidNamespace' | 'wantsArgv' | 'isArgvLate'>,
  pids: Iterable<number>,
): void {
  const { found, files } = pass;
  const types = input.typesAtBorders ?? [];
  const { ownPidNamespace } = input;
  const own = typeof ownPidNamespace === 'function' ? ownPidNamespace(found) : ownPidNamespace;
  // Most processes need none of it: they are passed over before anything is made for them.
  const wanting: { facts: ProcessFacts; atBorder: boolean; decidesInit: boolean }[] = [];
  const helpers: ProcessFacts[] = [];
  for (const pid of pids) {
    const facts = found.get(pid);
    if (facts === undefined || facts.isKernelThread) continue;
    const parent = found.get(facts.ppid);
    const isHelper = input.wantsArgv(facts.comm);
    const border = types.length > 0 && isAtBorder(facts, parent);
    const decides = decidesInit(facts, parent, own);
    if (isHelper) helpers.push(facts);
    if (isHelper || border || decides) wanting.push({ facts, atBorder: border, decidesInit: decides });
  }
  const argvs = new Argvs(files, helpers);
  const isLate = input.isArgvLate === true;
  const inner = innerPidsOf(
    files,
    wanting.flatMap(({ facts, decidesInit }) => (decidesInit ? facts.pid : [])),
  );
  for (const { facts, ...wants } of wanting) {
    const { pid } = facts;
    const more = wants.atBorder ? atBorder(pass.cursor, facts, types) : undefined;
    const argv = isLate ? undefined : argvs.of(pid);
    const nsPid = inner.get(pid);
    if (more === undefined && argv === undefined && nsPid === undefined) continue;
    found.set(pid, {
      ...facts,
      ...(more !== undefined && { namespaces: more }),
      ...(argv !== undefined && { argv }),
      nsPid,
    });
  }
  if (isLate)
    for (const { pid } of helpers) {
      const facts = found.get(pid);
      if (facts !== undefined) found.set(pid, withLateArgv(facts, argvs));
    }
}

/** Read all together when the first is asked for. */
class Argvs {
  #read: ReturnType<typeof cmdlinesOf> | undefined;

  constructor(
    readonly files: KernelFiles,
    readonly helpers: readonly ProcessFacts[],
  ) {}

  of(pid: number): ProcessFacts['argv'] {
    this.#read ??= cmdlinesOf(this.files, this.helpers);
    return mapFact(this.#read.get(pid), ({ argv }) => argv);
  }
}

function withLateArgv(facts: ProcessFacts, argvs: Argvs): ProcessFacts {
  return {
    ...facts,
    get argv() {
      return argvs.of(facts.pid);
    },
  };
}

/** Undefined when there is nothing to add. */
function atBorder(
  cursor: ProcessCursor,
  { pid, namespaces }: ProcessFacts,
  types: readonly NamespaceType[],
): ProcessFacts['namespaces'] {
  if (!isKnown(namespaces) || cursor.enter(String(pid)) !== undefined) return undefined;
  const more = namespacesOf(cursor, types);
  cursor.leave();
  return mapFact(more, (inodes) => ({ ...namespaces, ...inodes }));
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

/** Their texts fit into the room there is for them. */
const STATUSES_AT_ONCE = 128;

/** NSpid by pid (status is readable by all). */
function innerPidsOf(files: KernelFiles, pids: readonly number[]): Map<number, Fact<number[]>> {
  const found = new Map<number, Fact<number[]>>();
  for (let from = 0; from < pids.length; from += STATUSES_AT_ONCE) {
    const some = pids.slice(from, from + STATUSES_AT_ONCE);
    const pathOf = (pid: number) => files.proc(`${pid}/status`);
    const statuses = files.together(some.map(pathOf));
    for (const pid of some)
      found.set(pid, factOf(parsed(statuses.text(pathOf(pid)), pathOf(pid), parseNsPid)));
  }
  return found;
}

/**
 * Does NSpid tell which process is the init of a pid namespace: at the border between two of them, and everywhere the
 * namespace itself may not be read.
 */
function decidesInit(
  facts: ProcessFacts,
  parent: ProcessFacts | undefined,
  own: number | undefined,
): boolean {
  if (parent !== undefined && parent.namespaces === facts.namespaces && isKnown(facts.namespaces))
    return facts.namespaces.pid === undefined;
  const mine = pidNamespace(facts.namespaces);
  if (mine === undefined) return true;
  if (mine === own) return false;
  return parent === undefined || pidNamespace(parent.namespaces) !== mine;
}

function pidNamespace(namespaces: Fact<NamespaceInodes>): number | undefined {
  return isKnown(namespaces) ? namespaces.pid : undefined;
}
