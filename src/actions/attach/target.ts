/**
 * A container held for an attach: its init by pidfd, its root and working directory by descriptor, and what /proc says of it.
 * Everything is read between the opening of the pidfd and a last look that it is still alive, so all of it is of that process.
 */
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { isBelow } from '../../kernel/cgroup/hierarchy.ts';
import { AccessDeniedError, ProcessGoneError, UnsupportedError } from '../../kernel/errors.ts';
import { type IdRange, parseIdMap } from '../../kernel/proc/id-map.ts';
import { parseLimits, type ResourceLimit } from '../../kernel/proc/limits.ts';
import { parseMountinfo } from '../../kernel/proc/mountinfo.ts';
import { type PidStatus, parsePidStatus } from '../../kernel/proc/status.ts';
import {
  type Fact,
  type FailedReading,
  factOf,
  mapFact,
  mapReading,
  type Reading,
} from '../../kernel/reading.ts';
import { NAMESPACE_TYPES, type NamespaceType } from '../../kernel/tables/namespaces.ts';
import { failedReading } from '../../sys/failure.ts';
import type { KernelFiles } from '../../sys/kernel-files.ts';
import { O_PATH } from '../../sys/openat2.ts';
import { HeldProcess } from '../../sys/pidfd.ts';
import { openRootOf } from '../../sys/process-root.ts';
import { openRooted, type RootedFile, readRooted, statRooted } from '../../sys/rooted-file.ts';
import { hasTerminals, isAsked, refuseDead } from './mounts.ts';
import { AttachRefusal } from './options.ts';

const DELETED = / \(deleted\)$/;
const ENVIRON_BYTES = 1024 * 1024;

/** What the kernel says of one process: of the target, or of ourselves. */
export interface ProcessRights {
  readonly status: PidStatus;
  readonly limits: readonly ResourceLimit[];
  readonly oomScoreAdj: number;
  /** Of a security module; undefined where none gives labels. */
  readonly label: Fact<string>;
}

export interface TargetFacts extends ProcessRights {
  readonly pid: number;
  /** Namespaces of it that are not ours. */
  readonly differing: readonly NamespaceType[];
  /** Its root directory is not ours. */
  readonly hasOwnRoot: boolean;
  /** Its working directory as a path below its root, as far as names tell; undefined when it is gone or outside. */
  readonly cwd: string | undefined;
  /** Of its user namespace; undefined when that is ours. */
  readonly idMaps: { readonly uids: readonly IdRange[]; readonly gids: readonly IdRange[] } | undefined;
  /** Its user namespace lets nobody set supplementary groups. */
  readonly deniesGroups: boolean;
  /** `NAME=value`, a character for a byte. */
  readonly environment: Reading<readonly string[]>;
}

export class HeldTarget {
  readonly #descriptors: number[] = [];
  private isNarrow = false;
  private isOurs = false;

  private constructor(
    readonly process: HeldProcess,
    readonly files: KernelFiles,
    private root: number,
    /** Below its init's root. */
    private readonly mountinfo: string,
    readonly cwdFd: number | undefined,
    readonly facts: TargetFacts,
  ) {}

  /** @throws {ProcessGoneError | AccessDeniedError | UnsupportedError} */
  static open(files: KernelFiles, pid: number, starttimeTicks: number): HeldTarget {
    const process = HeldProcess.open(files, pid, starttimeTicks);
    const opened: number[] = [];
    try {
      const rootFd = openRootOf(process);
      opened.push(rootFd);
      const mountinfo = needed(files.text(files.proc(`${pid}/mountinfo`)), pid);
      refuseDead(mountinfo, rootFd);
      const cwdFd = openOptional(`${files.procRoot}/${pid}/cwd`);
      if (cwdFd !== undefined) opened.push(cwdFd);
      const facts = readFacts(files, pid, starttimeTicks, cwdFd !== undefined);
      if (!process.isAlive()) throw new ProcessGoneError(pid);
      const target = new HeldTarget(process, files, rootFd, mountinfo, cwdFd, facts);
      target.#descriptors.push(...opened);
      return target;
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      const isGone = !process.isAlive();
      process.close();
      throw isGone && !(error instanceof ProcessGoneError)
        ? new ProcessGoneError(pid, 'has ended', { cause: error })
        : error;
    }
  }

  get rootFd(): number {
    return this.root;
  }

  /** For kernels that join none by its pidfd. @throws {ProcessGoneError} when they may be another's */
  openNamespaces(types: readonly NamespaceType[]): { type: NamespaceType; fd: number }[] {
    const { pid } = this.facts;
    const opened = types.map((type) => {
      const path = this.files.proc(`${pid}/ns/${type}`);
      try {
        return { type, fd: this.keep(openSync(path, constants.O_RDONLY)) };
      } catch (error) {
        throw refusal(failedReading(error, path), error);
      }
    });
    if (!this.process.isAlive()) throw new ProcessGoneError(pid);
    return opened;
  }

  /** Takes a directory of the container for its root from here on. @throws {AttachRefusal} when there is none */
  narrow(path: string): void {
    const kind = this.stat(path);
    if (!kind.ok || !kind.value.isDirectory)
      throw new AttachRefusal(`--root ${path}: ${kind.ok ? 'ENOTDIR' : kind.errno}`);
    const opened = openRooted(this.root, path);
    if (!opened.ok) throw new AttachRefusal(`--root ${path}: ${opened.errno}`);
    this.root = this.keep(opened.value);
    this.isNarrow = true;
  }

  /** Among our own files from here on: its mount namespace is not joined. */
  stayOutside(): void {
    this.isOurs = true;
    this.root = this.keep(openSync('/', O_PATH | constants.O_DIRECTORY));
  }

  /** Its mounts are told as they lie below its root: one that is a directory of a mount, as `--root` may be, is not among them. */
  rootIsMount(): boolean {
    if (this.isNarrow) return false;
    return parseMountinfo(this.mountinfo).some(({ target }) => target === '/');
  }

  /** Whether to look for terminals below its root. Of `--root` nobody tells which mounts are below it. */
  hasTerminals(): boolean {
    if (this.isOurs) return true;
    const mounts = parseMountinfo(this.mountinfo);
    return this.isNarrow ? !mounts.some(isAsked) : hasTerminals(mounts);
  }

  /** Where the command will be: in the container, as its own processes see it, unless it stays outside. */
  read(path: string): Reading<string> {
    return readRooted(this.rootFd, path);
  }

  stat(path: string): Reading<RootedFile> {
    return statRooted(this.rootFd, path);
  }

  /** Closes `fd` together with the target. */
  keep(fd: number): number {
    this.#descriptors.push(fd);
    return fd;
  }

  close(): void {
    for (const fd of this.#descriptors.splice(0)) closeSync(fd);
    this.process.close();
  }
}

function readFacts(files: KernelFiles, pid: number, starttimeTicks: number, hasCwd: boolean): TargetFacts {
  const differing = NAMESPACE_TYPES.filter((type) => {
    const ours = ownNamespace(type);
    return ours !== undefined && inodeOf(files.proc(`${pid}/ns/${type}`)) !== ours;
  });
  const hasOwnUsers = differing.includes('user');
  const text = (name: string) => needed(files.text(files.proc(`${pid}/${name}`)), pid);
  return {
    ...rightsOf(files, String(pid), pid),
    pid,
    differing,
    hasOwnRoot: inodeOf(files.proc(`${pid}/root`)) !== inodeOf('/'),
    cwd: hasCwd ? cwdBelowRoot(files, pid) : undefined,
    idMaps: hasOwnUsers
      ? { uids: parseIdMap(text('uid_map')), gids: parseIdMap(text('gid_map')) }
      : undefined,
    deniesGroups: hasOwnUsers && text('setgroups').startsWith('deny'),
    environment: environmentOf(files, pid, starttimeTicks),
  };
}

/** Both links are told in the same terms. What they say is looked at once more inside, where the kernel tells. */
function cwdBelowRoot(files: KernelFiles, pid: number): string | undefined {
  const root = files.link(files.proc(`${pid}/root`));
  const cwd = files.link(files.proc(`${pid}/cwd`));
  if (!root.ok || !cwd.ok || DELETED.test(cwd.value) || !isBelow(cwd.value, root.value)) return undefined;
  return root.value === '/' ? cwd.value : cwd.value.slice(root.value.length) || '/';
}

/** Our own, to compare with. */
export function ownRights(files: KernelFiles): ProcessRights {
  return rightsOf(files, 'self', process.pid);
}

function rightsOf(files: KernelFiles, who: string, pid: number): ProcessRights {
  const path = (name: string) => files.proc(`${who}/${name}`);
  const text = (name: string) => needed(files.small(path(name)), pid);
  return {
    status: parsePidStatus(text('status')),
    limits: parseLimits(text('limits')),
    oomScoreAdj: Number(text('oom_score_adj')),
    label: labelOf(files.small(path('attr/current'))),
  };
}

/** EINVAL where no security module gives labels. */
function labelOf(reading: Reading<string>): Fact<string> {
  if (!reading.ok && reading.errno === 'EINVAL') return undefined;
  return mapFact(factOf(reading), (text) => text.replace(/[\0\n]+$/, '') || undefined);
}

/** It lies in the process's own memory: reading it may hang, which costs the environment and not the attach. */
function environmentOf(files: KernelFiles, pid: number, starttimeTicks: number): Reading<readonly string[]> {
  const path = files.proc(`${pid}/environ`);
  const [reading] = files.manyGuarded([{ path, capBytes: ENVIRON_BYTES, starttimeTicks }]);
  if (reading === undefined) throw new Error(`${path}: not answered`);
  return mapReading(reading, (bytes) => {
    const entries = Buffer.from(bytes).toString('latin1').split('\0');
    return entries.filter((entry) => entry.indexOf('=') > 0);
  });
}

/** Older kernels have fewer types. */
function ownNamespace(type: NamespaceType): string | undefined {
  const found = statSync(`/proc/self/ns/${type}`, { throwIfNoEntry: false });
  return found && identityOf(found);
}

const identityOf = ({ dev, ino }: { readonly dev: number; readonly ino: number }) => `${dev}:${ino}`;

function inodeOf(path: string): string {
  try {
    return identityOf(statSync(path));
  } catch (error) {
    throw refusal(failedReading(error, path), error);
  }
}

/** A working directory that has been removed can be opened; one that may not be looked at is done without. */
function openOptional(path: string): number | undefined {
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    failedReading(error, path);
    return undefined;
  }
}

function needed(reading: Reading<string>, pid: number): string {
  if (reading.ok) return reading.value;
  if (reading.why === 'gone' || reading.why === 'absent') throw new ProcessGoneError(pid);
  throw refusal(reading);
}

function refusal({ why, path, errno }: FailedReading, cause?: unknown): Error {
  const options = cause === undefined ? {} : { cause };
  return why === 'denied'
    ? new AccessDeniedError(path, 'CAP_SYS_PTRACE', errno, options)
    : new UnsupportedError(path, `a kernel that answers it (${errno})`, options);
}
