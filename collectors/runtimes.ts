/**
 * Names, images and labels of containers, from what their engines keep on disk, found through the container's own mounts.
 * With every engine file out of reach nothing but these is missing.
 */

import { type HostMountIndex, hostMountIndex, lateMountIndex } from '../src/kernel/proc/host-source.ts';
import { linesOnDevice, mountIn } from '../src/kernel/proc/mount-lookup.ts';
import { type MountEntry, parseMountinfo } from '../src/kernel/proc/mountinfo.ts';
import { factOf, known, type Reading } from '../src/kernel/reading.ts';
import type { EngineFacts, MountTable } from '../src/model/sample.ts';
import { HostDisk } from '../src/sys/host-file.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import type { Collector } from './collector.ts';
import type { EngineQuestion } from './engines/engine.ts';
import { ENGINES } from './engines/index.ts';
import { parsed } from './parsed.ts';

export interface NamedContainer {
  readonly key: string;
  /** As far as cgroup or launcher tell; `UNKNOWN_RUNTIME` when nothing does. */
  readonly runtime: string;
  readonly id: string | undefined;
  readonly initPid: number;
  readonly initPpid: number;
  readonly mnt: number | undefined;
  readonly ownCgroup: string | undefined;
  /** The engine's helper above it, where that has a mount namespace of its own outside any container. */
  readonly launcher: { readonly pid: number; readonly mnt: number } | undefined;
}

export interface RuntimesInput {
  /** Ids that cgroups already name, of every container there is. */
  readonly claimedIds: ReadonlySet<string>;
  readonly containers: readonly NamedContainer[];
  readonly mountTables: ReadonlyMap<number, MountTable>;
  /** Of /proc/self, for who has read it. */
  readonly ownMountinfo?: Reading<string>;
}

export const runtimes: Collector<RuntimesInput, Map<string, EngineFacts>> = {
  id: 'runtimes',
  reads: ['config.v2.json', 'containers.json', 'config.json', '/proc/PID/mountinfo', '/proc/PID/cwd'],
  needs: ['CAP_SYS_PTRACE', 'CAP_DAC_READ_SEARCH'],
  tier: 'slow',
  collect(files, { containers, mountTables, claimedIds, ownMountinfo }) {
    const found = new Map<string, EngineFacts>();
    if (containers.length === 0) return found;
    const host: Outlook = {
      disk: HostDisk.ofHost(files),
      index: lateMountIndex(hostMounts(files, ownMountinfo)),
    };
    for (const container of containers) {
      const facts = askEngines(files, container, mountTables, host);
      // What is nested in a container has inherited its mounts: their traces are those of the one around it.
      const inherited = container.id === undefined && facts?.id !== undefined && claimedIds.has(facts.id);
      if (facts !== undefined && !inherited) found.set(container.key, facts);
    }
    return found;
  },
};

/** Read when one is asked for. */
function hostMounts(
  files: KernelFiles,
  own: Reading<string> | undefined,
): (device?: string) => readonly MountEntry[] {
  const path = files.proc(`${files.ownProc ? 'self' : 1}/mountinfo`);
  let text = files.ownProc ? own : undefined;
  let all: readonly MountEntry[] | undefined;
  const mountsIn = (lines: (text: string) => string) => {
    text ??= files.text(path, 'utf8');
    return known(factOf(parsed(text, path, (whole) => parseMountinfo(lines(whole))))) ?? [];
  };
  return (device) => {
    if (device !== undefined) return mountsIn((whole) => linesOnDevice(whole, device));
    all ??= mountsIn((whole) => whole);
    return all;
  };
}

/** The files of the host as somebody sees them: the host itself, or an engine in a mount namespace of its own. */
interface Outlook {
  readonly disk: HostDisk;
  readonly index: HostMountIndex;
}

function askEngines(
  files: KernelFiles,
  container: NamedContainer,
  tables: ReadonlyMap<number, MountTable>,
  host: Outlook,
): EngineFacts | undefined {
  const seenFromHost = askFrom(host, files, container, tables);
  if (seenFromHost !== undefined) return seenFromHost;
  const launcher = launcherOutlook(files, container, tables);
  return launcher && askFrom(launcher, files, container, tables);
}

function launcherOutlook(
  files: KernelFiles,
  { launcher }: NamedContainer,
  tables: ReadonlyMap<number, MountTable>,
): Outlook | undefined {
  if (launcher === undefined) return undefined;
  const mounts = known(tables.get(launcher.mnt)?.mounts);
  if (mounts === undefined) return undefined;
  return { disk: HostDisk.ofProcess(files, launcher.pid), index: hostMountIndex(mounts) };
}

function askFrom(
  { disk, index }: Outlook,
  files: KernelFiles,
  container: NamedContainer,
  tables: ReadonlyMap<number, MountTable>,
): EngineFacts | undefined {
  const table = container.mnt === undefined ? undefined : tables.get(container.mnt);
  const question: EngineQuestion = {
    runtime: container.runtime,
    id: container.id,
    initPid: container.initPid,
    get ownCgroup() {
      return container.ownCgroup;
    },
    get mounts() {
      return known(table?.mounts) ?? [];
    },
    get hostMounts() {
      return index.mounts;
    },
    sourceOf: (target) => {
      const mount = mountIn(table, target);
      return mount && index.sourceOf(mount);
    },
    parentCwd: () => factOf(files.link(files.proc(`${container.initPpid}/cwd`))),
  };
  for (const engine of ENGINES) {
    if (!engine.runtimes.includes(container.runtime)) continue;
    const facts = engine.ask(disk, question);
    if (facts !== undefined) return facts;
  }
  return undefined;
}
