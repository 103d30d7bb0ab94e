/**
 * Namespaces bound to files, in every mount namespace that is known; a mount namespace found that way is looked at in its
 * turn. Where no process shows all of its mounts, a thread of ours joins it for as long as it takes to read them.
 */
import { type MountEntry, parseMountinfo } from '../src/kernel/proc/mountinfo.ts';
import { parseNsLink } from '../src/kernel/proc/ns-link.ts';
import { type Fact, type FailedReading, factOf, isKnown, isUnknown, known } from '../src/kernel/reading.ts';
import { isNamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceSighting } from '../src/model/namespace-facts.ts';
import type { MountTable, ProcessFacts } from '../src/model/sample.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { MountVisitor } from '../src/sys/mount-visitor.ts';
import type { NamespaceDoors } from '../src/sys/namespace-door.ts';
import type { Collector } from './collector.ts';
import { mountsOf } from './mounts.ts';
import { parsed } from './parsed.ts';

export interface BindsInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** By mount namespace, as far as a process shows them. */
  readonly mountTables: ReadonlyMap<number, MountTable>;
  /** Every namespace known so far; what is found is added. */
  readonly doors: NamespaceDoors;
}

export interface BindScan {
  readonly sightings: readonly NamespaceSighting[];
  /** Mount namespaces that could not be looked into. */
  readonly refused: readonly FailedReading[];
}

export const namespaceBinds: Collector<BindsInput, BindScan> = {
  id: 'namespaceBinds',
  reads: ['/proc/PID/mountinfo', '/proc/PID/root'],
  needs: ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN', 'CAP_SYS_CHROOT'],
  tier: 'slow',
  collect(files, input) {
    const search = new BindSearch(files, input);
    try {
      // What is found meanwhile is appended, and comes up later in this very loop.
      for (const [inode, { type }] of input.doors.entries()) if (type === 'mnt') search.look(inode);
      return search;
    } finally {
      search.close();
    }
  },
};

class BindSearch implements BindScan {
  readonly sightings: NamespaceSighting[] = [];
  readonly refused: FailedReading[] = [];
  readonly #visitor = new MountVisitor();
  readonly #kernelThreads: ReadonlyMap<number, number>;

  constructor(
    readonly files: KernelFiles,
    readonly input: BindsInput,
  ) {
    this.#kernelThreads = mountNamespacesOfKernelThreads(input.processes);
  }

  look(mntNs: number): void {
    const table = this.input.mountTables.get(mntNs);
    if (table?.mayBindNamespaces === false) return;
    const kernelThread = this.#kernelThreads.get(mntNs);
    if (table !== undefined && isKnown(table.mounts))
      this.#note(mntNs, table.mounts, this.files.proc(String(table.pid)), false);
    else if (kernelThread !== undefined) {
      const directory = this.files.proc(String(kernelThread));
      this.#note(mntNs, mountsOf(this.files, kernelThread), directory, false);
    } else this.#visit(mntNs);
  }

  close(): void {
    this.#visitor.close();
  }

  #visit(mntNs: number): void {
    const visited = this.input.doors.through(mntNs, (fd, path) => this.#visitor.visit(fd, path));
    const thread = visited.ok ? visited.value : visited;
    if (!thread.ok) {
      if (thread.why !== 'gone') this.refused.push(thread);
      return;
    }
    // Our own thread, which only our own /proc shows.
    const directory = `/proc/${thread.value}`;
    const path = `${directory}/mountinfo`;
    this.#note(mntNs, factOf(parsed(this.files.text(path, 'utf8'), path, parseMountinfo)), directory, true);
  }

  /** @param directory of a process or thread in that namespace. @param isBrief it will not be there later */
  #note(mntNs: number, mounts: Fact<readonly MountEntry[]>, directory: string, isBrief: boolean): void {
    if (isUnknown(mounts) && mounts.unknown !== 'gone')
      this.refused.push({ ok: false, why: mounts.unknown, path: mounts.path, errno: mounts.errno });
    for (const mount of known(mounts) ?? []) {
      const found = mount.type === 'nsfs' ? namespaceOf(mount.root) : undefined;
      if (found === undefined) continue;
      const path = mount.target;
      const { doors } = this.input;
      const isNew = !doors.has(found.inode);
      this.sightings.push({ ...found, holder: { kind: 'bind', path, mntNs } });
      doors.note(found.type, found.inode, { how: 'bind', root: `${directory}/root`, path });
      if (isNew && isBrief) doors.hold(found.inode);
    }
  }
}

function namespaceOf(root: string): Pick<NamespaceSighting, 'type' | 'inode'> | undefined {
  const link = parsed({ ok: true, value: root }, root, parseNsLink);
  if (!link.ok || !isNamespaceType(link.value.type)) return undefined;
  return { type: link.value.type, inode: link.value.inode };
}

/** kdevtmpfs has one of its own, and nobody but it. */
function mountNamespacesOfKernelThreads(processes: ReadonlyMap<number, ProcessFacts>): Map<number, number> {
  const found = new Map<number, number>();
  for (const { pid, isKernelThread, namespaces } of processes.values()) {
    const mnt = isKernelThread ? known(namespaces)?.mnt : undefined;
    if (mnt !== undefined && !found.has(mnt)) found.set(mnt, pid);
  }
  return found;
}
