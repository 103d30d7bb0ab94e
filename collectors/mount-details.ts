/**
 * What `mounts` adds to the mount tables of a sample: the tables of namespaces that can only be read through a chrooted
 * process, or whose identity is denied while their mounts are not; names of block devices; where layers' short names lead.
 */
import { dirname, resolve } from 'node:path';
import type { MountEntry } from '../src/kernel/proc/mountinfo.ts';
import { type Fact, isUnknown, known } from '../src/kernel/reading.ts';
import type { MountNamespaceTable } from '../src/model/mount-peers.ts';
import type { MountTable, NamespaceInodes, ProcessFacts } from '../src/model/sample.ts';
import { HostDisk } from '../src/sys/host-file.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';
import { mountsOf, mounts as mountTables } from './mounts.ts';

export interface NamespaceTablesInput {
  readonly processes: ReadonlyMap<number, ProcessFacts>;
  /** Of the host's namespaces only this is asked for. */
  readonly hostMnt: number | undefined;
  /** By their inits: whom a namespace belongs to. */
  readonly containers: readonly { readonly key: string; readonly name: string; readonly initPid: number }[];
  /** Read not long ago, in place of reading all of them. */
  readonly tables?: ReadonlyMap<number, MountTable>;
}

export interface NamespaceTables {
  readonly tables: readonly MountNamespaceTable[];
  /** Mount namespaces, or processes in one that may not be named, whose mounts could not be read. */
  readonly unread: number;
}

export const namespaceTables: Collector<NamespaceTablesInput, NamespaceTables> = {
  id: 'namespace-tables',
  reads: ['/proc/PID/mountinfo'],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'request',
  collect(files, input) {
    const read = readableTables(files, input);
    const found: MountNamespaceTable[] = [];
    let unread = 0;
    for (const [mntNs, { pid, mounts }] of read) {
      if (mounts === undefined || isUnknown(mounts)) unread++;
      else found.push(ownedTable(input, { mntNs, pid, mounts }));
    }
    // Mount ids are unique on the host: a table whose first one is known already is that of a known namespace.
    const seen = new Set(found.flatMap(({ mounts }) => mounts.map(({ id }) => id)));
    for (const { initPid } of nameless(input)) {
      const mounts = mountsOf(files, initPid);
      const list = known(mounts);
      if (list === undefined) unread++;
      const [first] = list ?? [];
      if (list === undefined || first === undefined || seen.has(first.id)) continue;
      for (const { id } of list) seen.add(id);
      found.push(ownedTable(input, { mntNs: undefined, pid: initPid, mounts: list }));
    }
    return { tables: found, unread };
  },
};

function readableTables(files: KernelFiles, { processes, tables: before }: NamespaceTablesInput) {
  const nowMs = Date.now();
  const tables: Map<number, Pick<MountTable, 'pid' | 'mounts'>> = new Map(
    before ?? mountTables.collect(files, { processes, nowMs, startedAtMs: () => 0 }),
  );
  for (const facts of processes.values()) {
    const mnt = known(facts.namespaces)?.mnt;
    if (mnt === undefined || tables.has(mnt) || facts.isKernelThread) continue;
    // Everybody in it is chrooted: a part of the table is better than nothing.
    tables.set(mnt, { pid: facts.pid, mounts: mountsOf(files, facts.pid) });
  }
  return tables;
}

/** Inits whose namespaces may not be read; mountinfo itself is open to all. */
function nameless({ processes, containers }: NamespaceTablesInput) {
  const inits = containers.filter(
    ({ initPid }) => known(processes.get(initPid)?.namespaces)?.mnt === undefined,
  );
  const first = processes.get(1);
  return first !== undefined && isUnknown(first.namespaces) ? [{ initPid: 1 }, ...inits] : inits;
}

function ownedTable(
  { processes, hostMnt, containers }: NamespaceTablesInput,
  table: { readonly mntNs: number | undefined; readonly pid: number; readonly mounts: readonly MountEntry[] },
): MountNamespaceTable {
  const { mntNs, pid, mounts } = table;
  const inIt = (namespaces: Fact<NamespaceInodes>) => known(namespaces)?.mnt === mntNs;
  const isHost = mntNs === undefined ? pid === 1 : mntNs === hostMnt;
  const owners = containers.filter(({ initPid }) =>
    mntNs === undefined ? initPid === pid : inIt(processes.get(initPid)?.namespaces),
  );
  return {
    ...(mntNs !== undefined && { mntNs }),
    pid,
    comm: processes.get(pid)?.comm ?? '',
    isHost,
    containers: isHost ? [] : owners.map(({ key, name }) => ({ key, name })),
    mounts,
  };
}

/** "major:minor" to the kernel's name of the device: `vda1`, or `dm-0 (vg-root)`. */
export const deviceNames: Collector<readonly string[], Map<string, string>> = {
  id: 'device-names',
  reads: ['/sys/dev/block/MAJOR:MINOR', '/sys/dev/block/MAJOR:MINOR/dm/name'],
  needs: [],
  tier: 'request',
  collect(files, devices) {
    const names = new Map<string, string>();
    for (const device of new Set(devices)) {
      // Major 0 is for file systems without a block device.
      if (device.startsWith('0:')) continue;
      const directory = files.sys(`/sys/dev/block/${device}`);
      const link = files.link(directory);
      const name = link.ok ? link.value.slice(link.value.lastIndexOf('/') + 1) : undefined;
      if (name === undefined) continue;
      const mapped = files.small(`${directory}/dm/name`);
      names.set(device, mapped.ok ? `${name} (${mapped.value.trimEnd()})` : name);
    }
    return names;
  },
};

/** Engines keep short links to long layer names: `l/ABCD` to `../ID/diff`. */
export const shortNames: Collector<readonly string[], Map<string, string>> = {
  id: 'short-names',
  reads: ['HOME/l/*'],
  needs: ['CAP_DAC_READ_SEARCH'],
  tier: 'request',
  collect(files, paths) {
    const disk = HostDisk.ofHost(files);
    const targets = new Map<string, string>();
    for (const path of new Set(paths)) {
      const link = files.link(`${disk.root}${path}`);
      if (link.ok) targets.set(path, resolve(dirname(path), link.value));
    }
    return targets;
  },
};
