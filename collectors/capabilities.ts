/**
 * What decides the worth of a process's capabilities: the sets themselves, what its executable would add, and which user
 * namespace they hold over.
 */
import { type FileCapabilities, parseFileCapabilities } from '../src/kernel/file-capabilities.ts';
import { type IdRange, parseIdMap } from '../src/kernel/proc/id-map.ts';
import { type PidStatus, parsePidStatus } from '../src/kernel/proc/status.ts';
import { type Fact, factOf, isUnknown, known, mapFact, refusedAsWell } from '../src/kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../src/kernel/tables/namespaces.ts';
import type { NamespaceInodes } from '../src/model/sample.ts';
import { type ExecutableFile, executableFile } from '../src/sys/executable-file.ts';
import type { KernelFiles } from '../src/sys/kernel-files.ts';
import { ownerUid, owningUserNamespace, parentUserNamespace } from '../src/sys/namespace-owner.ts';
import type { Collector } from './collector.ts';
import { mountsOf } from './mounts.ts';
import { namespaces } from './namespaces.ts';
import { ofLiving, parsed } from './parsed.ts';

export interface ExecutableFacts {
  readonly path: string;
  readonly file: Fact<ExecutableFile>;
  /** Absent when it has none. */
  readonly capabilities: Fact<FileCapabilities>;
  /** Absent when its mount is not in the process's own table. */
  readonly nosuid: Fact<boolean>;
}

export interface UserNamespaceFacts {
  readonly inode: Fact<number>;
  readonly parent: Fact<number>;
  /** Who created it. */
  readonly ownerUid: Fact<number>;
  readonly uidMap: Fact<readonly IdRange[]>;
  readonly gidMap: Fact<readonly IdRange[]>;
}

export interface CapabilityFacts {
  readonly status: Fact<PidStatus>;
  /** Absent for kernel threads and zombies, which execute nothing, and when it was not asked for. */
  readonly executable: Fact<ExecutableFacts>;
  readonly namespaces: Fact<NamespaceInodes>;
  readonly userNamespace: UserNamespaceFacts;
  /** The user namespace that owns each of the process's other namespaces. */
  readonly owners: Readonly<Partial<Record<NamespaceType, Fact<number>>>>;
  /** Highest capability this kernel knows. */
  readonly lastCap: Fact<number>;
}

export interface CapabilityInput {
  readonly pid: number;
  /** Its file too, whose file system may not answer. */
  readonly executable: boolean;
}

export const capabilities: Collector<CapabilityInput, CapabilityFacts> = {
  id: 'capabilities',
  reads: [
    '/proc/PID/status',
    '/proc/PID/exe',
    '/proc/PID/ns/*',
    '/proc/PID/uid_map',
    '/proc/PID/gid_map',
    '/proc/PID/mountinfo',
    '/proc/sys/kernel/cap_last_cap',
  ],
  needs: ['CAP_SYS_PTRACE'],
  tier: 'request',
  collect(files, { pid, executable }) {
    const read = <T>(name: string, parse: (text: string) => T): Fact<T> => {
      const path = files.proc(name);
      return factOf(parsed(ofLiving(files.text(path)), path, parse));
    };
    const own = namespaces.collect(files, pid);
    const user = files.proc(`${pid}/ns/user`);
    return {
      status: read(`${pid}/status`, parsePidStatus),
      executable: executable ? executableOf(files, pid) : undefined,
      namespaces: own,
      userNamespace: {
        inode: isUnknown(own) ? refusedAsWell(own, user) : own?.user,
        parent: factOf(parentUserNamespace(user)),
        ownerUid: factOf(ownerUid(user)),
        uidMap: read(`${pid}/uid_map`, parseIdMap),
        gidMap: read(`${pid}/gid_map`, parseIdMap),
      },
      owners: ownersOf(files, pid, known(own) ?? {}),
      lastCap: read('sys/kernel/cap_last_cap', Number),
    };
  },
};

function ownersOf(files: KernelFiles, pid: number, own: NamespaceInodes): CapabilityFacts['owners'] {
  const owners: Partial<Record<NamespaceType, Fact<number>>> = {};
  for (const type of NAMESPACE_TYPES) {
    if (type === 'user' || own[type] === undefined) continue;
    owners[type] = factOf(owningUserNamespace(files.proc(`${pid}/ns/${type}`)));
  }
  return owners;
}

function executableOf(files: KernelFiles, pid: number): Fact<ExecutableFacts> {
  const exe = files.proc(`${pid}/exe`);
  return mapFact(factOf(files.link(exe)), (path) => {
    const { file, attribute } = executableFile(files, exe, 'security.capability');
    const mountId = file.ok ? file.value.mountId : undefined;
    return {
      path,
      file: factOf(file),
      capabilities: factOf(parsed(attribute, exe, parseFileCapabilities)),
      nosuid: mapFact(mountsOf(files, pid), (mounts) =>
        mounts.find(({ id }) => id === mountId)?.options.includes('nosuid'),
      ),
    };
  });
}
